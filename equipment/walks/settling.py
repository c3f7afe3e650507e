"""What the county makes of what was seen: row by row, each whole; what it did to the register is said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.dues.applications import apply_as_seen, pending_application
from equipment.hazards.actions import confirm, rectify_by
from equipment.hazards.findings import find
from equipment.hazards.models import Hazard
from equipment.hazards.rules import FindingSource
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.walks.actions import close_if_done, close_if_overtaken, lock_round, locked_row, record_row
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import photo_counts, rows_with
from equipment.walks.rules import REASON_LENGTH, proof_problem, settling_problem
from equipment.walks.states import WalkOutcome, WalkRowState, WalkSettlement

OVERDUE_IN_USE, UNKNOWN_IN_USE = "超期未检仍在用", "检验情况不明仍在用"


class WalkDecision(NamedTuple):
    """What is to be made of ticked rows, and what that needs: a day for a hazard, a body where a piece has
    none, a remark where no photo shows how something is known."""

    settlement: WalkSettlement
    due_on: date | None = None
    body_id: UUID | None = None
    remark: str = ""


class InUseRow(NamedTuple):
    """A row that was settled as 在用, with the hazard that stands for it."""

    row: WalkRow
    hazard: Hazard


class InUseOfUnit(NamedTuple):
    """What one use unit still uses although its inspection is overdue."""

    use_unit_id: UUID | None
    rows: tuple[InUseRow, ...]


def settled_in_use(viewer: Viewer, ids: Collection[UUID]) -> list[InUseOfUnit]:
    """Those of these rows that were settled as 在用, with their confirmed hazards, grouped by use unit."""
    rows = [row for row in rows_with(viewer, ids) if row.settlement is WalkSettlement.HAZARD]
    keys = {UUID(row.result.removeprefix("hazard:")) for row in rows}
    hazards = {
        hazard.id: hazard for hazard in session.scalars(visible(viewer, Hazard).where(Hazard.id.in_(keys)))
    }
    grouped: dict[UUID | None, list[InUseRow]] = {}
    for row in rows:
        hazard = hazards.get(UUID(row.result.removeprefix("hazard:")))
        if hazard is not None:
            grouped.setdefault(hazard.responsible_id, []).append(InUseRow(row, hazard))
    return [InUseOfUnit(unit_id, tuple(members)) for unit_id, members in grouped.items()]


def settle(walk: Walk, row_no: int, decision: WalkDecision, *, by: Viewer) -> Message:
    """Do to the register what follows from what was seen, and say what was done. A row whose piece was
    inspected, stopped or moved meanwhile closes by itself instead."""
    row = _row_to_settle(walk, row_no, by)
    assert row.outcome is not None  # CHECK walked_has_outcome
    if close_if_overtaken(walk, row_no, by=by):
        close_if_done(walk, by=by)
        assert row.closing is not None  # just closed
        return Message(N_("Closed by itself: %(why)s"), {"why": row.closing.label})
    problem = settling_problem(by.area, row.outcome, decision.settlement)
    if problem is not None:
        raise NotAllowed(problem)
    proof = proof_problem(row.outcome, photo_counts([row.id]).get(row.id, 0), row.note + decision.remark)
    if proof is not None:
        raise Invalid({"remark": proof})
    equipment = piece(by, row.equipment_id)
    done = _STEPS[decision.settlement](row, equipment, walk, decision, by)
    row.state, row.settlement = WalkRowState.SETTLED, decision.settlement
    row.settled_at, row.settled_by = clock.now(), by.user_id
    row.settled_note = decision.remark.strip()[:REASON_LENGTH]
    record_row(row, "walk.settled", by, {"settlement": decision.settlement, "remark": row.settled_note})
    close_if_done(walk, by=by)
    return done


def send_back(walk: Walk, row_no: int, reason: str, *, by: Viewer) -> None:
    """再核查: somebody looks at it again, and is told why. What was seen before stays in the ledger."""
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    row = _row_to_settle(walk, row_no, by)
    before = row.outcome
    row.state, row.outcome, row.note = WalkRowState.TO_WALK, None, ""
    row.happened_at = row.received_at = row.walked_by = row.via = None
    row.latitude = row.longitude = row.accuracy_m = None
    row.doubted = False
    row.sent_back_reason, row.sent_back_at = reason.strip()[:REASON_LENGTH], clock.now()
    row.sent_back_by = by.user_id
    record_row(row, "walk.sent_back", by, {"reason": row.sent_back_reason, "outcome": before})


def _row_to_settle(walk: Walk, row_no: int, by: Viewer) -> WalkRow:
    if not may(by, Action.APPROVE, Thing.WALK):
        raise NotAllowed
    lock_round(walk)
    row = locked_row(walk, row_no)
    if row.state is WalkRowState.TO_WALK:
        raise Conflict({"": N_("Nobody has walked this row yet.")})
    if row.state is not WalkRowState.WALKED:
        raise Conflict({"": N_("This row was settled or closed already.")})
    return row


def _hazard(row: WalkRow, equipment: Equipment, _walk: Walk, decision: WalkDecision, by: Viewer) -> Message:
    """One open hazard of this kind per piece: a piece that is walked month after month has no second one."""
    same = visible(SYSTEM, Hazard).where(
        Hazard.equipment_id == equipment.id, Hazard.source == FindingSource.WALK, Hazard.closed_on.is_(None)
    )
    open_one = session.scalars(same.order_by(Hazard.found_on)).first()
    if open_one is not None:
        row.result = f"hazard:{open_one.id}"
        stated = {"day": open_one.due_on.isoformat()}
        return Message(N_("A hazard stands already, to be put right by %(day)s"), stated)
    assert row.happened_at is not None  # CHECK outcome_has_time
    text = OVERDUE_IN_USE if row.due_on else UNKNOWN_IN_USE
    if row.duty == DueKind.SELF_TEST:
        text += "（自行检测）"
    parts = (text, f"应检日期 {row.due_on.isoformat()}" if row.due_on else "", row.note, decision.remark)
    finding = find(
        equipment,
        source=FindingSource.WALK,
        description="；".join(part.strip() for part in parts if part.strip()),
        by=by,
        source_id=row.id,
        found_on=clock.site_day(row.happened_at),
    )
    due_on = decision.due_on or rectify_by(Grade.GENERAL, clock.today())
    if due_on < clock.today():
        raise Invalid({"due_on": N_("This day has passed already.")})
    hazard = confirm(finding, Grade.GENERAL, "", due_on, by=by)
    row.result = f"hazard:{hazard.id}"
    stated = {"day": due_on.isoformat()}
    return Message(N_("Hazard confirmed, to be put right by %(day)s"), stated)


def _reason(row: WalkRow, walk: Walk, decision: WalkDecision) -> str:
    """Why the register changes: the round, what was seen, and how it is known."""
    assert row.outcome is not None  # CHECK walked_has_outcome
    words = {
        WalkOutcome.STOPPED: "现场核查已停用",
        WalkOutcome.REMOVED: "现场核查已拆除",
        WalkOutcome.ABSENT: "现场核查查无此设备",
    }
    parts = (f"超期核查 {walk.number} 第{row.row_no}行", words[row.outcome], row.note, decision.remark)
    return "，".join(part.strip() for part in parts if part.strip())[:200]


def _stop(row: WalkRow, equipment: Equipment, walk: Walk, decision: WalkDecision, by: Viewer) -> Message:
    change_status(equipment, EquipmentStatus.STOPPED, reason=_reason(row, walk, decision), by=by)
    return Message(N_("The piece is out of use in the register."))


def _cancel(row: WalkRow, equipment: Equipment, walk: Walk, decision: WalkDecision, by: Viewer) -> Message:
    change_status(equipment, EquipmentStatus.CANCELLED, reason=_reason(row, walk, decision), by=by)
    return Message(N_("The piece is deregistered; its labels are void."))


def _doubt(row: WalkRow, equipment: Equipment, walk: Walk, decision: WalkDecision, by: Viewer) -> Message:
    reason = _reason(row, walk, decision)
    change(equipment, {"verified": False, "unverified_reason": reason}, by=by, reason=reason)
    return Message(N_("The piece is to be verified; it stays in use, overdue and in every rate."))


def _apply(row: WalkRow, equipment: Equipment, walk: Walk, decision: WalkDecision, by: Viewer) -> Message:
    if row.duty == DueKind.SELF_TEST:
        return Message(N_("Noted: a self-test needs no application at an inspection body."))
    pending = pending_application(equipment.id)
    if pending is not None:
        row.result = f"application:{pending.id}"
        return Message(N_("An application stands already."))
    if equipment.inspection_body_id is None:
        if decision.body_id is None:
            raise Invalid({"body": N_("It has no inspection body: choose one.")})
        reason = f"超期核查 {walk.number}"
        change(equipment, {"inspection_body_id": decision.body_id}, by=by, reason=reason)
    seen = "已检待报告" if row.outcome is WalkOutcome.INSPECTED else "已报检"
    parts = (f"超期核查 {walk.number}：现场核查{seen}", row.note, decision.remark)
    note = "，".join(part.strip() for part in parts if part.strip())
    application = apply_as_seen(equipment, note=note, by=by)
    row.result = f"application:{application.id}"
    return Message(N_("The application is at the inspection body."))


_STEPS = {
    WalkSettlement.HAZARD: _hazard,
    WalkSettlement.STOP: _stop,
    WalkSettlement.CANCEL: _cancel,
    WalkSettlement.DOUBT: _doubt,
    WalkSettlement.APPLY: _apply,
}


def walks_of(viewer: Viewer, rows: Collection[WalkRow]) -> dict[UUID, Walk]:
    """The rounds of these rows."""
    ids = {row.walk_id for row in rows}
    if not ids:
        return {}
    return {walk.id: walk for walk in session.scalars(visible(viewer, Walk).where(Walk.id.in_(ids)))}


def row_walk(viewer: Viewer, row_id: UUID) -> tuple[Walk, int]:
    """The round of a row and its number there, if the viewer may see it."""
    row = next(iter(rows_with(viewer, [row_id])), None)
    if row is None:
        raise NotFound
    return walks_of(viewer, [row])[row.walk_id], row.row_no
