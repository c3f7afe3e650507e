"""补录: a fill kept on paper while nothing could be scanned, judged like a scan of its moment. Marked, and
never counted as a scan.

The cylinder is judged as it stood then: read past the viewer's scope for the same reason as in scan.py. Owner
and papers are taken as they are now: nobody dated them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.models import Fill
from equipment.fills.record import fill_row
from equipment.fills.rules import OVERFILL, Answers, Make, failed_after
from equipment.fills.scan import CYLINDERS, Cylinder, IncomingScan, ScanVerdict, judge
from equipment.fills.states import FillState, ScanPurpose
from equipment.fills.station import CYLINDER, pack_of, station_on
from equipment.fills.weight_rules import Weights
from equipment.intake.actions import Receipts
from equipment.intake.rules import Arrival, content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.register.rules import Outcome
from equipment.regulation.cylinder_numbers import late_entry_reach
from equipment.regulation.planning import DueKind
from equipment.storage.db import session

DUES, FILLS, STANDINGS = Due.__table__.c, Fill.__table__.c, Standing.__table__.c
LOOKED_AT = 50  # fills behind a reason that stands; it is found by one of the last few
ANYWAY = "filled_anyway"
LATE = Receipts("late_fill", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFill:
    """One line of a paper record; `id` was made with the form that it was typed into."""

    id: UUID | None = None
    piece: Equipment
    gas: str
    happened_at: datetime
    gross_g: int | None = None
    pressure_kpa: int | None = None
    operator: str = ""
    bay: str = ""
    checks: Answers = field(default_factory=dict)


def enter_late(paper: PaperFill, *, by: Viewer) -> Fill:
    """Enter one line. What a scan would have refused then was filled anyway, and says so. The same line of
    the same form again is the fill that is there."""
    locked_heads(session.connection(), [subject_of("equipment", paper.piece.id)])
    content = content_of(
        equipment_id=paper.piece.id,
        gas=paper.gas,
        happened_at=paper.happened_at,
        gross_g=paper.gross_g,
        pressure_kpa=paper.pressure_kpa,
        operator=paper.operator,
        bay=paper.bay,
    )
    key = paper.id or new_id()
    message = LATE.received(content, sender=by.organisation_id, key=key, about=paper.piece.id)
    if message.answer is not None:
        return session.get_one(Fill, (paper.piece.id, UUID(message.answer)))
    fill = _enter(paper, key, by)
    message.keep(str(fill.id))
    return fill


def _enter(paper: PaperFill, key: UUID, by: Viewer) -> Fill:
    scan = _as_scan(paper, key, by)
    cylinder = cylinder_at(paper.piece, paper.happened_at)
    elsewhere = _was_open_elsewhere(cylinder.id, paper.happened_at, scan.organisation_id)
    judged = judge(scan, Outcome.FOUND, cylinder, open_elsewhere=elsewhere)
    if (make := judged.make) is None:
        raise Invalid({"code": N_("The record of this cylinder is incomplete: its medium is not known.")})
    weights = _weighed(paper, make, judged.tare_g)
    on_record = visible(SYSTEM, Fill).where(Fill.equipment_id == paper.piece.id)  # whoever filled it
    _not_twice(paper, scan.organisation_id, on_record)
    fill = _as_fill(paper, scan, cylinder, judged, weights, make)
    session.add(fill)
    if fill.state == FillState.OVERFILLED and not paper.piece.treat_code:
        filled_since = on_record.where(Fill.state == FillState.FILLED, Fill.happened_at > paper.happened_at)
        if session.scalar(filled_since.limit(1)) is None:  # it has still to be drawn down
            paper.piece.treat_code = OVERFILL
    record(
        session(),
        subject_of("equipment", fill.equipment_id),
        "fill.late_entry",
        actor=by.actor,
        rows=[fill, paper.piece],
        pack=fill.pack,
        payload={"fill": fill.id, "happened_at": paper.happened_at, "net_g": fill.net_g},
    )
    return fill


def _as_fill(
    paper: PaperFill,
    scan: IncomingScan,
    cylinder: Cylinder,
    judged: ScanVerdict,
    weights: Weights,
    make: Make,
) -> Fill:
    """The fill as it came out, closed."""
    row, allowed = fill_row(scan, cylinder, judged), judged.verdict.allowed
    filled = FillState.OVERFILLED if weights.overfilled else FillState.FILLED
    row["state"] = filled if allowed else FillState.REFUSED
    row["verdict"] = (judged.verdict + failed_after(make.post, {}, weights.overfilled)).as_json()
    row["flags"], row["late_entry"] = [] if allowed else [ANYWAY], True
    row["gross_g"], row["net_g"], row["pressure_kpa"] = paper.gross_g, weights.net_g, paper.pressure_kpa
    row["result_at"] = row["closed_at"] = scan.arrived.received_at
    return Fill(**row)


def _as_scan(paper: PaperFill, key: UUID, by: Viewer) -> IncomingScan:
    """The line as the scan it stands for."""
    now, today = clock.now(), clock.today()
    reach = late_entry_reach(pack_of(today).rules, today)
    if not clock.site_midnight(today) - reach <= paper.happened_at <= now:
        text = N_("Late entries reach back %(days)d days and never into the future.")
        raise Invalid({"happened_at": Message(text, {"days": reach.days})})
    if paper.piece.category != CYLINDER or by.organisation_id is None:
        raise Invalid({"code": N_("this label is not on a gas cylinder")})
    on = clock.site_day(paper.happened_at)
    arrived = Arrival(now, paper.happened_at, on, (on,), (), round((now - paper.happened_at).total_seconds()))
    return IncomingScan(
        key,
        ScanPurpose.FILL,
        paper.piece.label_code or "",
        paper.gas,
        paper.bay,
        paper.operator,
        paper.checks,
        "",
        paper.happened_at,
        arrived,
        by.organisation_id,
        [station_on(by.organisation_id, on)],
        by,
    )


def _weighed(paper: PaperFill, make: Make, tare_g: int | None) -> Weights:
    amount, field_name = (paper.gross_g, "gross_g") if make.weighed else (paper.pressure_kpa, "pressure_kpa")
    if amount is None:
        raise Invalid({field_name: N_("Enter what the scale or gauge showed.")})
    weights = Weights(tare_g, paper.gross_g, make.charge_g)
    if problem := weights.problem:
        raise Invalid({"gross_g": problem})
    return weights


def _not_twice(paper: PaperFill, station_id: UUID, on_record: Select[Fill]) -> None:
    """A paper has no number of its own: the same bottle at the same minute is the same line, typed by
    somebody else or into another form."""
    same = on_record.where(
        Fill.organisation_id == station_id, Fill.happened_at == paper.happened_at, Fill.late_entry
    )
    if session.scalar(same.limit(1)) is not None:
        raise Invalid({"code": N_("This line has been entered already.")})


def cylinder_at(piece: Equipment, at: datetime) -> Cylinder:
    """The cylinder as a scan of that moment would have met it."""
    session.flush()
    [cylinder], on = CYLINDERS(session.connection(), [piece.id]), clock.site_day(at)
    inspections = session.execute(
        select(DUES.done_on, DUES.conclusion, DUES.due_on)
        .where(DUES.equipment_id == piece.id, DUES.kind == DueKind.INSPECTION, DUES.state == DueState.DONE)
        .order_by(DUES.done_on)
    ).all()
    before = [row for row in inspections if row.done_on <= on]
    # the day the next one was due then: what came later had not moved it yet
    after = [row.due_on for row in inspections if row.done_on > on]
    status = select(STANDINGS.status).where(
        STANDINGS.equipment_id == piece.id,
        STANDINGS.from_on <= on,
        or_(STANDINGS.until_on.is_(None), STANDINGS.until_on > on),
    )
    filled = select(FILLS.on).where(
        FILLS.equipment_id == piece.id, FILLS.state == FillState.FILLED, FILLS.happened_at < at
    )
    return cylinder._replace(
        status=str(session.scalar(status.limit(1)) or cylinder.status),
        registered_on=cylinder.registered_on
        if cylinder.registered_on and cylinder.registered_on <= on
        else None,
        inspection_due_on=after[0] if after else cylinder.inspection_due_on,
        treat_code=_treat_code_at(cylinder, at),
        # paper entered out of order counts by when it happened
        filled_on=session.scalar(filled.order_by(FILLS.happened_at.desc()).limit(1)),
        inspected_on=before[-1].done_on if before else None,
        conclusion=before[-1].conclusion if before else None,
    )


def _treat_code_at(cylinder: Cylinder, at: datetime) -> str:
    """What stands with the cylinder, unless it was seen only later."""
    if not cylinder.treat_code:
        return ""
    seen_at = None
    fills = select(FILLS.verdict, FILLS.allowed, FILLS.happened_at).where(FILLS.equipment_id == cylinder.id)
    for verdict, allowed, happened_at in session.execute(
        fills.order_by(FILLS.happened_at.desc()).limit(LOOKED_AT)
    ):
        if cylinder.treat_code in {reason["code"] for reason in verdict}:
            seen_at = happened_at
        elif allowed:
            break
    return "" if seen_at is not None and seen_at > at else cylinder.treat_code


def _was_open_elsewhere(equipment_id: UUID, at: datetime, station_id: UUID) -> bool:
    """Whether another station was filling the cylinder then."""
    ended = func.coalesce(FILLS.result_at, FILLS.closed_at)
    fills = select(FILLS.id).where(
        FILLS.equipment_id == equipment_id,
        FILLS.organisation_id != station_id,
        FILLS.allowed,
        FILLS.late_entry.is_(False),
        FILLS.received_at <= at,
        or_(ended.is_(None), ended > at),
    )
    return session.scalar(fills.limit(1)) is not None
