"""Papers of columns and rows, composed before anything is drawn: registers, records, lists to sign; a cell
may
hold a picture.

A page is a grid of text lines. A row takes as many of them as its highest cell, so the page that a row stands
on, "page x of y" and the total of a page are known at once, parts can be drawn apart, and nothing overflows.
`ruled_printing.py` draws what stands here, in the jobs process only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from equipment.core.words import N_
from equipment.tasks.measure import Room, laid_out
from equipment.tasks.sheets import Say

LANDSCAPE, PORTRAIT = (276.75, 200.0), (189.75, 287.0)  # the printed area of A4, in mm
PADDING = 0.8  # between a rule and the text beside it, mm
TITLE_MM, ABOUT_MM, NOTE_MM, SIGNED_MM, FOOT_MM = 9.0, 5.0, 3.3, 9.0, 6.0
SYMBOL_MM = 18.0
SMALL, HEADED = 7.0, 9.5  # points of notes and of what stands above the first table
MOST_NOTES = 6  # lines of one
BLANK, MOST_BLANKS = "＿", 9  # where somebody signs
IN_ALL = N_("In all:")
SAMPLE, PAGE_OF = N_("SAMPLE"), N_("Page %(page)s of %(pages)s")

Cell = str | Sequence[str]  # a text, or texts that each begin a line; wrapped as the column allows


class Align(StrEnum):
    """Where the texts of a column stand in it."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class RuledColumn:
    """A column: its name, how wide it is before all are stretched to the width of the paper, and to how many
    lines a text is wrapped at most."""

    name: str
    mm: float
    align: Align = Align.LEFT
    lines: int = 2
    bold: bool = False


@dataclass(frozen=True, slots=True)
class RuledRow:
    """A row: a cell for every column, and what it adds to the totals of its page and of the paper. `pictures`
    are the addresses of what stands in a cell by the number of its column; the row is at least `lines`
    high."""

    cells: Sequence[Cell]
    amounts: Mapping[str, int] = field(default_factory=dict)
    bold: bool = False
    pictures: Mapping[int, str] = field(default_factory=dict)
    lines: int = 1


@dataclass(frozen=True, slots=True)
class RuledHeading:
    """A grey line across all columns, above the rows that it is about."""

    text: str


@dataclass(frozen=True, slots=True)
class RuledTable:
    """Columns and rows; `title` stands above them, `empty` in their place where there are none, and a row is
    at least `row_lines` high. A `headless` one does not name its columns; with `new_page` it begins one."""

    columns: Sequence[RuledColumn]
    rows: Sequence[RuledRow | RuledHeading]
    title: str = ""
    empty: str = ""
    row_lines: int = 1
    headless: bool = False
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class RuledPaper:
    """A paper: its title, the lines that say what it is of, its tables, and what stands at the foot of every
    page: notes (legends, what was left out), who signs, and of what moment it is.

    `totals` words the sums of the rows' amounts; without it there are none. `symbol` is the address of a QR
    symbol for the corner of every page."""

    title: str
    about: Sequence[str]
    tables: Sequence[RuledTable]
    signatures: Sequence[str] = ()
    notes: Sequence[str] = ()
    foot: str = ""
    number: str = ""
    totals: Callable[[Mapping[str, int]], str] | None = None
    landscape: bool = True
    points: float = 7.5
    sample: bool = False
    symbol: str = ""

    @property
    def size(self) -> tuple[float, float]:
        return LANDSCAPE if self.landscape else PORTRAIT

    @property
    def line_mm(self) -> float:
        return round(self.points * 0.5, 2)

    @property
    def top(self) -> float:
        """Where the grid begins."""
        return TITLE_MM + ABOUT_MM * len(self.about) + 1

    def sums(self) -> Counter[str]:
        """What all rows add up to."""
        sums = Counter[str]()
        for table in self.tables:
            for row in table.rows:
                sums.update(row.amounts if isinstance(row, RuledRow) else {})
        return sums

    def total(self, say: Say) -> str:
        """The sums of the whole paper, in words."""
        return f"{say(IN_ALL)} {self.totals(self.sums())}" if self.totals else ""

    def noted(self) -> list[str]:
        """The notes on the lines that they take."""
        room = Room(self.size[0], SMALL)
        return [text for note in self.notes for text in room.wrapped(note, MOST_NOTES)]

    @property
    def foot_mm(self) -> float:
        """How high what stands below the grid is."""
        return FOOT_MM + NOTE_MM * (len(self.noted()) + 1) + (SIGNED_MM if self.signatures else 0)

    @property
    def grid_lines(self) -> int:
        return int((self.size[1] - self.top - self.foot_mm) / self.line_mm)


@dataclass(frozen=True, slots=True)
class RuledFrame:
    """What stands on every page of a paper."""

    title: str
    number: str
    about: Sequence[str]
    notes: Sequence[str]
    signatures: str
    foot: str
    page_of: str  # "Page %(page)s of %(pages)s"
    pages: int
    size: tuple[float, float]
    top: float
    foot_mm: float
    points: float
    line_mm: float
    lang: str
    sample: str = ""
    symbol: str = ""
    symbol_mm: float = 0
    lacking: str = ""  # what is said of characters that no font has

    def page_no(self, number: int) -> str:
        return self.page_of.replace("%(page)s", str(number)).replace("%(pages)s", str(self.pages))


def ruled_frame(paper: RuledPaper, pages: int, say: Say, lang: str) -> RuledFrame:
    """The frame of a paper that has so many pages."""
    width, number = paper.size[0], Room(80, 10.5, True)
    beside = number.width(paper.number) + 4 if paper.number else 0
    corner = SYMBOL_MM + 2 if paper.symbol else 0
    rooms = [
        Room(width - corner - (beside if place == 0 else 0), HEADED) for place in range(len(paper.about))
    ]
    return RuledFrame(
        title=Room(width / 1.25 - 2 * corner, 15, True).clipped(paper.title),
        number=number.clipped(paper.number),
        about=[room.clipped(text) for room, text in zip(rooms, paper.about, strict=True)],
        notes=paper.noted(),
        signatures=signed(paper.signatures, width),
        foot=Room(width - 30, SMALL).clipped(paper.foot),
        page_of=say(PAGE_OF),
        pages=pages,
        size=paper.size,
        top=paper.top,
        foot_mm=paper.foot_mm,
        points=paper.points,
        line_mm=paper.line_mm,
        lang=lang,
        sample=say(SAMPLE) if paper.sample else "",
        symbol=paper.symbol,
        symbol_mm=corner,
    )


def signed(signatures: Sequence[str], width: float) -> str:
    """Who signs, each with a blank, over the whole width."""
    room = Room(width, HEADED)
    wide, places = width / max(1, len(signatures)), []
    for number, who in enumerate(signatures):
        fitting = int((wide - room.width(f"{who} ") - 5) / room.width(BLANK))
        places.append((wide * number, f"{who} {BLANK * max(3, min(MOST_BLANKS, fitting))}"))
    return laid_out(places, room)
