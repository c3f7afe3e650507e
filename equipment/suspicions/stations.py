"""The licensed stations of an area and what is remarkable about their days, for the bureau's pages and
reports and for the nightly look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from equipment.core import clock
from equipment.core.words import Message
from equipment.counting.queries import counts_by_day
from equipment.counting.rules import STATION_LATE_FILLS, STATION_SCANS
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.people.models import Area, Organisation, Paper
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Viewer
from equipment.people.scope import visible, within
from equipment.regulation.cylinder_numbers import StationLimits, station_limits
from equipment.storage.db import session
from equipment.storage.remembered import Remembered
from equipment.suspicions.states import SuspicionKind
from equipment.suspicions.station_rules import (
    StationActivity,
    longest_gap,
    signal_figures,
    signal_note,
    signals_of,
)

QUIET = {SuspicionKind.SILENT, SuspicionKind.DOWN}
WITH_RESULT = (FillState.FILLED, FillState.OVERFILLED, FillState.FAILED)


@dataclass(frozen=True, slots=True)
class Licensed:
    """A station with a licence in force, in plain values: a row of the session would outlive it in memory."""

    id: UUID
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class StationSignal:
    """A licensed station, what it uploaded and what is remarkable about that."""

    organisation: Licensed
    activity: StationActivity
    signals: tuple[SuspicionKind, ...]
    notes: tuple[Message, ...] = ()  # the figures behind each signal
    responsible: str = ""

    @property
    def note(self) -> Message:
        """The figures behind the first signal."""
        return self.notes[0]


class StationRecords(NamedTuple):
    """What the records of a station say beside its scans, as `StationActivity` names it."""

    refused: int = 0
    let_through: int = 0
    without_result: int = 0
    results: int = 0
    without_scan: int = 0


# Some minutes old at most: they move by days, and are counted from the fills of weeks.
_records: Remembered[tuple[object, ...], Mapping[UUID, StationRecords]] = Remembered(300, together=True)


def licensed_stations(viewer: Viewer, area: str, on: date) -> Select[Organisation]:
    licence = exists().where(
        Paper.organisation_id == Organisation.id,
        Paper.kind == PaperKind.FILLING_LICENCE,
        Paper.valid_from <= on,
        Paper.valid_until >= on,
    )
    stations = visible(viewer, Organisation).where(
        Organisation.kind == OrganisationKind.STATION, Organisation.active, licence
    )
    return stations.where(within(Organisation.area, area)).order_by(Organisation.area, Organisation.name)


def stations_of(viewer: Viewer, area: str, on: date) -> list[StationSignal]:
    """Every licensed station of an area with its signals, the silent ones first; what it scanned as of now,
    the rest at most some minutes old."""
    rules = pack_of(on).rules
    limits, stations = station_limits(rules, on), _licensed(viewer, area, on)
    ids = tuple(station.id for station in stations)
    scans = scan_activities(ids, on, limits)
    records = _records.get((ids, on, rules.digest), lambda: _records_of(ids, on, limits))
    activities = {key: _joined(scans[key], records[key]) for key in ids}
    return _judged(stations, activities, on, limits)


def quiet_stations(viewer: Viewer, area: str, on: date) -> list[StationSignal]:
    """零上传 and 远低于往常 alone, from running counts: the same stations as those of `stations_of` with these
    signals."""
    limits, stations = station_limits(pack_of(on).rules, on), _licensed(viewer, area, on)
    activities = scan_activities([station.id for station in stations], on, limits)
    return [
        each
        for each in _judged(stations, activities, on, limits)
        if each.signals and set(each.signals) & QUIET
    ]


def station_signals(viewer: Viewer, area: str, on: date) -> list[StationSignal]:
    """The stations that something is remarkable about, the silent ones first."""
    return [station for station in stations_of(viewer, area, on) if station.signals]


def _licensed(viewer: Viewer, area: str, on: date) -> list[Licensed]:
    columns = (Organisation.id, Organisation.name, Organisation.area)
    rows = session.execute(licensed_stations(viewer, area, on).with_only_columns(*columns))
    return [Licensed(*row) for row in rows]


def _judged(
    stations: Sequence[Licensed], activities: Mapping[UUID, StationActivity], on: date, limits: StationLimits
) -> list[StationSignal]:
    names = {each.code: each.responsible for each in session.scalars(select(Area))}
    judged = []
    for station in stations:
        activity = activities[station.id]
        signals = signals_of(activity, on, limits)
        notes = tuple(signal_note(kind, signal_figures(kind, activity, on, limits)) for kind in signals)
        judged.append(StationSignal(station, activity, signals, notes, answerable(names, station.area)))
    return sorted(judged, key=lambda each: (SuspicionKind.SILENT not in each.signals, not each.signals))


def answerable(names: Mapping[str, str], area: str) -> str:
    """The responsible person of an area, or of the nearest one above it that has one."""
    return next((names[area[:length]] for length in range(len(area), 0, -1) if names.get(area[:length])), "")


def activities_of(ids: Sequence[UUID], on: date, limits: StationLimits) -> dict[UUID, StationActivity]:
    """What these stations uploaded until the end of a day."""
    scans, records = scan_activities(ids, on, limits), _records_of(ids, on, limits)
    return {key: _joined(scans[key], records[key]) for key in ids}


def _joined(scans: StationActivity, records: StationRecords) -> StationActivity:
    return scans._replace(**records._asdict())


def scan_activities(ids: Sequence[UUID], on: date, limits: StationLimits) -> dict[UUID, StationActivity]:
    """When and how much these stations scanned, and what they entered without a scan, from running counts."""
    window = on - timedelta(days=limits.compared_days)
    usual = window - timedelta(days=limits.usual_days)
    usually: Counter[UUID] = Counter()
    lately: dict[UUID, Counter[date]] = defaultdict(Counter)
    for (key, day), number in counts_by_day(STATION_SCANS, usual, on).items():
        if day > window:
            lately[key][day] = number
        else:
            usually[key] += number
    without_scan: Counter[UUID] = Counter()
    for (key, _day), number in counts_by_day(STATION_LATE_FILLS, window, on).items():
        without_scan[key] += number
    known = _known_on(ids)
    # One look into the index for each.
    newest = (
        visible(SYSTEM, Scan)
        .where(Scan.organisation_id == Organisation.id, Scan.on <= on)
        .with_only_columns(func.max(Scan.on))
        .scalar_subquery()
    )
    last = {
        row[0]: row[1]
        for row in session.execute(select(Organisation.id, newest).where(Organisation.id.in_(ids)))
    }
    return {
        key: StationActivity(
            last[key],
            known[key],
            lately[key].total(),
            longest_gap(lately[key], window, on),
            usually[key],
            without_scan=without_scan[key],
        )
        for key in ids
    }


def _records_of(ids: Sequence[UUID], on: date, limits: StationLimits) -> dict[UUID, StationRecords]:
    window = on - timedelta(days=limits.compared_days)
    usual = window - timedelta(days=limits.usual_days)
    fills = visible(SYSTEM, Fill).where(
        Fill.organisation_id.in_(ids), Fill.on <= on, Fill.superseded.is_(False)
    )
    refused = (
        fills.where(Fill.on > usual, Fill.state == FillState.REFUSED)
        .with_only_columns(Fill.organisation_id, func.count())
        .group_by(Fill.organisation_id)
    )
    turned_away = {key: number for key, number in session.execute(refused)}  # noqa: C416 (typed so)
    ends = _ends_of(fills.where(Fill.on > window))
    return {key: StationRecords(turned_away.get(key, 0), *_sides(ends[key])) for key in ids}


def _known_on(ids: Sequence[UUID]) -> dict[UUID, date]:
    """From when on these stations could upload: on file, and with their first licence in force."""
    licensed = (
        select(Organisation.id, Organisation.created_at, func.min(Paper.valid_from))
        .outerjoin(
            Paper, and_(Paper.organisation_id == Organisation.id, Paper.kind == PaperKind.FILLING_LICENCE)
        )
        .where(Organisation.id.in_(ids))
        .group_by(Organisation.id, Organisation.created_at)
    )
    return {
        key: max(clock.site_day(created_at), licensed_on or clock.site_day(created_at))
        for key, created_at, licensed_on in session.execute(licensed)
    }


def _ends_of(fills: Select[Fill]) -> Mapping[UUID, Counter[tuple[FillState, bool]]]:
    """How many bottles came out how, entered by hand later or not, by station."""
    counts: dict[UUID, Counter[tuple[FillState, bool]]] = defaultdict(Counter)
    columns = (Fill.organisation_id, Fill.state, Fill.late_entry)
    counted = fills.with_only_columns(*columns, func.count()).group_by(*columns)
    for key, state, late, number in session.execute(counted):
        counts[key][FillState(state), late] += number
    return counts


def _sides(ends: Counter[tuple[FillState, bool]]) -> tuple[int, int, int, int]:
    """Let through, without a result; results, without a scan."""
    without_result = ends[FillState.NOT_FILLED, False]
    scanned = sum(ends[state, False] for state in WITH_RESULT)
    late = sum(ends[state, True] for state in WITH_RESULT)
    return scanned + without_result, without_result, scanned + late, late
