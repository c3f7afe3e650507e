"""One scan on its way to an answer: what was read and who stands there, what the register knows of the
cylinder, the verdict, and what the station hears of it.

The reads go past the viewer's scope on purpose: a station that scans another's cylinder must be told that it
is another's. What of it the station may see is decided in `stored_answer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import String, and_, exists, func, select, text, type_coerce
from sqlalchemy.engine import Connection

from equipment.core import clock
from equipment.core.verdict import Reason, ReasonJson, Verdict
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.fills.build_rules import Build, Make
from equipment.fills.models import Fill, ForbiddenFill, Json, Mark
from equipment.fills.rules import Answers, FillFacts, StationDay, may_fill
from equipment.fills.states import FillState, Ruling, ScanPurpose
from equipment.fills.station import CYLINDER, STATIONS, load_station, station_on
from equipment.intake.actions import last_contact, note_contact
from equipment.intake.rules import Arrival, arrival
from equipment.people.models import Device
from equipment.people.queries import duty_user
from equipment.people.rules import DeviceKind, Viewer
from equipment.register.codes import parse
from equipment.register.models import Equipment, Label
from equipment.register.queries import resolve_own
from equipment.register.rules import LabelStatus, Outcome
from equipment.regulation.cylinder_life import last_fill_day
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.storage.statements import Lookup

if TYPE_CHECKING:
    from equipment.fills.whole import ResultBeside

EQUIPMENT, LABELS, FILLS, DUES = Equipment.__table__.c, Label.__table__.c, Fill.__table__.c, Due.__table__.c
FORBIDDEN = ForbiddenFill.__table__.c
NOT_CYLINDER, NO_TIME = "not_cylinder", timedelta()
UNKNOWN_CHECKER = "unknown_checker"  # a flag: nobody of this station has that card or certificate
LABEL_OUTCOMES = {
    LabelStatus.ISSUED: Outcome.BLANK,
    LabelStatus.VOID: Outcome.VOID,
    LabelStatus.REPLACED: Outcome.VOID,
}


class IncomingScan(NamedTuple):
    """One scan as it came in. `outcome` is known already where the code is not one of ours; else the label's
    row decides. `days` is the station on each day the scan is judged on; `reports_contact` says that the
    device's last contact is to be written down."""

    id: UUID
    purpose: ScanPurpose
    code: str
    gas: str
    bay: str
    operator: str
    checks: Answers
    content: str
    happened_at: datetime
    arrived: Arrival
    organisation_id: UUID
    days: Sequence[StationDay]
    by: Viewer
    outcome: Outcome | None = None
    equipment_id: UUID | None = None
    reports_contact: bool = False
    delivery_id: UUID | None = None
    reason: str = ""  # why a bottle that was filled just now is filled again
    checker: UUID | None = None  # who looked it over, where somebody else than the filler is named
    manifold_id: UUID | None = None
    beside: ResultBeside | None = None  # the result that came with it

    @property
    def looker(self) -> str:
        """Who answered the check items, as marks name him."""
        return f"user:{self.checker}" if self.checker else self.by.actor

    def flagged(self, flag: str) -> IncomingScan:
        """The same with something remarkable."""
        return self._replace(arrived=self.arrived._replace(flags=(*self.arrived.flags, flag)))


def incoming_scan(
    scan_id: UUID,
    code: str,
    *,
    gas: str,
    happened_at: datetime,
    content: str,
    queued: bool,
    by: Viewer,
    device: Device | None,
    purpose: ScanPurpose = ScanPurpose.FILL,
    bay: str = "",
    operator: str = "",
    checks: Answers | None = None,
    delivery_id: UUID | None = None,
    reason: str = "",
    checker: str = "",
    manifold_id: UUID | None = None,
) -> IncomingScan:
    """A scan ready to be recorded. Everything it needs but the cylinder is read now, so that nothing is left
    to read, and no read stays open, once it holds its place in the commit."""
    assert by.organisation_id is not None  # devices and floor pages always belong to an organisation
    station_id, received_at = by.organisation_id, clock.now()
    today = clock.site_day(received_at)
    station = STATIONS.get((station_id, today), partial(load_station, station_id, today))
    heard = last_contact(device) if queued else None
    arrived = arrival(happened_at, received_at, station.pack.limits, queued=queued, last_contact=heard)
    if checker and station.person(checker) is None:
        arrived = arrived._replace(flags=(*arrived.flags, UNKNOWN_CHECKER))
    if queued and device is not None and device.kind == DeviceKind.FLOOR:  # whoever stood there then
        by = replace(by, user_id=duty_user(device.id, arrived.at))
    is_of_today = arrived.days == (today,)
    days = [station] if is_of_today else [station_on(station_id, day) for day in arrived.days]
    parsed, outcome, equipment_id = parse(code), None, None
    if not parsed.code:
        resolved = resolve_own(by, parsed)
        outcome, equipment_id = resolved.outcome, resolved.equipment_id
    if session.registry.has() and session().in_transaction():
        session.rollback()
    return IncomingScan(
        scan_id,
        purpose,
        parsed.code or parsed.text,
        gas,
        bay,
        operator,
        checks or {},
        content,
        happened_at,
        arrived,
        station_id,
        days,
        by,
        outcome,
        equipment_id,
        not queued and note_contact(device),
        delivery_id,
        reason,
        station.person(checker) if checker else None,
        manifold_id,
    )


