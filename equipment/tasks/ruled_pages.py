"""A ruled paper put on its pages: which line of which page a row stands on, and the rules around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple, Protocol, TypeVar

from equipment.core.words import N_
from equipment.tasks.measure import Room, laid_out
from equipment.tasks.ruled import (
    IN_ALL,
    PADDING,
    Align,
    RuledColumn,
    RuledHeading,
    RuledPaper,
    RuledRow,
    RuledTable,
)
from equipment.tasks.sheets import Say

MOST_TOTALS, MOST_NAMES = 3, 4  # lines of one total, of a column's name
PAGES_A_PART = 40  # drawn in one child
THIS_PAGE, GOES_ON = N_("This page:"), N_("(continued)")


class RulePaths(NamedTuple):
    """SVG paths: grey behind headings, the rules of the table, heavier ones where something begins."""

    shades: str
    rules: str
    heavy: str


@dataclass(frozen=True, slots=True)
class RuledPicture:
    """A picture in a cell: its address, and the box that it is fitted into, in mm."""

    address: str
    left: float
    top: float
    width: float
    height: float


class PlacedTable:
    """A table on its paper: the columns stretched to its width, their edges and rooms in mm."""

    def __init__(self, table: RuledTable, width: float, points: float) -> None:
        self.table, self.width, self.points = table, width, points
        stretched, edges = width / sum(column.mm for column in table.columns), [0.0]
        for column in table.columns:
            edges.append(round(edges[-1] + column.mm * stretched, 2))
        self.edges = [*edges[:-1], width]

    def room(self, number: int, bold: bool) -> Room:
        wide = self.edges[number + 1] - self.edges[number]
        return Room(wide - 2 * PADDING, self.points, bold)

    def names(self) -> list[list[str]]:
        """The names of the columns on their lines, broken at blanks before anywhere else."""
        names = []
        for number, column in enumerate(self.table.columns):
            room = self.room(number, True)
            whole = [column.name] if room.width(column.name) <= room.mm else column.name.split(" ")
            names.append([text for part in whole for text in room.wrapped(part, MOST_NAMES)][:MOST_NAMES])
        return names

    def texts(self, row: RuledRow) -> list[list[str]]:
        """The cells of a row on their lines."""
        cells: list[list[str]] = []
        for number, (cell, column) in enumerate(zip(row.cells, self.table.columns, strict=True)):
            room = self.room(number, row.bold or column.bold)
            texts = (cell,) if isinstance(cell, str) else cell
            spare, lines = max(0, column.lines - len(texts)), list[str]()
            for text in texts:
                more = room.wrapped(text, 1 + spare)
                spare -= len(more) - 1
                lines += more
            cells.append(lines)
        return cells

    def placed(self, number: int, text: str, bold: bool, align: Align) -> tuple[float, str]:
        """A text and where it begins."""
        left, room = self.edges[number] + PADDING, self.room(number, bold)
        spare = max(0.0, room.mm - room.width(text))
        return left + {Align.LEFT: 0.0, Align.MIDDLE: spare / 2, Align.RIGHT: spare}[align], text


@dataclass(slots=True)
class RuledPage:
    """A page as it is drawn: the lines of its grid in ordinary print and in bold, those that stand half a
    line lower (one line in the middle of two), and its rules."""

    number: int
    plain: list[str] = field(default_factory=list)
    strong: list[str] = field(default_factory=list)
    plain_lower: list[str] = field(default_factory=list)
    strong_lower: list[str] = field(default_factory=list)
    shades: list[str] = field(default_factory=list)
    across: dict[float, float] = field(default_factory=dict)  # rules by where they stand, and how long
    down: dict[float, list[tuple[float, float]]] = field(default_factory=dict)  # parts by where they stand
    rows: list[RuledRow] = field(default_factory=list)
    pictures: list[RuledPicture] = field(default_factory=list)

    @property
    def filled(self) -> int:
        return len(self.plain)

    def add(self, plain: str = "", strong: str = "", plain_lower: str = "", strong_lower: str = "") -> None:
        self.plain.append(plain)
        self.strong.append(strong)
        self.plain_lower.append(plain_lower)
        self.strong_lower.append(strong_lower)

    @property
    def texts(self) -> tuple[list[str], ...]:
        return self.plain, self.strong, self.plain_lower, self.strong_lower

    def rule(self, edges: Sequence[float], top: float, bottom: float) -> None:
        """Rules above and below, and down at these edges; those that go on are one."""
        self.across[top] = self.across[bottom] = edges[-1]
        for edge in edges:
            parts = self.down.setdefault(edge, [])
            if parts and parts[-1][1] == top:
                parts[-1] = (parts[-1][0], bottom)
            else:
                parts.append((top, bottom))

    @property
    def ruling(self) -> RulePaths:
        across = (f"M0 {at:.2f}H{right}" for at, right in self.across.items())
        down = (
            f"M{edge} {top:.2f}V{bottom:.2f}" for edge, parts in self.down.items() for top, bottom in parts
        )
        return RulePaths("".join(self.shades), "".join((*across, *down)), "")


class _Composer:
    """Puts the tables of a paper on its pages."""

    def __init__(self, paper: RuledPaper, say: Say) -> None:
        self.paper, self.say, self.width = paper, say, paper.size[0]
        self.across = Room(self.width - 2 * PADDING, paper.points, True)
        self.whole = paper.sums()
        self.of_total = MOST_TOTALS  # lines
        self.of_total = len(self._total(IN_ALL, self.whole))
        self.reserved = 2 * self.of_total
        self.pages = [RuledPage(1)]

    @property
    def page(self) -> RuledPage:
        return self.pages[-1]

    @property
    def left(self) -> int:
        return self.paper.grid_lines - self.reserved - self.page.filled

    def composed(self) -> list[RuledPage]:
        for table in self.paper.tables:
            self._set(PlacedTable(table, self.width, self.paper.points))
        for page in self.pages:
            self._sum_up(page)
        return self.pages

    def _set(self, setting: PlacedTable) -> None:
        table, rows = setting.table, list(setting.table.rows)
        named = 0 if table.headless else max(len(texts) for texts in setting.names())
        head = named + (2 if table.title else 0)
        most = self.paper.grid_lines - self.reserved - head
        texts = [self._row_lines(setting, row, most) for row in rows]
        first = head + (texts[0][0] if texts else 1)
        if texts and isinstance(rows[0], RuledHeading) and len(texts) > 1:
            first += texts[1][0]
        if self.page.filled and (table.new_page or self.left < first):
            self.pages.append(RuledPage(self.page.number + 1))
        self._begin(setting, table.title)
        for number, (row, (high, cells)) in enumerate(zip(rows, texts, strict=True)):
            followed = isinstance(row, RuledHeading) and number + 1 < len(rows)
            if self.left < high + (texts[number + 1][0] if followed else 0):
                self.pages.append(RuledPage(self.page.number + 1))
                self._begin(setting, f"{table.title}{self.say(GOES_ON)}" if table.title else "")
            if isinstance(row, RuledHeading):
                self._cross(row.text, shaded=True)
            else:
                self._add(setting, row, high, cells)
        if not rows:
            self._cross(table.empty or "—", shaded=False)

    def _row_lines(
        self, setting: PlacedTable, row: RuledRow | RuledHeading, most: int
    ) -> tuple[int, list[list[str]]]:
        """How many lines a row takes, and the texts of its cells; one that is higher than a page is cut."""
        if isinstance(row, RuledHeading):
            return 1, []
        cells = setting.texts(row)
        high = min(most, max(setting.table.row_lines, row.lines, *(len(texts) for texts in cells)))
        return high, [texts if len(texts) <= high else [*texts[: high - 1], "…"] for texts in cells]

    def _begin(self, setting: PlacedTable, title: str) -> None:
        """The title of a table and the names of its columns."""
        if title:
            if self.page.filled:
                self.page.add()
            self.page.add(strong=laid_out([(0, self.across.clipped(title))], self.across))
        if setting.table.headless:
            return
        names = setting.names()
        high = max(len(texts) for texts in names)
        self._shade(high)
        columns = setting.table.columns
        named = RuledTable([RuledColumn(column.name, column.mm, Align.MIDDLE) for column in columns], ())
        self._add(PlacedTable(named, self.width, self.paper.points), RuledRow(names, bold=True), high, names)
        self.page.rows.pop()

    def _add(self, setting: PlacedTable, row: RuledRow, high: int, cells: list[list[str]]) -> None:
        """A row, its texts in the middle of its height, and the rules around it."""
        page = self.page
        top, columns = self._at(page.filled), setting.table.columns
        rooms = [Room(self.width, self.paper.points, bold) for bold in (False, True, False, True)]
        for number in range(high):
            layers: list[list[tuple[float, str]]] = [[], [], [], []]  # as `add` takes them
            for place, (texts, column) in enumerate(zip(cells, columns, strict=True)):
                above, lower = divmod(high - len(texts), 2)
                if above <= number < above + len(texts) and texts[number - above]:
                    bold = row.bold or column.bold
                    placed = setting.placed(place, texts[number - above], bold, column.align)
                    layers[bold + 2 * lower].append(placed)
            page.add(*(laid_out(texts, room) for texts, room in zip(layers, rooms, strict=True)))
        page.rule(setting.edges, top, self._at(page.filled))
        page.rows.append(row)
        for place, address in row.pictures.items():
            left, right = setting.edges[place : place + 2]
            wide, tall = right - left - 2 * PADDING, self._at(page.filled) - top - 2 * PADDING
            page.pictures.append(RuledPicture(address, left + PADDING, top + PADDING, wide, tall))

    def _cross(self, text: str, *, shaded: bool, page: RuledPage | None = None) -> None:
        """A text across all columns, in a box of its own."""
        page = page or self.page
        if shaded:
            self._shade(1)
        top = self._at(page.filled)
        page.add(strong=laid_out([(PADDING, self.across.clipped(text))], self.across))
        page.rule((0.0, self.width), top, self._at(page.filled))

    def _sum_up(self, page: RuledPage) -> None:
        if not self.reserved:
            return
        sums = Counter[str]()
        for row in page.rows:
            sums.update(row.amounts)
        for text in self._total(THIS_PAGE, sums):
            self._cross(text, shaded=False, page=page)
        if page is self.pages[-1]:
            for text in self._total(IN_ALL, self.whole):
                self._cross(text, shaded=False, page=page)

    def _total(self, word: str, sums: Mapping[str, int]) -> list[str]:
        if not self.paper.totals:
            return []
        return self.across.wrapped(f"{self.say(word)} {self.paper.totals(sums)}", self.of_total)

    def _shade(self, high: int) -> None:
        top, tall = self._at(self.page.filled), high * self.paper.line_mm
        self.page.shades.append(f"M0 {top:.2f}h{self.width}v{tall:.2f}H0z")

    def _at(self, line_number: int) -> float:
        return self.paper.top + line_number * self.paper.line_mm


def ruled_pages(paper: RuledPaper, say: Say) -> list[RuledPage]:
    """The pages of a paper in its reader's language."""
    return _Composer(paper, say).composed()


class HasRows(Protocol):
    """A page that knows its rows."""

    @property
    def rows(self) -> Sequence[object]: ...


P = TypeVar("P", bound=HasRows)


def parts(pages: Sequence[P], of_rows: int) -> list[list[P]]:
    """Pages cut into parts of about `of_rows` rows, drawn apart and joined."""
    cut: list[list[P]] = [[]]
    filled = 0
    for page in pages:
        if cut[-1] and filled + len(page.rows) > of_rows:
            cut.append([])
            filled = 0
        cut[-1].append(page)
        filled += len(page.rows)
    return cut


T = TypeVar("T")


def halves(pages: Sequence[T]) -> list[Sequence[T]]:
    """Pages, with their frames or without, cut for two children, or for more where they are many."""
    size = min(PAGES_A_PART, max(1, ceil(len(pages) / 2)))
    return [pages[start : start + size] for start in range(0, len(pages), size)]
