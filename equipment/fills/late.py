"""补录: a fill kept on paper while nothing could be scanned, judged like a scan of its moment. Marked, and
never counted as a scan.

The cylinder is judged as it stood then (hindsight.py): read past the viewer's scope for the same reason as in
scan.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.fills.build_rules import Make
from equipment.fills.bundles import is_bundle, judge_with_mates
from equipment.fills.hindsight import PastFill, cylinder_at, mates_at, scan_at, was_open_elsewhere
from equipment.fills.instruments import instrument_flags, instrument_of
from equipment.fills.models import Fill
from equipment.fills.reason_rules import OVERFILLS, failed_after
from equipment.fills.record import fill_row
from equipment.fills.results import ANYWAY
from equipment.fills.rules import Answers
from equipment.fills.scan import Cylinder, IncomingScan, ScanVerdict
from equipment.fills.states import FillState
from equipment.fills.station import CYLINDER, pack_of
from equipment.fills.weight_rules import Weights, over_limits, pressure_problem
from equipment.intake.actions import Receipts, ReceivedMessage
from equipment.intake.rules import content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import Outcome
from equipment.regulation.cylinder_numbers import late_entry_reach
from equipment.storage.db import session

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
    return _enter(paper, message, by)


def _enter(paper: PaperFill, message: ReceivedMessage | None, by: Viewer, bundle: Fill | None = None) -> Fill:
    """`bundle` is the fill of the bundle (集格) that the piece is in: then it has no message of its own."""
    scan = _as_scan(paper, message.key if message else new_id(), by)
    cylinder = cylinder_at(paper.piece, paper.happened_at)
    mates = mates_at(cylinder, paper.happened_at)
    elsewhere = was_open_elsewhere(cylinder.id, paper.happened_at, scan.organisation_id)
    judged = judge_with_mates(scan, Outcome.FOUND, cylinder, mates, open_elsewhere=elsewhere)
    if (make := judged.make) is None:
        raise Invalid({"code": N_("The record of this cylinder is incomplete: its medium is not known.")})
    weights = _weighed(paper, make, judged.tare_g)
    on_record = visible(SYSTEM, Fill).where(Fill.equipment_id == paper.piece.id)  # whoever filled it
    _not_twice(paper, scan.organisation_id, on_record)
    fill = _as_fill(paper, scan, cylinder, judged, weights, make)
    if bundle is not None:
        fill.bundle_id, fill.bundle_fill_id = bundle.equipment_id, bundle.id
    session.add(fill)
    if fill.state == FillState.OVERFILLED and not paper.piece.treat_code:
        filled_since = on_record.where(Fill.state == FillState.FILLED, Fill.happened_at > paper.happened_at)
        if session.scalar(filled_since.limit(1)) is None:  # it has still to be drawn down
            paper.piece.treat_code = next(
                reason["code"] for reason in fill.verdict if reason["code"] in OVERFILLS
            )
    record(
        session(),
        subject_of("equipment", fill.equipment_id),
        "fill.late_entry",
        actor=by.actor,
        rows=[fill, paper.piece, *([message.keep(str(fill.id))] if message else [])],
        pack=fill.pack,
        payload={"fill": fill.id, "happened_at": paper.happened_at, "net_g": fill.net_g},
    )
    if is_bundle(cylinder.details) and not make.weighed:
        for mate in mates:
            member = replace(paper, piece=session.get_one(Equipment, mate.id))
            _enter(member, None, by, bundle=fill)
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
    over = over_limits(make, [weights], paper.pressure_kpa)
    filled = FillState.OVERFILLED if over else FillState.FILLED
    row["state"] = filled if allowed else FillState.REFUSED
    row["verdict"] = (judged.verdict + failed_after(make.post, {}, over)).as_json()
    row["flags"], row["late_entry"] = [] if allowed else [ANYWAY], True
    row["gross_g"], row["net_g"], row["pressure_kpa"] = paper.gross_g, weights.net_g, paper.pressure_kpa
    row["result_at"] = row["closed_at"] = scan.arrived.received_at
    row["filled_at"] = paper.happened_at
    fill = Fill(**row)
    instrument = instrument_of(fill, "", weighed=make.weighed)
    if instrument is not None:
        fill.instrument_id = instrument.id
        fill.flags = sorted({*fill.flags, *instrument_flags(instrument, fill.on)})
    return fill


def _as_scan(paper: PaperFill, key: UUID, by: Viewer) -> IncomingScan:
    """The line as the scan it stands for."""
    now, today = clock.now(), clock.today()
    reach = late_entry_reach(pack_of(today).rules, today)
    if not clock.site_midnight(today) - reach <= paper.happened_at <= now:
        text = N_("Late entries reach back %(days)d days and never into the future.")
        raise Invalid({"happened_at": Message(text, {"days": reach.days})})
    if paper.piece.category != CYLINDER or by.organisation_id is None:
        raise Invalid({"code": N_("this label is not on a gas cylinder")})
    past = PastFill(
        key, paper.gas, paper.happened_at, by.organisation_id, paper.bay, paper.operator, paper.checks
    )
    return scan_at(past, by=by)


def _weighed(paper: PaperFill, make: Make, tare_g: int | None) -> Weights:
    amount, field_name = (paper.gross_g, "gross_g") if make.weighed else (paper.pressure_kpa, "pressure_kpa")
    if amount is None:
        raise Invalid({field_name: N_("Enter what the scale or gauge showed.")})
    weights = Weights(tare_g, paper.gross_g, make.charge_g)
    if problem := weights.problem:
        raise Invalid({"gross_g": problem})
    if problem := pressure_problem(make, paper.pressure_kpa):
        raise Invalid({"pressure_kpa": problem})
    return weights


def _not_twice(paper: PaperFill, station_id: UUID, on_record: Select[Fill]) -> None:
    """A paper has no number of its own: the same bottle at the same minute is the same line, typed by
    somebody else or into another form."""
    same = on_record.where(
        Fill.organisation_id == station_id, Fill.happened_at == paper.happened_at, Fill.late_entry
    )
    if session.scalar(same.limit(1)) is not None:
        raise Invalid({"code": N_("This line has been entered already.")})