class Cylinder(NamedTuple):
    """A piece of equipment as a scan meets it: its record, the fill it is in the middle of, and its last
    inspection."""

    id: UUID
    category: str
    status: str
    verified: bool
    label_code: str | None
    serial: str
    own_number: str
    maker: str
    made_on: date | None
    registered_on: date | None
    owner_id: UUID | None
    use_unit_id: UUID | None
    inspection_body_id: UUID | None
    maintenance_firm_id: UUID | None
    medium: str
    inspection_due_on: date | None
    end_of_life_on: date | None
    block_reason: str
    treat_code: str
    stop_use_since: date | None
    details: dict[str, object]
    area: str
    undecided: bool
    filled_at: datetime | None
    inspected_on: date | None
    conclusion: str | None
    open_id: UUID | None
    open_organisation_id: UUID | None
    open_gas: str | None
    open_state: str | None
    open_verdict: list[ReasonJson] | None
    open_checks: dict[str, Mark] | None
    open_max_gross_g: int | None


_filled = Fill.__table__.alias("filled").c
_last_fill = (  # whatever came of it: gas went in
    select(func.coalesce(_filled.filled_at, _filled.result_at))
    .where(_filled.equipment_id == EQUIPMENT.id, _filled.result_at.is_not(None))
    .order_by(_filled.received_at.desc())
    .limit(1)
)
_last_inspection = (
    select(DUES.done_on)
    .where(DUES.equipment_id == EQUIPMENT.id, DUES.kind == DueKind.INSPECTION, DUES.state == DueState.DONE)
    .order_by(DUES.done_on.desc())
    .limit(1)
)
_OPEN = (
    FILLS.id,
    FILLS.organisation_id,
    FILLS.gas,
    type_coerce(FILLS.state, String()),
    FILLS.verdict,
    FILLS.checks,
    FILLS.max_gross_g,
)
CYLINDERS = Lookup(  # pieces as they stand now, whatever their category
    select(
        EQUIPMENT.id,
        EQUIPMENT.category,
        type_coerce(EQUIPMENT.status, String()),
        EQUIPMENT.verified,
        EQUIPMENT.label_code,
        EQUIPMENT.serial,
        EQUIPMENT.own_number,
        EQUIPMENT.maker,
        EQUIPMENT.made_on,
        EQUIPMENT.registered_on,
        EQUIPMENT.owner_id,
        EQUIPMENT.use_unit_id,
        EQUIPMENT.inspection_body_id,
        EQUIPMENT.maintenance_firm_id,
        EQUIPMENT.medium,
        EQUIPMENT.inspection_due_on,
        EQUIPMENT.end_of_life_on,
        EQUIPMENT.block_reason,
        EQUIPMENT.treat_code,
        EQUIPMENT.stop_use_since,
        EQUIPMENT.details,
        EQUIPMENT.area,
        exists().where(FORBIDDEN.equipment_id == EQUIPMENT.id, FORBIDDEN.ruling == Ruling.PENDING),
        _last_fill.scalar_subquery(),
        _last_inspection.scalar_subquery(),
        _last_inspection.with_only_columns(DUES.conclusion).scalar_subquery(),
        *_OPEN,
    )
    .select_from(Equipment.__table__)
    .outerjoin(
        # the state stands there literally, so that the partial index is used
        Fill.__table__,
        and_(FILLS.equipment_id == EQUIPMENT.id, text("fill.state = 'open'")),
    ),
    EQUIPMENT.id,
    row=Cylinder._make,
)
LABEL_ROWS = Lookup(  # (code, status, piece); a void label still names the piece it was on
    select(LABELS.code, type_coerce(LABELS.status, String()), LABELS.equipment_id), LABELS.code, row=tuple
)


