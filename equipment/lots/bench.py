"""The bench of the inspection body: a verdict on each bottle of a lot, what was read off it put on file, the
rest passed together. Nothing is a result before it leaves the line (leaving.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.dues.planning import inspections_after
from equipment.dues.rules import ApplicationState
from equipment.inspections.actions import may_record
from equipment.inspections.rules import InspectionKind
from equipment.inspections.settling import valve_problem
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.lots.actions import answer_rows, lock_lot, move_row, record_lot
from equipment.lots.bench_rules import (
    STAMPED_COLUMNS,
    STAMPED_DETAILS,
    BenchResult,
    ScrapReason,
    bench_problems,
    far_off,
)
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import row_of, row_with, rows_of
from equipment.lots.states import ON_THE_LINE, BenchVerdict, LotRowState, LotState
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.actions import change
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.regulation.categories import category
from equipment.regulation.cylinder_numbers import bench_doubt_percent, scrap_reasons_stated
from equipment.regulation.details import Details
from equipment.regulation.plausible import shown
from equipment.regulation.queries import rules
from equipment.storage.columns import Columns
from equipment.storage.db import session

BENCH = Receipts("lot_bench", "result_id")


@dataclass(frozen=True, slots=True)
class Passed:
    """What passing the rest came to: how many, and the bottles that were left for a look, with why."""

    count: int
    left: Sequence[tuple[LotRow, Message | str]]


def row_scanned(lot: Lot, code: str, *, by: Viewer) -> LotRow:
    """The bottle of this lot that a code or number names, while it is on the line."""
    of_body(lot, by)
    resolved = resolve_own(by, parse(code))
    row = row_with(lot, resolved.equipment_id) if resolved.equipment_id is not None else None
    if row is None:
        raise Invalid({"code": N_("No bottle of this lot has this code or number.")})
    if row.state is LotRowState.MISSING:
        raise Invalid({"code": N_("It was noted as missing: receive it first.")})
    if row.state not in ON_THE_LINE:
        text = N_("Row %(row)s is “%(state)s” already.")
        raise Invalid({"code": Message(text, {"row": row.row_no, "state": row.state.label})})
    return row


def judge(lot: Lot, row_no: int, result: BenchResult, *, by: Viewer, key: UUID | None = None) -> LotRow:
    """A verdict on a bottle; until it has left the line another takes its place. The same message again
    changes nothing."""
    lock_lot(lot)
    of_body(lot, by)
    message = BENCH.received(_content(lot, row_no, result), sender=by.organisation_id, key=key, about=lot.id)
    row = row_of(lot, row_no)
    if message.answer is not None and key is not None:
        return row
    piece = on_the_line(lot, row, by)
    wrong = bench_problems(result, scrap_reasons(piece), clock.today())
    if wrong:
        raise Invalid(wrong)
    row.corrected = {**row.corrected, **_corrected(piece, result, f"送检批 {lot.number}", by)}
    _valve_lasts(piece, result, lot.inspected_on or clock.today())
    if row.state is LotRowState.RECEIVED:
        move_row(row, LotRowState.JUDGED)
    row.verdict, row.reasons, row.remark = result.verdict, list(result.reasons), result.remark.strip()[:300]
    row.valve_until, row.judged_by, row.judged_at = result.valve_until, by.user_id, clock.now()
    receipts = [message.keep(str(row_no))] if key is not None else []
    record_lot(lot, "lot.judged", by, [row, *receipts], bottle=row_no, verdict=result.verdict)
    return row


def take_back(lot: Lot, row_no: int, *, by: Viewer) -> LotRow:
    """The verdict is taken back: the bottle is to be inspected again."""
    lock_lot(lot)
    of_body(lot, by)
    row = row_of(lot, row_no)
    if row.state is LotRowState.RECEIVED:
        return row
    move_row(row, LotRowState.RECEIVED)
    row.verdict, row.reasons, row.remark, row.valve_until = None, [], "", None
    record_lot(lot, "lot.verdict_taken_back", by, [row], bottle=row_no)
    return row


def send_back(lot: Lot, row_no: int, reason: str, *, by: Viewer) -> LotRow:
    """退回未检: the bottle goes back as it came, and is no longer applied for."""
    lock_lot(lot)
    of_body(lot, by)
    row = row_of(lot, row_no)
    if row.state is LotRowState.RETURNED:
        return row
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    move_row(row, LotRowState.RETURNED)
    row.remark = reason.strip()[:300]
    answer_rows([row], ApplicationState.WITHDRAWN, by=by, reason=f"退回未检：{reason.strip()}")
    finish_if_done(lot)
    record_lot(lot, "lot.sent_back", by, [row], bottle=row_no, reason=reason.strip())
    return row


def pass_rest(lot: Lot, count: int, *, by: Viewer) -> Passed:
    """整批合格: every bottle without a verdict conforms, as many as the person saw; what cannot pass unseen (its
    valve does not last, its file has changed) is left, with why."""
    lock_lot(lot)
    of_body(lot, by)
    rows = session.scalars(rows_of(lot).where(LotRow.state == LotRowState.RECEIVED)).all()
    if len(rows) != count:
        raise Conflict({"": Message(N_("They are %(count)s by now: look again."), {"count": len(rows)})})
    on = lot.inspected_on or clock.today()
    by_id = {
        piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows if row.equipment_id])
    }
    days, left, passed = inspections_after(list(by_id.values()), on), [], []
    for row in rows:
        try:
            piece = on_the_line(lot, row, by, by_id)
        except Invalid as refusal:
            left.append((row, next(iter(refusal.fields.values()))))
            continue
        if problem := valve_problem(piece, days.get(piece.id), on):
            left.append((row, problem))
            continue
        move_row(row, LotRowState.JUDGED)
        row.verdict, row.judged_by, row.judged_at = BenchVerdict.PASSED, by.user_id, clock.now()
        passed.append(row)
    if passed:
        record_lot(lot, "lot.judged", by, passed, bottles=len(passed), verdict=BenchVerdict.PASSED)
    return Passed(len(passed), left)


def on_the_line(
    lot: Lot, row: LotRow, by: Viewer, by_id: Mapping[UUID, Equipment] | None = None
) -> Equipment:
    """The piece of a bottle that the bench may judge; why not otherwise."""
    if lot.state is not LotState.RECEIVED or row.state not in ON_THE_LINE or row.equipment_id is None:
        text = N_("Row %(row)s is “%(state)s” already.")
        raise Conflict({"": Message(text, {"row": row.row_no, "state": row.state.label})})
    piece = by_id.get(row.equipment_id) if by_id is not None else session.get(Equipment, row.equipment_id)
    if piece is None:
        raise NotFound
    if piece.inspection_body_id != lot.body_id:
        raise Invalid({"": N_("Its file names another inspection body by now.")})
    may_record(piece, by, InspectionKind.INSPECTION)
    return piece


def scrap_reasons(piece: Equipment) -> dict[str, ScrapReason]:
    """The reasons to scrap a bottle of its variety, by key."""
    variety = str(piece.details.get("variety") or "general")
    stated = scrap_reasons_stated(rules(piece.category), variety, clock.today())
    return {key: ScrapReason.of(key, value) for key, value in stated.items()}


def finish_if_done(lot: Lot) -> None:
    """A lot is finished when nothing of it is on the line any more."""
    session.flush()
    left = rows_of(lot).where(LotRow.state.in_(ON_THE_LINE)).limit(1)
    if lot.state is LotState.RECEIVED and session.scalars(left).first() is None:
        lot.state, lot.finished_at = LotState.FINISHED, clock.now()


def of_body(lot: Lot, by: Viewer) -> None:
    if by.organisation_id != lot.body_id:
        raise NotFound


def _content(lot: Lot, row_no: int, result: BenchResult) -> str:
    return content_of(
        lot=lot.id,
        row=row_no,
        verdict=result.verdict,
        reasons=list(result.reasons),
        remark=result.remark,
        valve_until=result.valve_until,
        stamps={name: str(value) for name, value in sorted(result.stamps.items())},
    )


def _valve_lasts(piece: Equipment, result: BenchResult, on: date) -> None:
    """A pass needs a valve that lasts until the next inspection, the old one or the new."""
    if result.verdict is BenchVerdict.SCRAP:
        return
    next_on = inspections_after([piece], on).get(piece.id)
    if result.verdict is BenchVerdict.PASSED:
        if problem := valve_problem(piece, next_on, on):
            raise Invalid({"verdict": problem})
    elif result.valve_until is not None and next_on is not None and result.valve_until < next_on:
        text = N_("The new valve must last until the next inspection on %(next)s.")
        raise Invalid({"valve_until": Message(text, {"next": next_on.isoformat()})})


def _corrected(piece: Equipment, result: BenchResult, reason: str, by: Viewer) -> dict[str, list[object]]:
    """Put on file what was read otherwise off the bottle: field -> [before, after]. What is far off is asked
    about first."""
    before: Columns = {name: getattr(piece, name) for name in STAMPED_COLUMNS}
    before |= {name: piece.details.get(name) for name in STAMPED_DETAILS}
    read = {name: value for name, value in result.stamps.items() if value not in (None, "", before[name])}
    if not read:
        return {}
    if not result.sure:
        _ask_what_is_far_off(piece, before, read)
    columns: Columns = {name: value for name, value in read.items() if name in STAMPED_COLUMNS}
    if details := {name: value for name, value in read.items() if name in STAMPED_DETAILS}:
        columns["details"] = details
    change(piece, columns, by=by, reason=reason)
    return {name: [_plain(before[name]), _plain(value)] for name, value in read.items()}


def _ask_what_is_far_off(piece: Equipment, before: Columns, read: Mapping[str, object]) -> None:
    kind, pack = category(piece.category), rules(piece.category)
    merged: Details = kind.read({**piece.details, **{k: v for k, v in read.items() if k in STAMPED_DETAILS}})
    odd: dict[str, str | Message] = {
        name: problem for name, problem in kind.implausible(merged, clock.today()).items() if name in read
    }
    for name, value in read.items():
        percent = bench_doubt_percent(pack, name, clock.today()) if name in STAMPED_DETAILS else None
        if name not in odd and far_off(before[name], value, percent):
            text = N_("On file it is %(before)s: measure again, or say that you are sure.")
            odd[name] = Message(text, {"before": shown(merged, name, int(before[name]))})
    if odd:
        raise Invalid({**odd, "sure": N_("I have looked twice: this is what the bottle says.")})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
