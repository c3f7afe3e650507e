"""案源移送: an order that was not carried out goes to the enforcement team; its result comes back."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.orders.actions import NOT_NOW
from equipment.orders.models import CaseTransfer, Order
from equipment.orders.queries import transfers_of
from equipment.orders.rules import ENDED, ORDER_CHANGES, RESULT_CHANGES, OrderState, TransferResult
from equipment.people.rules import Viewer
from equipment.storage.db import session


class TransferOutcome(NamedTuple):
    """What the enforcement team told: the result, its day and document, a fine in fen."""

    result: TransferResult
    on: date
    document: str = ""
    fine_fen: int | None = None
    remark: str = ""


def transfer(order: Order, team: str, facts: str, materials: str, *, by: Viewer) -> CaseTransfer:
    """Hand the case on; the order stands as handed on until everything in it is right."""
    _hold(order)
    if OrderState.TRANSFERRED not in ORDER_CHANGES[OrderState(order.state)]:
        raise Conflict({"": NOT_NOW})
    wrong = {
        name: N_("This is needed.") for name, text in (("team", team), ("facts", facts)) if not text.strip()
    }
    if wrong:
        raise Invalid(wrong)
    case = CaseTransfer(
        organisation_id=order.organisation_id,
        id=new_id(),
        order_id=order.id,
        area=order.area,
        team=team.strip()[:120],
        facts=facts.strip(),
        materials=materials.strip(),
        transferred_on=clock.today(),
        by=by.user_id,
        at=clock.now(),
    )
    session.add(case)
    order.state = OrderState.TRANSFERRED
    _record(order, case, "order.transferred", by, {"team": case.team})
    return case


def enter_result(order: Order, outcome: TransferOutcome, *, by: Viewer) -> CaseTransfer:
    """What came of the case that was handed on last; a case that was filed ends by a decision later."""
    _hold(order)
    case = next(reversed(transfers_of(order)), None)
    if case is None or outcome.result not in RESULT_CHANGES[case.result]:
        raise Conflict({"": NOT_NOW})
    wrong: dict[str, str | Message] = {}
    if outcome.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    elif outcome.on < case.transferred_on:
        wrong["on"] = N_("This is before the case was handed on.")
    if outcome.result in ENDED and not outcome.document.strip():
        wrong["document"] = N_("Give the number of the decision or letter.")
    if outcome.fine_fen is not None and outcome.fine_fen <= 0:
        wrong["fine"] = N_("Give an amount in yuan, or nothing.")
    elif outcome.fine_fen is not None and outcome.result is not TransferResult.PENALTY:
        wrong["fine"] = N_("A fine belongs to a penalty: choose that, or leave the amount out.")
    if wrong:
        raise Invalid(wrong)
    case.result, case.result_on, case.result_by = outcome.result, outcome.on, by.user_id
    case.document, case.remark = outcome.document.strip()[:80], outcome.remark.strip()[:300]
    case.fine_fen = outcome.fine_fen
    _record(order, case, "order.case_result", by, {"result": outcome.result, "on": outcome.on})
    return case


def _hold(order: Order) -> None:
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("order", order.id)])
    session.refresh(order)


def _record(order: Order, case: CaseTransfer, verb: str, by: Viewer, payload: dict[str, object]) -> None:
    ledger.record(
        session(),
        ledger.subject_of("order", order.id),
        verb,
        actor=by.actor,
        payload={"order": order.id, "case": case.id, **payload},
        rows=[order, case],
    )
