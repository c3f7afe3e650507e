"""Where the bureau begins in the morning with its cylinders: what came in since a day, what waits for a
decision, and both by station. Every number is counted by the query of the list that it opens."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core.words import N_
from equipment.fills.listing import NO_CODE, filtered, no_code_filtered
from equipment.fills.overrides import overrides
from equipment.fills.states import FillState, Ruling
from equipment.passes.disputes import disputed
from equipment.people.rules import Viewer
from equipment.storage.db import session
from equipment.suspicions.queries import suspected
from equipment.suspicions.states import SuspicionKind, SuspicionState

Filters = Mapping[str, str]
Rows = Callable[[Viewer, Filters], Select[Any]]


class Heap(NamedTuple):
    """One kind of things to look at: its name, the list that has them (endpoint, what the list is asked
    beside area, station and days), by which names the list is told the days, and how it reads its filters."""

    key: str
    label: str
    endpoint: str
    asked: Filters
    rows: Rows
    days: str = ""  # the prefix of `_from`; empty where it does not matter when
    tone: str = "amber"

    def filters(self, area: str, since: date, station: UUID | None = None) -> dict[str, str]:
        """What the list is asked for."""
        filters = dict(self.asked)
        if area:
            filters["area"] = area
        if station:
            filters["station"] = str(station)
        if self.days:
            filters[f"{self.days}_from"] = since.isoformat()
        return filters


OPEN = {"state": SuspicionState.OPEN.value, "about": "cylinders"}
NEWS = (
    Heap(
        "suspicions",
        N_("New suspicions"),
        "suspicions.index",
        {"about": "cylinders"},
        suspected,
        "found",
        "red",
    ),
    Heap(
        "no_pre_check",
        N_("Filled without a check before"),
        "fills.listing",
        {"flag": "no_pre_check"},
        filtered,
        "on",
    ),
    Heap(
        "forbidden",
        N_("Filled although refused"),
        "fills.listing",
        {"flag": "filled_anyway"},
        filtered,
        "on",
        "red",
    ),
    Heap("overrides", N_("Let through by two people"), "overrides.listing", {}, overrides, "on"),
    Heap("by_list", N_("Disputes that came in"), "passes.disputed", {"ruling": ""}, disputed, "on"),
    Heap("late", N_("Entered by hand later"), "fills.listing", {"late": "1"}, filtered, "on", ""),
    Heap(
        "refused",
        N_("Bottles refused"),
        "fills.listing",
        {"state": FillState.REFUSED.value},
        filtered,
        "on",
        "",
    ),
    Heap(
        "no_code", N_("Without code or record"), "fills.listing", {"tab": NO_CODE}, no_code_filtered, "on", ""
    ),
)
WAITING = (
    Heap("open", N_("Suspicions to be looked at"), "suspicions.index", OPEN, suspected),
    Heap(
        "followed",
        N_("Suspicions being followed up"),
        "suspicions.index",
        {"state": SuspicionState.FOLLOWED.value, "about": "cylinders"},
        suspected,
        tone="blue",
    ),
    Heap(
        "disputed",
        N_("Disputes to be verified"),
        "passes.disputed",
        {"ruling": Ruling.PENDING.value},
        disputed,
    ),
    Heap(
        "undecided",
        N_("Filled although forbidden, to be decided"),
        "fills.listing",
        {"tab": "undecided"},
        filtered,
    ),
    Heap("wrong", N_("Records said to be wrong"), "fills.listing", {"tab": "wrong"}, filtered),
)
BY_STATION = ("suspicions", "no_pre_check", "forbidden", "overrides", "open", "disputed", "undecided")


class HeapCount(NamedTuple):
    """A heap with its number and what the list is asked for that it opens."""

    heap: Heap
    number: int
    asked: Filters


class StationMorning(NamedTuple):
    """What there is of one station, by heap."""

    station_id: UUID
    cells: Mapping[str, HeapCount]

    @property
    def weight(self) -> int:
        return sum(cell.number for cell in self.cells.values())


def heaps(viewer: Viewer, area: str, since: date, which: tuple[Heap, ...]) -> list[HeapCount]:
    """Each heap with its number."""
    counted = []
    for heap in which:
        asked = heap.filters(area, since)
        rows = heap.rows(viewer, asked).order_by(None)
        number = session.scalar(rows.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        counted.append(HeapCount(heap, number, asked))
    return counted


def kinds_waiting(viewer: Viewer, area: str) -> list[tuple[SuspicionKind, int]]:
    """The suspicions that wait for a decision by their kind, the most first."""
    rows = suspected(viewer, {**OPEN, "area": area})
    kind = rows.selected_columns.kind
    counted = session.execute(rows.with_only_columns(kind, func.count()).group_by(kind))
    return Counter({SuspicionKind(each): number for each, number in counted}).most_common()


def by_station(viewer: Viewer, area: str, since: date) -> list[StationMorning]:
    """The stations of which anything came in or waits, those with the most first."""
    stations: dict[UUID, dict[str, HeapCount]] = defaultdict(dict)
    for heap in (each for each in (*NEWS, *WAITING) if each.key in BY_STATION):
        rows = heap.rows(viewer, heap.filters(area, since)).order_by(None)
        column = rows.selected_columns.organisation_id
        counted = rows.with_only_columns(column, func.count(), maintain_column_froms=True).group_by(column)
        for key, number in session.execute(counted):
            stations[key][heap.key] = HeapCount(heap, number, heap.filters(area, since, key))
    mornings = [StationMorning(key, cells) for key, cells in stations.items()]
    return sorted(mornings, key=lambda each: (-each.weight, each.station_id))
