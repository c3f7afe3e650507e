"""States of a visit and outcomes of a swipe (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class VisitState(Labelled):
    OPEN = "open", N_("On site"), "blue"
    UNCONFIRMED = "unconfirmed", N_("Card only, to be confirmed"), "amber"
    TO_SIGN = "to_sign", N_("To be signed by the use unit"), "amber"
    SIGNED = "signed", N_("Signed"), "green"
    DISPUTED = "disputed", N_("Disputed by the use unit"), "red"
    EXPIRED = "expired", N_("Not confirmed, does not count"), "grey"
    VOID = "void", N_("Void"), "grey"


VISIT_CHANGES: dict[VisitState, set[VisitState]] = {
    VisitState.OPEN: {VisitState.UNCONFIRMED, VisitState.TO_SIGN, VisitState.VOID},
    VisitState.UNCONFIRMED: {VisitState.TO_SIGN, VisitState.EXPIRED},
    VisitState.TO_SIGN: {VisitState.SIGNED, VisitState.DISPUTED},
    VisitState.DISPUTED: {VisitState.TO_SIGN, VisitState.VOID},
    VisitState.SIGNED: set(), VisitState.EXPIRED: set(), VisitState.VOID: set(),
}


class SwipeOutcome(Labelled):
    OPENED = "opened", N_("Signed in"), "green"
    JOINED = "joined", N_("Second technician"), "green"
    CLOSED = "closed", N_("Signed out"), "green"
    IGNORED = "ignored", N_("Ignored"), "grey"
    REFUSED = "refused", N_("Refused"), "red"


class SwipeVia(Labelled):
    READER = "reader", N_("Card at the reader"), "blue"
    PHONE = "phone", N_("Phone with the lift's label"), "blue"
    PLATE = "plate", N_("Phone with the lift's plate"), "blue"


class ItemAnswer(Labelled):
    OK = "ok", N_("Normal"), "green"
    ADJUSTED = "adjusted", N_("Normal after adjustment"), "green"
    ABNORMAL = "abnormal", N_("Abnormal"), "red"
    NOT_APPLICABLE = "not_applicable", N_("Not applicable"), "grey"
