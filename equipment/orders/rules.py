"""监察指令书: where an order stands, what it may become, and what an order must be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from equipment.core.words import N_, Labelled, Message
from equipment.regulation.supervision_numbers import is_day_off, working_day_from


class OrderState(Labelled):
    """The states of the forms in use (未反馈, 待复查, 已整改, 逾期未整改), and what else ends an order."""

    ISSUED = "issued", N_("No answer yet"), "amber"
    ANSWERED = "answered", N_("Answered, to be re-checked"), "blue"
    OVERDUE = "overdue", N_("Not put right in time"), "red"
    TRANSFERRED = "transferred", N_("Handed to the enforcement team"), "red"
    CLOSED = "closed", N_("All put right"), "green"
    WITHDRAWN = "withdrawn", N_("Order withdrawn"), "grey"


S = OrderState
ORDER_CHANGES: Mapping[OrderState, set[OrderState]] = {
    S.ISSUED: {S.ANSWERED, S.OVERDUE, S.CLOSED, S.TRANSFERRED, S.WITHDRAWN},
    S.ANSWERED: {S.CLOSED, S.ISSUED, S.OVERDUE, S.TRANSFERRED, S.WITHDRAWN},
    S.OVERDUE: {S.ANSWERED, S.CLOSED, S.ISSUED, S.TRANSFERRED, S.WITHDRAWN},
    S.TRANSFERRED: {S.CLOSED, S.WITHDRAWN},
    S.CLOSED: {S.ISSUED, S.OVERDUE, S.ANSWERED},
    S.WITHDRAWN: set(),
}
RUNNING = (S.ISSUED, S.ANSWERED, S.OVERDUE, S.TRANSFERRED)
WAITING = (S.ISSUED, S.OVERDUE, S.TRANSFERRED)  # for the unit


class OrderUrgency(Labelled):
    AT_ONCE = "at_once", N_("To be put right at once"), "red"
    BY_DAY = "by_day", N_("To be put right by a day"), "amber"


class ServiceWay(Labelled):
    """How the unit got the order (送达)."""

    SIGNED = "signed", N_("Handed over and signed"), "green"
    REFUSED = "refused", N_("Signature refused, left with a witness"), "amber"
    SENT = "sent", N_("Sent by post or messenger"), "blue"


class OrderOrigin(Labelled):
    """What an order came of."""

    DESK = "desk", N_("Issued at the desk")
    CHECK = "check", N_("Supervision check")
    WALK = "walk", N_("Walk of overdue pieces")
    HAZARD = "hazard", N_("Hazard")
    CAMPAIGN = "campaign", N_("Special campaign")


class TransferResult(Labelled):
    """What the enforcement team made of a case (案源)."""

    FILED = "filed", N_("Case filed"), "amber"
    NOT_FILED = "not_filed", N_("Case not filed"), "grey"
    PENALTY = "penalty", N_("Penalty decided"), "red"
    NO_PENALTY = "no_penalty", N_("No penalty"), "green"


RESULT_CHANGES: Mapping[TransferResult | None, set[TransferResult]] = {
    None: {TransferResult.FILED, TransferResult.NOT_FILED},
    TransferResult.FILED: {TransferResult.PENALTY, TransferResult.NO_PENALTY},
    TransferResult.NOT_FILED: set(),
    TransferResult.PENALTY: set(),
    TransferResult.NO_PENALTY: set(),
}
ENDED = (TransferResult.NOT_FILED, TransferResult.PENALTY, TransferResult.NO_PENALTY)


class ItemStand(NamedTuple):
    """Where one problem of an order stands: answered by the unit, looked at again and right."""

    is_answered: bool
    is_right: bool


def order_state(items: Sequence[ItemStand], due_on: date, on: date) -> OrderState:
    """Where an order stands that nobody withdrew or handed on: right when every problem is, answered when
    none waits for the unit, overdue the day after its last day."""
    if all(item.is_right for item in items):
        return S.CLOSED
    if all(item.is_right or item.is_answered for item in items):
        return S.ANSWERED
    return S.OVERDUE if on > due_on else S.ISSUED


def order_number(sign: str, year: int, sequence: int) -> str:
    """（××）市监特令〔YYYY〕第N号, as the form of order 57 has it."""
    return f"（{sign}）市监特令〔{year}〕第{sequence}号"


def deadline_problem(due_on: date, issued_on: date, urgency: OrderUrgency, kept: bool) -> Message | None:
    """Why a last day cannot stand. A day off may be meant, but somebody must say so; what is to be put right
    at once may fall on any day."""
    if due_on < issued_on:
        return Message(N_("The last day lies before the order."))
    if urgency is OrderUrgency.BY_DAY and not kept and is_day_off(due_on):
        return Message(
            N_(
                "%(day)s is a day off; the next working day is %(next)s. Take that, or tick that it is meant."
            ),
            {"day": due_on.isoformat(), "next": working_day_from(due_on).isoformat()},
        )
    return None


def inspectors_problem(inspectors: Collection[str], needed: int) -> Message | None:
    """Order 57 Art. 19: nobody checks alone."""
    if len(set(filter(None, inspectors))) < needed:
        return Message(N_("At least %(num)s inspectors: order 57, Art. 19."), {"num": needed})
    return None


def service_problem(way: ServiceWay, receiver: str, witness: str, reason: str) -> Mapping[str, Message]:
    """What is missing of how an order was served, by field."""
    wrong = {}
    if way is not ServiceWay.REFUSED and not receiver.strip():
        wrong["receiver"] = Message(N_("Say who received it."))
    if way is ServiceWay.REFUSED and not witness.strip():
        wrong["witness"] = Message(N_("Name the witness: without one a refused signature proves nothing."))
    if way is ServiceWay.REFUSED and not reason.strip():
        wrong["reason"] = Message(N_("Say why the signature was refused."))
    return wrong
