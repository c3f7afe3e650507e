"""人工定级: the bureau gives a piece a colour with a reason until a day, and ends it; it holds at once."""

from __future__ import annotations

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger import actions as ledger
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.risks.facts import GRADED, table_on
from equipment.risks.grading import hands_in_force, regrade
from equipment.risks.models import HandGraded
from equipment.risks.rules import HandGrading, hand_problems
from equipment.storage.db import session


def grade_by_hand(piece: Equipment, typed: HandGrading, *, by: Viewer) -> HandGraded:
    """The piece has this colour until the day, whatever the score says; the score stays visible beside it."""
    today = clock.today()
    if problems := hand_problems(typed, today):
        raise Invalid(problems)
    if piece.status != GRADED:
        raise Conflict({"": N_("Only a piece in use has a colour.")})
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", piece.id)])
    if former := hands_in_force([piece.id], today).get(piece.id):
        _end(former, str(typed.reason), by)
    row = HandGraded(
        equipment_id=piece.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=piece.area,
        category=piece.category,
        colour=typed.colour,
        reason=typed.reason.strip()[:300],
        from_on=today,
        until_on=typed.until_on,
        graded_by=by.user_id,
        graded_at=clock.now(),
    )
    session.add(row)
    payload = {"colour": row.colour, "reason": row.reason, "until": row.until_on}
    subject = ledger.subject_of("equipment", piece.id)
    ledger.record(session(), subject, "risk.by_hand", actor=by.actor, payload=payload, rows=[row])
    regrade([piece.id], table_on(today))
    return row


def end_by_hand(row: HandGraded, reason: str, *, by: Viewer) -> None:
    """The score holds again."""
    if row.ended_at is not None:
        raise Conflict({"": N_("This grading was ended already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _end(row, reason, by)
    regrade([row.equipment_id], table_on(clock.today()))


def _end(row: HandGraded, reason: str, by: Viewer) -> None:
    row.ended_at, row.ended_by, row.end_reason = clock.now(), by.user_id, reason.strip()[:300]
    subject = ledger.subject_of("equipment", row.equipment_id)
    payload = {"reason": row.end_reason}
    ledger.record(session(), subject, "risk.by_hand_ended", actor=by.actor, payload=payload, rows=[row])
