"""The sheets of a printed due-list, composed before anything is drawn.

A sheet is a grid of text lines: a row takes four of them, the heading of a unit two. So the page a row stands on and
"page x of y" are known at once, parts can be drawn apart, nothing ever overflows, and a column of a sheet is one text:
a table of cells took WeasyPrint four times as long.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from equipment.dues.models import DueListRow

LINES, GROUP, ROW = 40, 2, 4  # of a sheet; of a unit's heading; of a row
COLUMNS = ("what", "where", "due", "choice")  # texts of four lines a row
SINGLES = ("number", "strong", "day")  # one line a row, as high as the row
# What fits on one line of a column, in half-widths (a Chinese character takes two).
WIDTHS = {"strong": 29, "what": 36, "where": 34, "due": 21, "unit": 76}

Choices = Callable[[str], Sequence[str]]
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a unit's rows: where it stands on the sheet, how many pieces the unit has on the list, whether it began earlier."""

    line: int
    street: str
    unit: str
    pieces: int
    goes_on: bool


@dataclass(slots=True)
class Run:
    """Rows that follow each other without a heading between: the texts that take one line a row."""

    line: int
    singles: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in SINGLES})


@dataclass(slots=True)
class Sheet:
    """One page: a text per column, the headings between, the line each row begins on."""

    number: int
    columns: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    runs: list[Run] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    rows: list[tuple[int, int]] = field(default_factory=list)  # (row number, line)

    @property
    def filled(self) -> int:
        return len(self.columns["what"])

    def head(self, heading: Heading) -> None:
        self.headings.append(heading)
        for lines in self.columns.values():
            lines += [""] * GROUP
        self.runs.append(Run(self.filled))

    def add(self, row_no: int, texts: Mapping[str, Sequence[str]], singles: Mapping[str, str]) -> None:
        """One row: four lines to every column, one to every single."""
        self.rows.append((row_no, self.filled))
        for name, lines in self.columns.items():
            given = list(texts[name])[:ROW]
            lines += given + [""] * (ROW - len(given))
        for name, text in singles.items():
            self.runs[-1].singles[name].append(text)


@dataclass(frozen=True, slots=True)
class Wording:
    """How the rows are worded: in which language, counted from which day, with which conclusions to tick."""

    say: Say
    choices: Choices
    today: str
    chinese: bool


def sheets(rows: Iterable[DueListRow], wording: Wording) -> list[Sheet]:
    """All pages of a list, in its order."""
    kept = list(rows)
    pieces = Counter(_unit(row) for row in kept)
    made: list[Sheet] = []
    begun: set[tuple[str, str]] = set()
    current: tuple[str, str] | None = None
    for row in kept:
        unit = _unit(row)
        if not made or made[-1].filled + ROW + (GROUP if unit != current else 0) > LINES:
            made.append(Sheet(len(made) + 1))
            current = None
        sheet = made[-1]
        if unit != current:
            sheet.head(Heading(sheet.filled, unit[0], clipped(unit[1], WIDTHS["unit"]), pieces[unit], unit in begun))
            begun.add(unit)
            current = unit
        sheet.add(row.row_no, _texts(row, wording), _singles(row))
    return made


def _unit(row: DueListRow) -> tuple[str, str]:
    return row.snapshot["street"], row.snapshot["unit"]


def _singles(row: DueListRow) -> dict[str, str]:
    seen = row.snapshot
    called = clipped(joined(seen["label"] or seen["serial"] or "—", seen["own_number"]), WIDTHS["strong"])
    return {"number": str(row.row_no), "strong": called, "day": seen["due_on"]}


def _texts(row: DueListRow, wording: Wording) -> dict[str, Sequence[str]]:
    """Up to four lines of a row in every column; the empty ones make place for a single."""
    seen, say = row.snapshot, wording.say
    kind = seen["catalogue"][0 if wording.chinese else 1] if seen["catalogue"] else seen["name"]
    serial = f"{say('Serial number')} {seen['serial']}" if seen["label"] and seen["serial"] else ""
    what = ["", *(clipped(text, WIDTHS["what"]) for text in (joined(kind, seen["model"]), serial, seen["name"] if seen["catalogue"] else "") if text)]
    asked = f"{say('Arranged for')} {seen['planned_on']}" if seen["planned_on"] else say("Applied for") if seen["applied"] else say("Not applied for")
    late = [say("Overdue")] if seen["due_on"] < wording.today else []
    state = [" ".join([*late, asked])]
    if _measure(state[0]) > WIDTHS["due"]:
        state = [*late, asked]
    return {
        "what": what, "where": [*wrapped(seen["address"], WIDTHS["where"], 3 if not seen["position"] else 2), clipped(seen["position"], WIDTHS["where"])],
        "due": (say(seen["kind_label"]), "", *(clipped(line, WIDTHS["due"]) for line in state)),
        "choice": [f"□ {choice}" for choice in wording.choices(seen["category"])],
    }


def joined(*texts: str) -> str:
    return "　".join(text for text in texts if text)


def clipped(text: str, width: int) -> str:
    """What does not fit ends in an ellipsis."""
    return text if _measure(text) <= width else wrapped(text, width - 2, 1)[0] + "…"


def wrapped(text: str, width: int, most: int) -> list[str]:
    """`text` on at most so many lines, broken anywhere as Chinese is; what is left over is cut."""
    lines, line, used = [], "", 0
    for char in text:
        if used + _measure(char) > width:
            lines.append(line)
            line, used = "", 0
        line, used = line + char, used + _measure(char)
    return [*lines, line][:most]


def _measure(text: str) -> int:
    return sum(2 if char > "\u2e7f" or char == "…" else 1 for char in text)


def parts(made: Sequence[Sheet], of_rows: int) -> list[list[Sheet]]:
    """The sheets cut into parts of about `of_rows` rows, drawn apart and joined."""
    cut: list[list[Sheet]] = [[]]
    filled = 0
    for sheet in made:
        if cut[-1] and filled + len(sheet.rows) > of_rows:
            cut.append([])
            filled = 0
        cut[-1].append(sheet)
        filled += len(sheet.rows)
    return cut

