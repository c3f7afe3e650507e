"""What a slice puts on the first page of a role: a figure that opens the list behind it,
with the first rows of that list. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from equipment.core.words import Message


@dataclass(frozen=True, slots=True)
class CardRow:
    """One line of the list behind a figure: what it is, where it leads, by which day, and a remark."""

    text: str | Message
    url: str
    on: date | None = None
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A figure of the first page. `rank` orders cards on the page (small first);
    `tone` is a colour token of words.Labelled."""

    key: str
    title: Message
    figure: int | str
    url: str
    tone: str = ""
    unit: Message | None = None
    note: Message | None = None
    icon: str = ""
    rank: int = 100
    rows: Sequence[CardRow] = field(default_factory=tuple)
    waits: bool = False  # for a decision of the viewer's: it stands before everything else
    first_rows: int = 1  # that stand beside it among what waits; the list has all


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What is left of a campaign in an area, and all of it, with the list of each."""

    left: int
    total: int
    left_url: str
    url: str

    @property
    def percent(self) -> int:
        """What is done, in whole per cent; 100 only where nothing is left."""
        return 100 * (self.total - self.left) // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class WorkByArea:
    """How far a campaign is: (done, all) by the code of the area where its rows lie, and its last day.
    Both addresses open lists that take an `area`: what is left, and everything."""

    title: str | Message
    done: Mapping[str, tuple[int, int]]
    left_url: str
    url: str
    until: date | None = None
    note: Message | None = None
