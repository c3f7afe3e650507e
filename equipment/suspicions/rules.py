"""Patterns in fills, scans and results that honest work hardly leaves. Pure.

Each is found from plain facts and named with its evidence; whether anything was wrong a person decides. How
much is too much are values of the pack, all of the house and unverified; how many are found and how many are
false alarms is measured by `bench/suspicions`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from equipment.core.clock import site_day
from equipment.core.months import month_start
from equipment.regulation.cylinder_numbers import SuspicionLimits
from equipment.suspicions.states import SuspicionKind

COUNTY_DIGITS = 6  # of an area's code
WINDOW = timedelta(minutes=10)


class FillSeen(NamedTuple):
    """A fill that gas went in with, whatever came of it; `person_id` whoever filled, `anywhere`: a bottle
    that need not be the station's own; `scrapped_on` the day on which it was scrapped, if it was."""

    fill_id: UUID
    equipment_id: UUID
    station_id: UUID
    person_id: UUID | None
    opened_at: datetime
    filled_at: datetime
    gross_g: int | None
    tare_g: int | None
    anywhere: bool = False
    scrapped_on: date | None = None
    alone: bool = True  # no manifold, no late entry: one bottle by one person


class ScanSeen(NamedTuple):
    """A label that somebody read, and in which area the reader's organisation works."""

    scan_id: UUID
    equipment_id: UUID
    organisation_id: UUID
    area: str
    at: datetime
    until: datetime | None = None  # when its fill ended: until then the bottle stood there


class RingSeen(NamedTuple):
    """A ring that was read at a bottle, and the inspection that a body recorded for it later."""

    equipment_id: UUID
    inspection_id: UUID
    body_id: UUID
    read_on: date
    ring_on: date
    inspected_on: date
    recorded_on: date | None = None  # when its result came in


class Suspected(NamedTuple):
    """A pattern with its evidence: at whom it points, which bottle it is about, on which day, the records it
    rests on (their ids make it known again), and the figures to show."""

    kind: SuspicionKind
    organisation_id: UUID
    equipment_id: UUID | None
    on: date
    records: tuple[UUID, ...]
    figures: dict[str, int | str]
    period: str = ""  # of a station's pattern, which rests on no single record

    @property
    def key(self) -> str:
        """By which the same pattern is known when it is found again."""
        return f"{self.kind}:{self.period or self.records[0]}"


def suspicions(
    fills: Sequence[FillSeen], scans: Sequence[ScanSeen], rings: Iterable[RingSeen], limits: SuspicionLimits
) -> list[Suspected]:
    """Every pattern in these facts, in the order of their days."""
    patterns = [
        *_two_stations(fills, limits),
        *_after_scrap(fills),
        *_same_gross(fills, limits),
        *_too_fast(fills, limits),
        *_two_places(scans, limits),
        *_ring_first(rings),
    ]
    return sorted(patterns, key=lambda one: (one.on, one.kind, one.records))


def _two_stations(fills: Sequence[FillSeen], limits: SuspicionLimits) -> Iterator[Suspected]:
    """固定充装: a bottle that must be the station's own was filled at another one a few days before."""
    within = timedelta(days=limits.two_stations_days)
    for bottle in _groups(fills, lambda fill: fill.equipment_id):
        for before, after in pairwise(bottle):
            apart = after.filled_at - before.filled_at
            if before.station_id != after.station_id and not after.anywhere and apart <= within:
                yield Suspected(
                    SuspicionKind.TWO_STATIONS,
                    after.station_id,
                    after.equipment_id,
                    site_day(after.filled_at),
                    (after.fill_id, before.fill_id),
                    {"days": apart.days},
                )


def _after_scrap(fills: Sequence[FillSeen]) -> Iterator[Suspected]:
    for fill in fills:
        if fill.scrapped_on is not None and site_day(fill.filled_at) > fill.scrapped_on:
            yield Suspected(
                SuspicionKind.AFTER_SCRAP,
                fill.station_id,
                fill.equipment_id,
                site_day(fill.filled_at),
                (fill.fill_id,),
                {"scrapped": fill.scrapped_on.isoformat()},
            )


def _same_gross(fills: Sequence[FillSeen], limits: SuspicionLimits) -> Iterator[Suspected]:
    """A scale shows another weight for every bottle; whoever types shows the same. Of bottles filled one
    after another by one person: a run of one gross over tares that differ."""
    weighed = [fill for fill in fills if fill.alone and fill.gross_g is not None and fill.tare_g is not None]
    for by_person in _groups(weighed, lambda fill: (fill.station_id, fill.person_id)):
        for run in _runs(by_person, lambda fill: fill.gross_g):
            tares = [fill.tare_g for fill in run if fill.tare_g is not None]
            spread = max(tares) - min(tares)
            if len(run) >= limits.same_gross_run and spread >= limits.same_gross_tare_spread_g:
                yield Suspected(
                    SuspicionKind.SAME_GROSS,
                    run[0].station_id,
                    None,
                    site_day(run[0].filled_at),
                    tuple(fill.fill_id for fill in run),
                    {"bottles": len(run), "gross_g": run[0].gross_g or 0, "spread_g": spread},
                )


