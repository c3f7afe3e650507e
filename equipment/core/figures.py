"""What a slice puts on the first page of a role: a figure that opens the list behind it,
with the first rows of that list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
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