def overfilled_here(connection: Connection, cylinder: Cylinder, organisation_id: UUID) -> Cylinder:
    """The cylinder with its overfilled fill, where it waits at this station to be drawn down and weighed
    again."""
    waiting = select(*_OPEN).where(
        FILLS.equipment_id == cylinder.id,
        FILLS.organisation_id == organisation_id,
        FILLS.state == FillState.OVERFILLED,
        FILLS.closed_at.is_(None),
    )
    row = connection.execute(waiting.order_by(FILLS.received_at.desc()).limit(1)).first()
    return cylinder if row is None else Cylinder._make((*cylinder[: -len(_OPEN)], *row))


class MemberVerdict(NamedTuple):
    """One cylinder of a bundle (集格), and what stands against it."""

    name: str
    code: str
    verdict: Verdict


class ScanVerdict(NamedTuple):
    """The verdict with what it was made of; `make` is the build's, None where the medium is not known.
    `members` are the cylinders of a bundle."""

    verdict: Verdict
    facts: FillFacts
    user_id: UUID | None
    build: Build | None = None
    make: Make | None = None
    tare_g: int | None = None
    max_gross_g: int | None = None  # 最高总重: what the scale may show at most
    members: Sequence[MemberVerdict] = ()


def judge(
    scan: IncomingScan, outcome: Outcome, cylinder: Cylinder | None, *, open_elsewhere: bool
) -> ScanVerdict:
    """Every reason there is, on the strictest of the days that count."""
    if cylinder is None:
        verdicts = [_judge_code(scan, outcome, station) for station in scan.days]
    else:
        verdicts = [judge_on(station, scan, outcome, cylinder, open_elsewhere) for station in scan.days]
    return verdicts[0] if len(verdicts) == 1 else strictest(verdicts)


def _judge_code(scan: IncomingScan, outcome: Outcome, station: StationDay) -> ScanVerdict:
    """A code behind which stands nothing that could be filled."""
    licence, operator, user_id = station.sanctions(scan.gas, scan.operator, scan.by.user_id)
    facts = FillFacts(reading=outcome, gas=scan.gas, licence=licence, operator=operator)
    return ScanVerdict(may_fill(station.book, None, facts, scan.checks), facts, user_id)


def judge_on(
    station: StationDay, scan: IncomingScan, outcome: Outcome, cylinder: Cylinder, open_elsewhere: bool
) -> ScanVerdict:
    """The verdict on the cylinder by what holds at the station on one day."""
    gas, is_cylinder = scan.gas or cylinder.medium, cylinder.category == CYLINDER
    licence, operator, user_id = station.sanctions(gas, scan.operator, scan.by.user_id)
    build, tare_g = station.pack.build_of(cylinder.details) if is_cylinder else (None, None)
    is_owner = scan.organisation_id in (cylinder.owner_id, cylinder.use_unit_id)
    in_custody = not is_owner and cylinder.owner_id in station.custody_of
    filled_at, minutes = cylinder.filled_at, None
    if filled_at is not None and cylinder.open_id is None:
        ago = scan.arrived.at - filled_at
        minutes = int(ago.total_seconds()) // 60 if NO_TIME <= ago < station.book.refill_after else None
    facts = FillFacts(
        reading=outcome if is_cylinder else NOT_CYLINDER,
        gas=gas,
        licence=licence,
        operator=operator,
        open_elsewhere=open_elsewhere,
        own=is_owner or in_custody,
        in_custody=in_custody,
        medium=cylinder.medium,
        status=cylinder.status,
        registered=cylinder.registered_on is not None,
        verified=cylinder.verified,
        inspection_due_on=cylinder.inspection_due_on,
        end_of_life_on=cylinder.end_of_life_on,
        last_conclusion=cylinder.conclusion or "",
        inspected_on=cylinder.inspected_on,
        filled_on=clock.site_day(filled_at) if filled_at is not None else None,
        made_on=cylinder.made_on,
        block_reason=cylinder.block_reason,
        treat_code=cylinder.treat_code,
        undecided=cylinder.undecided,
        minutes_since_fill=minutes,
        refill_reason=scan.reason,
        stop_use=cylinder.stop_use_since is not None and cylinder.stop_use_since <= station.book.on,
        tare_known=build is None or tare_g is not None,
        screw_guard=build.screw_guard if build else None,
        head_mark=build.head_mark if build else None,
    )
    make = build.make if build else None
    charge_g = make.charge_g if make else None
    max_gross_g = None if tare_g is None or charge_g is None else tare_g + charge_g
    verdict = may_fill(station.book, make, facts, scan.checks)
    return ScanVerdict(verdict, facts, user_id, build, make, tare_g, max_gross_g)