def _too_fast(fills: Sequence[FillSeen], limits: SuspicionLimits) -> Iterator[Suspected]:
    """Bottle after bottle weighed within seconds of its scan, or more bottles in some minutes than hands
    could move. What overlaps is one stretch."""
    alone = [fill for fill in fills if fill.alone and fill.person_id is not None]
    for by_person in _groups(alone, lambda fill: (fill.station_id, fill.person_id, site_day(fill.filled_at))):
        for start, end in _stretches(by_person, limits):
            fast = by_person[start:end]
            span = max(fill.filled_at for fill in fast) - min(fill.opened_at for fill in fast)
            yield Suspected(
                SuspicionKind.TOO_FAST,
                fast[0].station_id,
                None,
                site_day(fast[0].filled_at),
                tuple(fill.fill_id for fill in fast),
                {
                    "bottles": len(fast),
                    "seconds": round(span.total_seconds()),
                    "mean": round(sum(map(_seconds, fast)) / len(fast)),
                },
            )


def _stretches(fills: Sequence[FillSeen], limits: SuspicionLimits) -> list[tuple[int, int]]:
    """From where to where in these fills of one person somebody was too fast: `fast_run` neighbours that
    took less together than as many times `fast_fill_seconds` (one slow bottle among them hides nothing),
    or more results than a window of minutes holds."""
    crowds = ((WINDOW, limits.most_in_ten_minutes), (WINDOW / 2, limits.most_in_five_minutes))
    stretches: list[tuple[int, int]] = []
    for start, first in enumerate(fills):
        ends = []
        run = fills[start : start + limits.fast_run]
        if (
            len(run) == limits.fast_run
            and sum(map(_seconds, run)) < limits.fast_fill_seconds * limits.fast_run
        ):
            ends.append(start + limits.fast_run)
        for window, most in crowds:
            end = start + most
            if end < len(fills) and fills[end].filled_at - first.filled_at < window:
                ends.append(end + 1)
        if not ends:
            continue
        if stretches and start < stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], *ends))
        else:
            stretches.append((start, max(ends)))
    return stretches


def _two_places(scans: Sequence[ScanSeen], limits: SuspicionLimits) -> Iterator[Suspected]:
    """Two organisations read one label with less time between than the way takes: it was copied. A bottle
    leaves a station after its fill has ended there, not when its label was read."""
    for bottle in _groups_of_scans(scans):
        left = bottle[0].until or bottle[0].at
        for before, after in pairwise(bottle):
            gone = after.until or after.at
            if before.organisation_id == after.organisation_id:
                left = max(left, gone)
                continue
            same = before.area[:COUNTY_DIGITS] == after.area[:COUNTY_DIGITS]
            minutes = limits.travel_minutes_in_county if same else limits.travel_minutes_between_counties
            if after.at - left < timedelta(minutes=minutes):
                yield Suspected(
                    SuspicionKind.TWO_PLACES,
                    after.organisation_id,
                    after.equipment_id,
                    site_day(after.at),
                    (after.scan_id, before.scan_id),
                    {"minutes": max(0, int((after.at - left).total_seconds() // 60))},
                )
            left = gone


def _ring_first(rings: Iterable[RingSeen]) -> Iterator[Suspected]:
    """The ring names the month of an inspection that took place only after the ring had been read."""
    for ring in rings:
        if ring.read_on < ring.inspected_on and month_start(ring.ring_on) == month_start(ring.inspected_on):
            yield Suspected(
                SuspicionKind.RING_FIRST,
                ring.body_id,
                ring.equipment_id,
                ring.recorded_on or ring.inspected_on,
                (ring.inspection_id,),
                {"read": ring.read_on.isoformat(), "inspected": ring.inspected_on.isoformat()},
            )


def _seconds(fill: FillSeen) -> int:
    return max(0, round((fill.filled_at - fill.opened_at).total_seconds()))


def _groups(fills: Iterable[FillSeen], key: Callable[[FillSeen], Hashable]) -> Iterator[list[FillSeen]]:
    groups: dict[Hashable, list[FillSeen]] = defaultdict(list)
    for fill in fills:
        groups[key(fill)].append(fill)
    for group in groups.values():
        yield sorted(group, key=lambda fill: (fill.filled_at, fill.fill_id))


def _groups_of_scans(scans: Iterable[ScanSeen]) -> Iterator[list[ScanSeen]]:
    groups: dict[UUID, list[ScanSeen]] = defaultdict(list)
    for scan in scans:
        groups[scan.equipment_id].append(scan)
    for group in groups.values():
        yield sorted(group, key=lambda scan: (scan.at, scan.scan_id))


def _runs(fills: Sequence[FillSeen], key: Callable[[FillSeen], Hashable]) -> Iterator[list[FillSeen]]:
    """Neighbours of one key, day by day."""
    run: list[FillSeen] = []
    for fill in fills:
        if run and (key(run[-1]), site_day(run[-1].filled_at)) != (key(fill), site_day(fill.filled_at)):
            yield run
            run = []
        run.append(fill)
    if run:
        yield run
