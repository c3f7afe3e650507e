"""Day one of a register: which day stands where paper and rule differ, and what was read from a ring that
nobody had on file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.actions import REASON_LENGTH, plan_piece
from equipment.dues.models import PlanFact
from equipment.dues.queries import open_due, parties_of
from equipment.dues.rules import DECISIONS, FactKind, may_settle
from equipment.ledger import actions as ledger
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.planning import DueKind, Origin
from equipment.storage.db import session

RING_REASON = "检验标志环"  # under which a ring's month goes on file

AT_ONCE = 20  # pieces decided on in one transaction: about 50 ms of the one writer


def may_decide(by: Viewer, piece: Equipment) -> bool:
    """The inspector of the body that inspects the piece, and whoever of the bureau answers for it."""
    return may_settle(by, category(piece.category), DueKind.INSPECTION, parties_of(piece)) or (
        by.oversees and may(by, Action.APPROVE, Thing.EQUIPMENT)
    )


def decide(pieces: Sequence[Equipment], stands: FactKind, reason: str, *, by: Viewer) -> int:
    """Let the day of the papers or that of the rule stand for these pieces; those where nothing is to decide
    are left alone."""
    if stands not in DECISIONS:
        raise Invalid({"stands": N_("Choose which day stands.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if len(reason.strip()) > REASON_LENGTH:
        figures = {"most": REASON_LENGTH, "typed": len(reason.strip())}
        raise Invalid({"reason": Message(N_("At most %(most)d characters; you have %(typed)d."), figures)})
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", piece.id) for piece in pieces])
    decided = 0
    for piece in pieces:
        if not may_decide(by, piece):
            raise NotAllowed(
                N_("Only the inspection body of a piece, or the bureau, decides which day stands.")
            )
        due = open_due(piece.id, DueKind.INSPECTION)
        if due is None or due.rule_on is None or piece.next_inspection_on is None:
            continue
        fact = PlanFact(
            equipment_id=piece.id,
            id=new_id(),
            organisation_id=by.organisation_id,
            area=piece.area,
            category=piece.category,
            kind=stands,
            on=piece.next_inspection_on,
            until=None,
            duty=DueKind.INSPECTION,
            reason=reason.strip(),
            source=by.actor,
            approved_by=by.user_id,
            at=clock.now(),
            voided_at=None,
        )
        session.add(fact)
        payload = {"stands": stands, "paper": due.due_on, "rule": due.rule_on, "reason": reason.strip()}
        subject = ledger.subject_of("equipment", piece.id)
        ledger.record(session(), subject, "due.decided", actor=by.actor, payload=payload, rows=[fact])
        plan_piece(piece, by_actor=by.actor)
        decided += 1
    return decided


def note_ring(piece: Equipment, inspected_on: date, *, next_on: date | None = None, by: Viewer) -> None:
    """What the inspection ring (检验标志环) of a bottle says, read by whoever holds it: it ends 检验情况不明, and only
    that. What is on record already is changed by a result, never by a ring."""
    due = open_due(piece.id, DueKind.INSPECTION)
    if due is None or due.origin is not Origin.UNKNOWN:
        raise Invalid({"": N_("Its inspection is on record already; a new one is entered as a result.")})
    if inspected_on > clock.today():
        raise Invalid({"inspected_on": N_("This day has not come yet.")})
    if piece.made_on is not None and inspected_on < piece.made_on:
        raise Invalid({"inspected_on": N_("This day lies before the day of manufacture.")})
    if next_on is not None and next_on <= inspected_on:
        raise Invalid({"next_on": N_("The next day must lie after the inspection.")})
    dates = {"last_inspected_on": inspected_on, "next_inspection_on": next_on}
    change(piece, dates, by=by, reason=RING_REASON)