def strictest(verdicts: Sequence[ScanVerdict]) -> ScanVerdict:
    """All reasons of all days, each with its hardest effect, and the facts of the last day."""
    reasons: dict[str, Reason] = {}
    for reason in (reason for judged in verdicts for reason in judged.verdict.reasons):
        if reason.code not in reasons or (reason.effect.refuses and not reasons[reason.code].effect.refuses):
            reasons[reason.code] = reason
    return verdicts[-1]._replace(verdict=Verdict(tuple(reasons[code] for code in sorted(reasons))))


class MemberJson(TypedDict):
    """One cylinder of a bundle in a stored answer."""

    name: str
    code: str
    allowed: bool
    reasons: list[ReasonJson]


class StoredAnswer(TypedDict):
    """What is stored with a scan and told again at a replay: codes and parameters, no language. `members` are
    there of a bundle only."""

    fill_id: str | None
    allowed: bool
    reasons: list[ReasonJson]
    items: list[str]
    given: dict[str, bool]
    flags: list[str]
    equipment: Json | None
    members: NotRequired[list[MemberJson]]


def stored_answer(
    scan: IncomingScan,
    cylinder: Cylinder | None,
    judged: ScanVerdict,
    fill_id: UUID | None,
    checks: Mapping[str, Mark],
) -> StoredAnswer:
    """Of another's cylinder a station hears what the public page shows; why it was locked stays with its
    people."""
    reasons, make = list(map(Reason.as_json, judged.verdict.reasons)), judged.make
    filled_on, inspected_on = judged.facts.filled_on, judged.facts.inspected_on
    # FillFacts.first, in line: every scan passes here
    is_first = filled_on is None or (inspected_on is not None and inspected_on >= filled_on)
    is_own = cylinder is not None and (
        judged.facts.own
        or scan.organisation_id in (cylinder.inspection_body_id, cylinder.maintenance_firm_id)
    )
    if not is_own:
        for reason in reasons:
            reason["params"].pop("reason", None)
            reason["params"].pop("members", None)
            reason["params"].pop("bundle", None)
    answer: StoredAnswer = {
        "fill_id": str(fill_id) if fill_id else None,
        "allowed": judged.verdict.allowed,
        "reasons": reasons,
        "items": [item.code for item in make.pre if is_first or not item.first] if make else [],
        "given": {item: mark["ok"] for item, mark in checks.items()},
        "flags": list(scan.arrived.flags),
        "equipment": _shown(cylinder, judged, is_own=is_own) if cylinder is not None else None,
    }
    if judged.members and is_own:
        answer["members"] = [
            {
                "name": member.name,
                "code": member.code,
                "allowed": member.verdict.allowed,
                "reasons": member.verdict.as_json(),
            }
            for member in judged.members
        ]
    return answer


def _shown(cylinder: Cylinder, judged: ScanVerdict, *, is_own: bool) -> Json:
    """What the answer says of the cylinder: all a filler needs of his own; what was no cylinder on file has
    its public side only."""
    due_on, ends_on, make = cylinder.inspection_due_on, cylinder.end_of_life_on, judged.make
    public: Json = {
        "category": cylinder.category,
        "status": cylinder.status,
        "code": cylinder.label_code,
        "inspection_due_on": due_on.isoformat() if due_on else None,
    }
    if not is_own or judged.build is None:
        return public
    until = last_fill_day(due_on, ends_on)
    return {
        **public,
        "id": str(cylinder.id),
        "serial": cylinder.serial,
        "own_number": cylinder.own_number,
        "maker": cylinder.maker,
        "made_on": cylinder.made_on.isoformat() if cylinder.made_on else None,
        "medium": cylinder.medium,
        "model": judged.build.model,
        "tare_g": judged.tare_g,
        "working_pressure_kpa": cylinder.details.get("working_pressure_kpa"),
        "max_charge_g": make.charge_g if make else None,
        "max_gross_g": judged.max_gross_g,
        "weighed": make is not None and make.weighed,
        "max_pressure": make.pressure.as_json() if make and make.pressure else None,
        "end_of_life_on": ends_on.isoformat() if ends_on else None,
        "fill_until": until.isoformat() if until else None,
    }
