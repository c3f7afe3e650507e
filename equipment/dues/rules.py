"""States of what must happen next, of 报检 and of lists. Pure."""
from __future__ import annotations

from equipment.categories.category import Category
from equipment.categories.planning import Conclusion, DueKind
from equipment.words import N_, Labelled


class DueState(Labelled):
    OPEN = "open", N_("Open"), "blue"
    DONE = "done", N_("Done"), "green"
    SUPERSEDED = "superseded", N_("Superseded"), "grey"


class ApplicationState(Labelled):
    """报检: asked for by the use unit, accepted and dated by the inspection body."""

    APPLIED = "applied", N_("Applied for inspection"), "blue"
    ACCEPTED = "accepted", N_("Accepted"), "green"
    WITHDRAWN = "withdrawn", N_("Withdrawn"), "grey"
    REFUSED = "refused", N_("Not accepted"), "red"
    DONE = "done", N_("Inspected"), "green"


APPLICATION_CHANGES: dict[ApplicationState, set[ApplicationState]] = {
    ApplicationState.APPLIED: {ApplicationState.ACCEPTED, ApplicationState.WITHDRAWN, ApplicationState.REFUSED, ApplicationState.DONE},
    ApplicationState.ACCEPTED: {ApplicationState.WITHDRAWN, ApplicationState.DONE},
    ApplicationState.WITHDRAWN: set(), ApplicationState.REFUSED: set(), ApplicationState.DONE: set(),
}


class ListRowState(Labelled):
    OUTSTANDING = "outstanding", N_("Not returned"), "amber"
    RETURNED = "returned", N_("Returned"), "green"
    DROPPED = "dropped", N_("Dropped"), "grey"


class PaperDueKind(Labelled):
    LICENCE = "licence", N_("Licence expires"), "blue"
    CERTIFICATE = "certificate", N_("Certificate expires"), "blue"
    INSTRUMENT = "instrument", N_("Verification of the instrument expires"), "blue"
    CARD = "card", N_("Card expires"), "grey"


class FactKind(Labelled):
    """What a plan must know beside done duties."""

    ALTERATION = "alteration", N_("Alteration"), "blue"
    MAJOR_REPAIR = "major_repair", N_("Major repair"), "blue"
    EXTENSION = "extension", N_("Approved delay"), "amber"


def conclusions_for(category: Category, kind: DueKind = DueKind.INSPECTION) -> tuple[Conclusion, ...]:
    """判废 is a conclusion only of the periodic inspection of what has a design life."""
    scraps = DueKind.END_OF_LIFE in category.due_kinds and kind is DueKind.INSPECTION
    return (Conclusion.PASSED, Conclusion.FAILED, *((Conclusion.SCRAP,) if scraps else ()))
