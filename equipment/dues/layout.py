"""The sheets of a printed due-list, composed before anything is drawn.

A sheet is a grid of text lines: a row takes four of them, the heading of a unit two. So the page a row stands
on and "page x of y" are known at once, parts can be drawn apart, and nothing ever overflows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from equipment.core.words import N_
from equipment.dues.measure import Room
from equipment.dues.models import DueListRow

LINES, GROUP, ROW = 40, 2, 4  # of a sheet; of a unit's heading; of a row
# Where the columns end and where their texts begin, in mm.
EDGES = (0, 9, 26, 81, 131, 167, 189, 220.5, 247.5, 276.75)
LEFTS = {
    "row": 1,
    "scan": 10.5,
    "what": 27.5,
    "where": 82.5,
    "due": 132.5,
    "on": 168.2,
    "choice": 190.3,
    "report": 222,
    "remark": 249,
}
ROOMS = {
    column: Room(next(edge for edge in EDGES if edge > left) - left - 0.5) for column, left in LEFTS.items()
}
CALLED, UNIT = Room(ROOMS["what"].mm, 9.5, True), Room(110, 9.5, True)

FAILED, OVERDUE = N_("Inspection failed"), N_("Overdue")
Choices = Callable[[str], Sequence[str]]
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a unit's rows: where it stands on the sheet, how many pieces the unit has on the list,
    whether it began earlier."""

    first_line: int
    street: str
    unit: str
    pieces: int
    goes_on: bool


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row: its number, the line it begins on, what its first line says in bold, up to four lines of text in
    every column."""

    number: int
    first_line: int
    strong: Mapping[str, str]
    texts: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class PrintedPage:
    """One page."""

    number: int
    filled: int = 0  # lines
    headings: list[Heading] = field(default_factory=list)
    rows: list[PrintedRow] = field(default_factory=list)

    def head(self, heading: Heading) -> None:
        self.headings.append(heading)
        self.filled += GROUP

    def add(self, row_no: int, strong: Mapping[str, str], texts: Mapping[str, Sequence[str]]) -> None:
        self.rows.append(PrintedRow(row_no, self.filled, strong, texts))
        self.filled += ROW


@dataclass(frozen=True, slots=True)
class Wording:
    """How the rows are worded: in which language, counted from which day, with which conclusions to tick."""

    say: Say
    choices: Choices
    today: str
    chinese: bool


def printed_pages(rows: Iterable[DueListRow], wording: Wording) -> list[PrintedPage]:
    """All pages of a list, in its order."""
    listed = list(rows)
    pieces = Counter(_unit(row) for row in listed)
    pages: list[PrintedPage] = []
    begun: set[tuple[str, str]] = set()
    current: tuple[str, str] | None = None
    for row in listed:
        unit = _unit(row)
        if not pages or pages[-1].filled + ROW + (GROUP if unit != current else 0) > LINES:
            pages.append(PrintedPage(len(pages) + 1))
            current = None
        page = pages[-1]
        if unit != current:
            page.head(Heading(page.filled, unit[0], UNIT.clipped(unit[1]), pieces[unit], unit in begun))
            begun.add(unit)
            current = unit
        page.add(row.row_no, _strong(row), _texts(row, wording))
    return pages


def _unit(row: DueListRow) -> tuple[str, str]:
    return row.snapshot["street"], row.snapshot["unit"]


def _strong(row: DueListRow) -> dict[str, str]:
    seen = row.snapshot
    return {
        "what": CALLED.clipped(joined(seen["label"] or seen["serial"] or "—", seen["own_number"])),
        "due": seen["due_on"],
    }


def _texts(row: DueListRow, wording: Wording) -> dict[str, Sequence[str]]:
    """Up to four lines of a row in every column; empty where the bold ones stand."""
    seen, say, room = row.snapshot, wording.say, ROOMS["due"]
    kind = seen["catalogue"][0 if wording.chinese else 1] if seen["catalogue"] else seen["name"]
    serial = f"{say('Serial number')} {seen['serial']}" if seen["label"] and seen["serial"] else ""
    about = (joined(kind, seen["model"]), serial, seen["name"] if seen["catalogue"] else "")
    application = (
        f"{say('Arranged for')} {seen['planned_on']}"
        if seen["planned_on"]
        else say("Applied for")
        if seen["applied"]
        else say("Not applied for")
    )
    failed = seen.get("failed", False)
    late = [say(FAILED if failed else OVERDUE)] if failed or seen["due_on"] < wording.today else []
    state = [" ".join([*late, application])]
    if room.width(state[0]) > room.mm:
        state = [*late, application]
    return {
        "what": ("", *(ROOMS["what"].clipped(text) for text in about if text)),
        "where": (*ROOMS["where"].wrapped(seen["address"], 3), ROOMS["where"].clipped(seen["position"])),
        "due": ("", *(room.clipped(text) for text in (say(seen["kind_label"]), *state))),
        "choice": [ROOMS["choice"].clipped(f"□ {choice}") for choice in wording.choices(seen["category"])],
    }


def joined(*texts: str) -> str:
    return "　".join(text for text in texts if text)


def parts(pages: Sequence[PrintedPage], of_rows: int) -> list[list[PrintedPage]]:
    """The sheets cut into parts of about `of_rows` rows, drawn apart and joined."""
    cut: list[list[PrintedPage]] = [[]]
    filled = 0
    for page in pages:
        if cut[-1] and filled + len(page.rows) > of_rows:
            cut.append([])
            filled = 0
        cut[-1].append(page)
        filled += len(page.rows)
    return cut
