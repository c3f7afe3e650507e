"""What the page of the morning meeting (晨会) holds: one row per area below, what changed since yesterday,
how far the campaigns are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from equipment.core.figures import WorkLeft
from equipment.core.words import N_, Message


class Column(StrEnum):
    """A column of the area table, in its order."""

    IN_USE = "in_use"
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    HAZARDS = "hazards"
    SERIOUS = "serious"
    MAJOR = "major"
    NOT_RECTIFIED = "not_rectified"
    UNDECIDED = "undecided"
    ORDERS_LATE = "orders_late"
    SILENT = "silent"
    DOWN = "down"


class ColumnGroup(NamedTuple):
    """Columns under one heading."""

    label: str
    columns: Mapping[Column, str]


GROUPS = (
    ColumnGroup(N_("Equipment"), {Column.IN_USE: N_("In use")}),
    ColumnGroup(
        N_("Inspections overdue"),
        {
            Column.APPLIED: N_("Applied for"),
            Column.NOT_APPLIED: N_("Not applied for"),
            Column.UNKNOWN: N_("State not known"),
        },
    ),
    ColumnGroup(
        N_("Open hazards"),
        {
            Column.HAZARDS: N_("Total"),
            Column.SERIOUS: N_("Serious"),
            Column.MAJOR: N_("Major"),
            Column.NOT_RECTIFIED: N_("Past their day"),
        },
    ),
    ColumnGroup(
        N_("Overdue at the bureau"),
        {
            Column.UNDECIDED: N_("Findings not decided in time"),
            Column.ORDERS_LATE: N_("Orders not put right"),
        },
    ),
    ColumnGroup(
        N_("Filling stations"), {Column.SILENT: N_("Without uploads"), Column.DOWN: N_("Far below usual")}
    ),
)
# What is remarkable wherever it is not nought; the others are sizes.
ALARMING = frozenset(Column) - {Column.IN_USE, Column.APPLIED, Column.UNKNOWN, Column.HAZARDS}
# By area as a bar, from whose fault it is to whose it is not.
BARS = (Column.NOT_APPLIED, Column.APPLIED, Column.UNKNOWN)

AreaNumbers = Mapping[Column, Mapping[str, int]]  # by column, by the code of the area where each one lies


class LinkedNumber(NamedTuple):
    """A number and the address of exactly its list; no address where no list can be so narrow."""

    number: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class BriefingRow:
    """One area below with whoever answers for it; `is_rest` are pieces below no known area."""

    code: str
    name: str
    responsible: str
    numbers: Mapping[Column, LinkedNumber]
    progress: Sequence[WorkLeft] = ()
    is_rest: bool = False


class Sign(StrEnum):
    """Which way a change moves the city: its sign stands before the number, in colour and in shape."""

    WORSE = "worse"
    BETTER = "better"
    NEUTRAL = "neutral"


SIGNS: Mapping[Sign, str] = {Sign.WORSE: "▲", Sign.BETTER: "▼", Sign.NEUTRAL: "＋"}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One thing that changed since yesterday, with its list."""

    key: str
    label: str
    sign: Sign
    number: int
    url: str

    @property
    def mark(self) -> str:
        return SIGNS[self.sign]


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """How far a campaign is in the viewer's area, with the lists of what is left and of all of it."""

    title: str | Message
    all: WorkLeft
    until: date | None
    note: Message | None = None
    by_area: Mapping[str, WorkLeft] = field(default_factory=dict)


def summed(numbers: Mapping[str, int], area: str) -> int:
    """What lies in an area and everywhere below it."""
    return sum(number for code, number in numbers.items() if code.startswith(area))


def left_over(numbers: Mapping[str, int], areas: Iterable[str]) -> int:
    """What lies in none of these areas."""
    known = tuple(areas)
    return sum(number for code, number in numbers.items() if not code.startswith(known))


def progress_in(done: Mapping[str, tuple[int, int]], area: str) -> tuple[int, int]:
    """(left, all) within an area, of (done, all) by the area where each one lies."""
    within = [numbers for code, numbers in done.items() if code.startswith(area)]
    total = sum(whole for _part, whole in within)
    return total - sum(part for part, _whole in within), total
