"""Looking through a day: the facts that patterns are sought in, and the patterns put on record once each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select, union

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import new_id
from equipment.dues.decisions import RING_REASON
from equipment.fills.models import Fill, Scan
from equipment.fills.station import pack_of
from equipment.inspections.models import Inspection
from equipment.ledger.actions import record, subject_of
from equipment.ledger.models import Event
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.cylinder_numbers import (
    StationLimits,
    SuspicionLimits,
    station_limits,
    suspicion_limits,
)
from equipment.regulation.cylinder_words import Use
from equipment.storage.db import session, transaction
from equipment.suspicions.models import Suspicion
from equipment.suspicions.rules import FillSeen, RingSeen, ScanSeen, Suspected, suspicions
from equipment.suspicions.states import SuspicionKind
from equipment.suspicions.station_rules import station_patterns
from equipment.suspicions.stations import activities_of, licensed_stations

LATE_DAYS = 3  # what devices send late is looked through with its day
LONGEST_LATE = 31  # and so is what comes in for these days before, when it comes
CHUNK = 500
RING = RING_REASON
FILLS, SCANS, PIECES, STANDINGS = (
    Fill.__table__.c,
    Scan.__table__.c,
    Equipment.__table__.c,
    Standing.__table__.c,
)


def look_through(yesterday: date) -> int:
    """The last days looked through, and earlier ones of which something came in since; the patterns of
    each on record; returns how many are new. Run every night; twice does no harm."""
    days = {yesterday - timedelta(days=number) for number in range(LATE_DAYS)} | _days_heard_of(yesterday)
    return sum(look_through_day(day) for day in sorted(days))


def _days_heard_of(yesterday: date) -> set[date]:
    """The days that scans and fills came in for since yesterday: a phone without a network sends late."""
    begins, first = clock.site_midnight(yesterday), yesterday - timedelta(days=LONGEST_LATE)
    fills = select(FILLS.on).where(
        FILLS.on.between(first, yesterday), or_(FILLS.received_at >= begins, FILLS.result_at >= begins)
    )
    scans = select(SCANS.on).where(SCANS.on.between(first, yesterday), SCANS.received_at >= begins)
    return set(session.scalars(union(fills, scans)))


def look_through_day(on: date) -> int:
    """The patterns that end on this day, each once; commits by itself."""
    rules = pack_of(on).rules
    limits = suspicion_limits(rules, on)
    patterns = [
        *suspicions(_fills(on, limits), _scans(on), _rings(on), limits),
        *_of_stations(on, station_limits(rules, on)),
    ]
    return put_new_on_record([one for one in patterns if one.on == on], on)


def put_new_on_record(patterns: Sequence[Suspected], since: date) -> int:
    """Each of these patterns that is not on record since that day under its key or by any of its records;
    returns how many are new. Commits by itself."""
    areas = _areas({pattern.organisation_id for pattern in patterns})
    session.rollback()
    if not patterns:
        return 0
    with transaction():
        known = _known_patterns(patterns)
        seen = _records_known(areas.keys(), since)
        fresh = {
            (one.organisation_id, one.key): one
            for one in patterns
            if (one.organisation_id, one.key) not in known
            and seen[one.organisation_id, one.kind].isdisjoint(map(str, one.records))
        }
        for pattern in fresh.values():
            _put_on_record(pattern, areas[pattern.organisation_id])
    return len(fresh)


def _of_stations(on: date, limits: StationLimits) -> list[Suspected]:
    """What is remarkable about licensed stations; of a day that is just over: what came in late for an
    earlier one says nothing of the days since."""
    if not timedelta(0) < clock.today() - on <= timedelta(days=LATE_DAYS):
        return []
    columns = licensed_stations(SYSTEM, "", on).with_only_columns(Organisation.id)
    ids = session.scalars(columns).all()
    return list(station_patterns(activities_of(ids, on, limits).items(), on, limits))


def _put_on_record(pattern: Suspected, area: str) -> Suspicion:
    suspicion = Suspicion(
        organisation_id=pattern.organisation_id,
        id=new_id(),
        pattern=pattern.key,
        kind=pattern.kind,
        area=area,
        equipment_id=pattern.equipment_id,
        on=pattern.on,
        records=[str(key) for key in pattern.records],
        figures=dict(pattern.figures),
        found_at=clock.now(),
    )
    session.add(suspicion)
    record(
        session(),
        f"organisation:{pattern.organisation_id}",
        "suspicion.found",
        actor=SYSTEM.actor,
        rows=[suspicion],
        payload={"suspicion": suspicion.id, "kind": pattern.kind, "records": suspicion.records},
    )
    return suspicion


def _known_patterns(patterns: Sequence[Suspected]) -> set[tuple[UUID, str]]:
    keys = [pattern.key for pattern in patterns]
    known: set[tuple[UUID, str]] = set()
    for start in range(0, len(keys), CHUNK):
        rows = visible(SYSTEM, Suspicion).where(Suspicion.pattern.in_(keys[start : start + CHUNK]))
        known |= {(row.organisation_id, row.pattern) for row in session.scalars(rows)}
    return known


def _records_known(
    organisations: Collection[UUID], since: date
) -> Mapping[tuple[UUID, SuspicionKind], set[str]]:
    """The records that suspicions since a day rest on already: a stretch that grew since is the same one."""
    records: dict[tuple[UUID, SuspicionKind], set[str]] = defaultdict(set)
    rows = visible(SYSTEM, Suspicion).where(
        Suspicion.organisation_id.in_(organisations), Suspicion.on >= since
    )
    for row in session.scalars(rows):
        records[row.organisation_id, SuspicionKind(row.kind)].update(row.records)
    return records


def _areas(ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Organisation.id, Organisation.area).where(Organisation.id.in_(ids)))
    return {row.id: row.area for row in rows}


def _fills(on: date, limits: SuspicionLimits) -> list[FillSeen]:
    """The day's fills that gas went in with, and the earlier ones of the same bottles."""
    earlier = on - timedelta(days=limits.two_stations_days + 1)
    of_day = select(FILLS.equipment_id).where(FILLS.on == on, FILLS.result_at.is_not(None))
    columns = (
        FILLS.id,
        FILLS.equipment_id,
        FILLS.organisation_id,
        FILLS.user_id,
        FILLS.happened_at,
        func.coalesce(FILLS.filled_at, FILLS.result_at).label("filled_at"),
        FILLS.gross_g,
        FILLS.tare_g,
        FILLS.late_entry,
        FILLS.manifold_id,
        PIECES.details,
    )
    rows = session.execute(
        select(*columns)
        .join(Equipment.__table__, PIECES.id == FILLS.equipment_id)
        .where(
            FILLS.equipment_id.in_(of_day),
            FILLS.on.between(earlier, on),
            FILLS.result_at.is_not(None),
            FILLS.superseded.is_(False),
        )
    ).all()
    scrapped = _scrapped_on(of_day, on)
    return [
        FillSeen(
            row.id,
            row.equipment_id,
            row.organisation_id,
            row.user_id,
            row.happened_at,
            row.filled_at,
            row.gross_g,
            row.tare_g,
            anywhere=is_filled_anywhere(row.details),
            scrapped_on=scrapped.get(row.equipment_id),
            alone=not row.late_entry and row.manifold_id is None,
        )
        for row in rows
    ]


