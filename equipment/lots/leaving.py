"""出线: what the bench said becomes the results of the lot, under its one report; the ring and the next day
stand at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid5

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_, Message
from equipment.inspections.actions import add_report, record
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.rules import InspectionKind
from equipment.lots.actions import lock_lot, move_row, record_lot
from equipment.lots.bench import finish_if_done, of_body, on_the_line, scrap_reasons
from equipment.lots.bench_rules import CONCLUSIONS
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import lot_of, people_named, row_of, rows_of
from equipment.lots.states import BenchVerdict, LotRowState, LotState
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction

OPEN_STATES = (LotState.RECEIVED, LotState.FINISHED)


@dataclass(frozen=True, slots=True)
class LotReport:
    """The one report of a lot: the day of the inspection, who reviewed it, its number, which may follow."""

    on: date
    reviewed_by: str
    number: str = ""


@dataclass(slots=True)
class Left:
    """How many bottles left the line, how many still stand there judged, which could not leave, with why."""

    count: int = 0
    to_go: int = 0
    problems: list[tuple[int, Message | str]] = field(default_factory=list)


def state_report(lot: Lot, report: LotReport, *, by: Viewer) -> None:
    """One report covers the lot: its number does not change once it stands, its reviewer is another person
    than those at the bench."""
    lock_lot(lot)
    of_body(lot, by)
    if lot.state not in OPEN_STATES:
        raise Conflict({"": N_("Its receipt is not signed yet.")})
    wrong: dict[str, str | Message] = {}
    judges = set(people_named(row.judged_by for row in _judged(lot)).values())
    if report.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    if lot.received_at and report.on < clock.site_day(lot.received_at):
        wrong["on"] = N_("The lot was received later than that.")
    if not report.reviewed_by.strip():
        wrong["reviewed_by"] = N_("Enter who reviewed the results.")
    elif report.reviewed_by.strip() in judges:
        wrong["reviewed_by"] = N_("Another person than at the bench reviews.")
    if lot.report_no and report.number.strip() and report.number.strip() != lot.report_no:
        wrong["report_no"] = Message(N_("The lot has report %(number)s already."), {"number": lot.report_no})
    if wrong:
        raise Invalid(wrong)
    lot.inspected_on, lot.reviewed_by = report.on, report.reviewed_by.strip()[:60]
    lot.report_no = lot.report_no or report.number.strip()[:60]
    record_lot(lot, "lot.reported", by, report_no=lot.report_no, on=report.on)


def leave(lot_id: UUID, *, by: Viewer, most: int) -> Left:
    """Bottle by bottle out of the line, at most so many. Like the nightly planning it opens its own
    transactions, one a bottle, so that scans never wait for it; cut off it is simply run again."""
    numbers = [row.row_no for row in _judged(lot_of(lot_id, by=by))]
    session.rollback()
    left = Left(to_go=max(0, len(numbers) - most))
    for number in numbers[:most]:
        try:
            with transaction():
                leave_row(lot_of(lot_id, by=by), number, by=by)
            left.count += 1
        except Invalid as refusal:
            left.problems.append((number, next(iter(refusal.fields.values()))))
    return left


def leave_row(lot: Lot, row_no: int, *, by: Viewer) -> Inspection | None:
    """One bottle leaves: its result is recorded, what follows from it stands. What has left already is left
    alone."""
    lock_lot(lot)
    of_body(lot, by)
    row = row_of(lot, row_no)
    if row.state is LotRowState.LEFT:
        return None
    if lot.inspected_on is None or row.verdict is None:
        raise Conflict({"": N_("State the day of the inspection and who reviewed it first.")})
    piece = on_the_line(lot, row, by)
    inspection = record(piece, _result(lot, row, piece), by=by)
    move_row(row, LotRowState.LEFT)
    row.inspection_id, row.left_at = inspection.id, clock.now()
    finish_if_done(lot)
    record_lot(lot, "lot.left", by, [row], bottle=row_no, inspection=inspection.id)
    return inspection


def add_number(lot_id: UUID, number: str, *, by: Viewer, most: int) -> int:
    """The number of the report came later: every result of the lot that waits for it has it from now on. In
    transactions of its own, one a bottle; how many are still without."""
    with transaction():
        lot = lot_of(lot_id, by=by)
        if lot.inspected_on is None:
            raise Conflict({"": N_("State the day of the inspection and who reviewed it first.")})
        if not number.strip():
            raise Invalid({"report_no": N_("Enter the number of the report.")})
        state_report(lot, LotReport(lot.inspected_on, lot.reviewed_by, number), by=by)
        waiting = [key for key in _results_of(lot) if session.get_one(Inspection, key).awaits_report]
    for key in waiting[:most]:
        with transaction():
            add_report(session.get_one(Inspection, key), number, by=by)
    return max(0, len(waiting) - most)


def _results_of(lot: Lot) -> list[tuple[UUID, UUID]]:
    rows = session.scalars(rows_of(lot).where(LotRow.inspection_id.is_not(None)))
    return [(row.equipment_id, row.inspection_id) for row in rows if row.equipment_id and row.inspection_id]


def _judged(lot: Lot) -> list[LotRow]:
    return list(session.scalars(rows_of(lot).where(LotRow.state == LotRowState.JUDGED)))


def _result(lot: Lot, row: LotRow, piece: Equipment) -> Result:
    assert lot.inspected_on is not None  # the caller has looked
    assert row.verdict is not None
    remark = row.remark
    if row.verdict is BenchVerdict.SCRAP:
        reasons = scrap_reasons(piece)
        texts = [
            f"{reasons[key].code} {reasons[key].text.zh}" if key in reasons else key for key in row.reasons
        ]
        remark = "；".join([*texts, *([row.remark] if row.remark else [])])
    return Result(
        id=uuid5(lot.id, str(row.row_no)),
        kind=InspectionKind.INSPECTION,
        on=lot.inspected_on,
        conclusion=CONCLUSIONS[row.verdict],
        report_no=lot.report_no,
        remark=remark,
        checked_by=people_named([row.judged_by]).get(row.judged_by, "")[:60],
        reviewed_by=lot.reviewed_by,
        valve_until=row.valve_until if row.verdict is BenchVerdict.NEW_VALVE else None,
    )
