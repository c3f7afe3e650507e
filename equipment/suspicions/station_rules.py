"""What is remarkable about the days of a licensed station: it uploads nothing or far less than usual, half
of its records are missing, it never refuses. Pure.

The limits are values of the pack, all of the house and unverified
(`regulation.cylinder_numbers.StationLimits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.regulation.cylinder_numbers import StationLimits
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind


class StationActivity(NamedTuple):
    """What a station uploaded until a day. `last_on`: the day of its last scan (None: never); `known_on`:
    from when on it could upload, licensed and on file; `scans` of the last `compared_days` and the longest
    gap among them in days (`gap`); `usual_scans` of the `usual_days` before them, `refused` in both
    together. Of the last `compared_days`: bottles whose scan let them be filled and that are closed
    (`let_through`), and those among them that closed as 未充装 because no result came (`without_result`);
    bottles with a result (`results`), and those among them that no scan stands for, entered by hand later
    (`without_scan`)."""

    last_on: date | None
    known_on: date
    scans: int = 0
    gap: int = 0
    usual_scans: int = 0
    refused: int = 0
    let_through: int = 0
    without_result: int = 0
    results: int = 0
    without_scan: int = 0

    def silent_for(self, on: date) -> int:
        """For how many days it has uploaded nothing."""
        return (on - (self.last_on or self.known_on)).days

    def expected(self, limits: StationLimits) -> int:
        """How many scans it usually makes in as many days as the last ones."""
        return self.usual_scans * limits.compared_days // limits.usual_days


def signals_of(station: StationActivity, on: date, limits: StationLimits) -> tuple[SuspicionKind, ...]:
    """零上传；半静默 (远低于往常、有扫码无结果、有结果无扫码)；从不拒充. A silent station is that and nothing else; days in a row
    without a scan are a holiday or a silence that begins or has ended, not half of one."""
    if station.silent_for(on) >= limits.silent_days:
        return (SuspicionKind.SILENT,)
    signals = []
    usual = station.usual_scans * limits.compared_days / limits.usual_days
    uploads = station.scans + station.without_scan
    if uploads * 100 < usual * limits.less_than_percent and station.gap * 2 < limits.silent_days:
        signals.append(SuspicionKind.DOWN)
    if _exceeds(station.without_result, station.let_through, limits.without_result_percent, limits):
        signals.append(SuspicionKind.NO_RESULTS)
    if _exceeds(station.without_scan, station.results, limits.without_scan_percent, limits):
        signals.append(SuspicionKind.NO_SCANS)
    if station.usual_scans + station.scans >= limits.never_refused_from and not station.refused:
        signals.append(SuspicionKind.NEVER_REFUSES)
    return tuple(signals)


def longest_gap(days: Iterable[date], after: date, until: date) -> int:
    """The most days in a row without a scan, of the days behind `after` up to `until`."""
    ends = [after, *sorted(days), until + timedelta(days=1)]
    return max((late - early).days - 1 for early, late in pairwise(ends))


def _exceeds(part: int, whole: int, percent: int, limits: StationLimits) -> bool:
    return whole >= limits.one_sided_from and part * 100 >= whole * percent


def station_patterns(
    stations: Iterable[tuple[UUID, StationActivity]], on: date, limits: StationLimits
) -> Iterator[Suspected]:
    """The signals of a day as suspicions: a silence once from its beginning to its end, the others once a
    month."""
    for station_id, station in stations:
        for kind in signals_of(station, on, limits):
            if kind is SuspicionKind.SILENT:
                period = station.last_on.isoformat() if station.last_on else "never"
            else:
                period = f"{on:%Y-%m}"
            figures = signal_figures(kind, station, on, limits)
            yield Suspected(kind, station_id, None, on, (), figures, period)


def signal_figures(
    kind: SuspicionKind, station: StationActivity, on: date, limits: StationLimits
) -> dict[str, int | str]:
    """The figures that a signal rests on, and of which days they are."""
    days = limits.compared_days
    figures: dict[str, int | str] = {}
    match kind:
        case SuspicionKind.SILENT:
            return {
                "days": station.silent_for(on),
                "last": station.last_on.isoformat() if station.last_on else "",
            }
        case SuspicionKind.DOWN:
            figures = {"scans": station.scans, "usual": station.expected(limits)}
        case SuspicionKind.NO_RESULTS:
            figures = {"bottles": station.without_result, "of": station.let_through}
        case SuspicionKind.NO_SCANS:
            figures = {"bottles": station.without_scan, "of": station.results}
        case _:
            figures, days = {"scans": station.scans + station.usual_scans}, days + limits.usual_days
    since = on - timedelta(days=days - 1)
    return {**figures, "days": days, "since": since.isoformat(), "until": on.isoformat()}


def signal_note(kind: SuspicionKind, figures: Mapping[str, object]) -> Message:
    """The figures of a signal in words."""
    match kind:
        case SuspicionKind.SILENT:
            return (
                Message(N_("no scan for %(days)d days"), figures)
                if figures["last"]
                else Message(N_("no scan ever"))
            )
        case SuspicionKind.DOWN:
            return Message(N_("%(scans)d scans in %(days)d days, usually %(usual)d"), figures)
        case SuspicionKind.NO_RESULTS:
            return Message(N_("%(bottles)d of %(of)d scanned bottles without a result"), figures)
        case SuspicionKind.NO_SCANS:
            return Message(N_("%(bottles)d of %(of)d results without a scan"), figures)
        case _:
            return Message(N_("%(scans)d scans and none refused"), figures)
