"""整条充装记录: a scan that brings its result with it. Where nothing speaks against it, both are recorded by the
scan's own commit; whatever else it is, the scan is recorded there and the result by itself (results.py), by
the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import String, and_, select, type_coerce
from sqlalchemy.engine import Connection

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.fills.bundles import is_bundle
from equipment.fills.models import Fill, FillRow, Json, Scan
from equipment.fills.results import RESULTS, FillResult, codes_of, is_old, settle, went_in_at
from equipment.fills.rules import StationDay
from equipment.fills.scan import Cylinder, IncomingScan, ScanVerdict, judge_on
from equipment.fills.states import FillState
from equipment.fills.station import station_on
from equipment.instruments.models import Instrument
from equipment.intake.actions import id_of_content
from equipment.intake.models import Receipt
from equipment.ledger.actions import CHAIN, EVENT, EventDraft, Heads, subject_of
from equipment.ledger.evidence import row_values
from equipment.people.models import Device
from equipment.register.rules import Outcome
from equipment.storage.statements import Lookup

LAST_LINES = Lookup(  # when each of these chains grew last
    select(CHAIN.c.subject, EVENT.c.at)
    .select_from(CHAIN)
    .join(EVENT, and_(EVENT.c.subject == CHAIN.c.subject, EVENT.c.seq == CHAIN.c.seq)),
    CHAIN.c.subject,
    row=tuple,
)


class RecordedScan(NamedTuple):
    """What stands on record of a scan: its piece and the fill it belongs to, as that stands now."""

    id: UUID
    equipment_id: UUID | None
    fill_id: UUID | None
    state: str | None
    net_g: int | None
    flags: list[str] | None
    result_at: datetime | None


_scan, _fill = Scan.__table__.c, Fill.__table__.c
RECORDED = Lookup(
    select(
        _scan.id,
        _scan.equipment_id,
        _scan.fill_id,
        type_coerce(_fill.state, String()),
        _fill.net_g,
        _fill.flags,
        _fill.result_at,
    )
    .select_from(Scan.__table__)
    .outerjoin(Fill.__table__, and_(_fill.equipment_id == _scan.equipment_id, _fill.id == _scan.fill_id)),
    _scan.id,
    row=RecordedScan._make,
)


class ResultBeside(NamedTuple):
    """The result that came with a scan, when gas went in, and what holds at the station today, read before
    the commit."""

    result: FillResult
    filled_at: datetime
    receipt_id: UUID
    today: StationDay
    instruments: Sequence[Instrument]


class WholeFill(NamedTuple):
    """What such a scan leaves behind beside itself: the fill as it ended, its receipt, and their line."""

    fill: FillRow
    receipt: Json
    draft: EventDraft


def result_beside(
    scan: IncomingScan, result: FillResult, device: Device | None, instruments: Sequence[Instrument]
) -> ResultBeside:
    filled_at = went_in_at(result, scan.happened_at, device)
    today = station_on(scan.organisation_id, clock.today())
    return ResultBeside(result, filled_at, receipt_id(scan.id, result), today, instruments)


def receipt_id(fill_id: UUID, result: FillResult) -> UUID:
    """Under which id the result of a fill is known again, whichever way it came."""
    return result.result_id or id_of_content(fill_id, result.content)


def used_receipts(connection: Connection, scans: Sequence[IncomingScan]) -> set[UUID]:
    """Which results of these scans came before under their ids."""
    ids = {scan.beside.receipt_id for scan in scans if scan.beside is not None}
    return set(RESULTS.earlier(connection, ids))


def awaits_result(scan: IncomingScan, used: set[UUID]) -> bool:
    """Whether a result came with this scan that is not on record."""
    return scan.beside is not None and scan.beside.receipt_id not in used


def last_line_times(
    connection: Connection, scans: Sequence[IncomingScan], heads: Heads
) -> dict[str, datetime]:
    """When the chains of the pieces grew last, where gas went in a while ago."""
    waited = any(scan.beside is not None and is_old(scan.beside.filled_at) for scan in scans)
    return dict(LAST_LINES(connection, heads)) if waited else {}


def whole_fill(
    scan: IncomingScan, cylinder: Cylinder, judged: ScanVerdict, fill: FillRow, last_line_at: datetime | None
) -> WholeFill | None:
    """The fill with its result, where it was allowed, the same holds today and when gas went in, and nothing
    is wrong with what came out; None where the result is looked at by itself."""
    beside = scan.beside
    if beside is None or judged.make is None or not _holds(scan, beside, cylinder, last_line_at):
        return None
    # as a Fill of no session: a thousand times a second, its instrumented columns cost more than the rules
    ended = cast(Fill, SimpleNamespace(**fill))
    try:
        reasons = settle(
            ended,
            judged.make,
            scan.days[-1].book,
            beside.result,
            beside.filled_at,
            by=scan.by,
            instruments=beside.instruments,
        )
    except Invalid:
        return None
    if reasons or ended.state != FillState.FILLED:
        return None
    row = cast(FillRow, vars(ended))
    receipt: Json = {
        "id": beside.receipt_id,
        "kind": RESULTS.kind,
        "organisation_id": scan.organisation_id,
        "content": beside.result.content,
        "answer": str(FillState.FILLED),
        "at": clock.now(),
    }
    payload = {
        "fill": row["id"],
        "happened_at": beside.result.happened_at,
        "net_g": row["net_g"],
        "reasons": codes_of(reasons),
    }
    draft = EventDraft(
        subject_of("equipment", cylinder.id),
        f"fill.{FillState.FILLED}",
        payload,
        [row_values(Fill, row), row_values(Receipt, receipt)],
        pack=row["pack"],
        actor=scan.by.actor,
    )
    return WholeFill(row, receipt, draft)


def _holds(
    scan: IncomingScan, beside: ResultBeside, cylinder: Cylinder, last_line_at: datetime | None
) -> bool:
    """Whether the verdict of the scan is the verdict of today, and that of the moment when gas went in:
    whatever changes a piece leaves a line in its chain, so one without a line since then is as it was."""
    if scan.manifold_id is not None or cylinder.treat_code or is_bundle(cylinder.details):
        return False
    days = {station.book.on for station in scan.days}
    if beside.today.book.on not in days:
        in_fill = cylinder._replace(open_id=scan.id)
        if not judge_on(beside.today, scan, Outcome.FOUND, in_fill, False).verdict.allowed:
            return False
    if not is_old(beside.filled_at):
        return True
    on = clock.site_day(beside.filled_at)
    is_as_then = last_line_at is not None and last_line_at <= beside.filled_at
    return is_as_then and on in days and cylinder.registered_on is not None and cylinder.registered_on <= on