def is_filled_anywhere(details: Mapping[str, object]) -> bool:
    """Whether a bottle need not be the filling station's own (R03's exceptions)."""
    use, variety = str(details.get("use") or Use.GENERAL), str(details.get("variety") or "")
    excepted = details.get("non_refillable") or details.get("fill_approval")
    return variety.startswith("vehicle") or Use(use).filled_anywhere or bool(excepted)


def _scrapped_on(pieces: Select[tuple[UUID]], on: date) -> dict[UUID, date]:
    """When those of these pieces were scrapped that stand scrapped or deregistered on this day."""
    gone = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)
    now = Standing.__table__.alias()
    stands = exists().where(
        now.c.equipment_id == STANDINGS.equipment_id,
        now.c.status.in_(gone),
        now.c.from_on <= on,
        or_(now.c.until_on.is_(None), now.c.until_on > on),
    )
    stood = select(STANDINGS.equipment_id, func.min(STANDINGS.from_on)).where(
        STANDINGS.equipment_id.in_(pieces), STANDINGS.status == EquipmentStatus.SCRAPPED, stands
    )
    rows = session.execute(stood.group_by(STANDINGS.equipment_id))
    return {key: day for key, day in rows}  # noqa: C416 (typed so)


def _scans(on: date) -> list[ScanSeen]:
    """The labels that stations read on the day and on the one before, whose night may lie between, and
    when the fills ended that those scans began."""
    ended = func.coalesce(FILLS.filled_at, FILLS.result_at)
    rows = session.execute(
        select(
            SCANS.id, SCANS.equipment_id, SCANS.organisation_id, Organisation.area, SCANS.happened_at, ended
        )
        .join(Organisation, Organisation.id == SCANS.organisation_id)
        .outerjoin(
            Fill.__table__,
            and_(
                FILLS.equipment_id == SCANS.equipment_id,
                FILLS.id == SCANS.fill_id,
                FILLS.result_at.is_not(None),
                FILLS.late_entry.is_(False),
            ),
        )
        .where(SCANS.on.between(on - timedelta(days=1), on), SCANS.equipment_id.is_not(None))
    )
    return [ScanSeen(*row) for row in rows]


def _rings(on: date) -> Iterator[RingSeen]:
    """The results that came in on the day for bottles whose ring had been read before."""
    begins, ends = clock.site_midnight(on), clock.site_midnight(on + timedelta(days=1))
    results = visible(SYSTEM, Inspection).where(
        Inspection.received_at >= begins, Inspection.received_at < ends, Inspection.superseded.is_(False)
    )
    for result in session.scalars(results):
        for read_at, ring_on in _readings(result.equipment_id, result.received_at):
            yield RingSeen(
                result.equipment_id,
                result.id,
                result.organisation_id,
                clock.site_day(read_at),
                ring_on,
                result.on,
                recorded_on=on,
            )


def _readings(equipment_id: UUID, before: datetime) -> Iterator[tuple[datetime, date]]:
    """When a ring was read at this bottle, and which month it named."""
    events = select(Event.at, Event.payload).where(
        Event.subject == subject_of("equipment", equipment_id),
        Event.verb == "changed",
        Event.at < before,
        Event.payload.contains(RING, autoescape=True),
    )
    for at, payload in session.execute(events):
        change = json.loads(payload)["changes"].get("last_inspected_on")
        ring_on = day_in(str(change[1])) if change and change[1] else None
        if ring_on is not None:
            yield at, ring_on
