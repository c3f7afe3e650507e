"""What is drawn on a sheet of a due-list, in millimetres from the corner of its printed area.

WeasyPrint takes its time for boxes, line boxes most of all, so a sheet has few: one text in ordinary print
and one in bold, with a line for every line of the grid and spaces between the columns (tab stops it draws too
wide); all rules are one path. The same page as a table took eight times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from equipment.dues import layout
from equipment.dues.layout import COUNTY, EDGES, GROUP, LEFTS, ROW, Heading, PrintedPage
from equipment.tasks.measure import Room, joined, laid_out
from equipment.tasks.ruled_pages import RulePaths

# A line of the grid; the line of column names; where the first line of the grid begins.
LINE_MM, NAMES, TOP = (3.7, 5.5, 19.5)
NUMBER_LINE, NUMBER_MIDDLE = 1, 4.5  # where the number of a row stands
PLAIN, STRONG, NAMED, UNIT, SIGNED, FOOT = (
    Room(55, layout.PLAIN),
    Room(55, layout.BOLD, True),
    Room(276, 8.5, True),
    Room(276, layout.HEADED, True),
    Room(276, layout.HEADED),
    Room(276, 9),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands on every sheet of a list, in its reader's language."""

    title: str
    about: str
    number: str
    names: str  # of the columns, at their places
    unit_signs: str
    people_sign: str
    in_all: str  # "%(num)s in all"
    goes_on: str
    unknown: str
    page_of: str  # "Page %(page)s of %(pages)s"
    pages: int
    sample: str = ""
    lacking: str = ""  # what is said of characters that no font has

    def unit(self, heading: Heading) -> str:
        return joined(heading.street, heading.unit or self.unknown)

    def unit_rest(self, heading: Heading) -> str:
        """What follows the unit in ordinary print, to the right edge."""
        pieces = joined(
            "　" + self.in_all.replace("%(num)s", heading.pieces),
            self.goes_on if heading.goes_on else "",
            heading.contact,
        )
        used = UNIT.width(self.unit(heading)) + SIGNED.width(pieces + self.unit_signs)
        return pieces + SIGNED.gap(EDGES[-1] - 4 - used) + self.unit_signs

    def foot(self, page: PrintedPage) -> str:
        page_no = self.page_of.replace("%(page)s", str(page.number)).replace("%(pages)s", str(self.pages))
        return self.people_sign + FOOT.gap(EDGES[-1] - FOOT.width(self.people_sign + page_no)) + page_no


def names(columns: Mapping[str, str]) -> str:
    """The line of column names."""
    return laid_out([(LEFTS[column], name) for column, name in columns.items()], NAMED)


def plain(page: PrintedPage) -> str:
    """The text in ordinary print."""
    grid = [""] * page.filled
    for row in page.rows:
        for number in range(ROW):
            grid[row.first_line + number] = laid_out(
                [
                    (LEFTS[column], texts[number])
                    for column, texts in row.texts.items()
                    if number < len(texts)
                ],
                PLAIN,
            )
    return "\n".join(grid)


def strong(page: PrintedPage) -> str:
    """The text in bold: the number of a row, what a piece is called, the day it is due."""
    grid = [""] * page.filled
    for row in page.rows:
        number = str(row.number)
        grid[row.first_line] = laid_out(
            [(LEFTS[column], text) for column, text in row.strong.items()], STRONG
        )
        grid[row.first_line + NUMBER_LINE] = laid_out(
            [(NUMBER_MIDDLE - STRONG.width(number) / 2, number)], STRONG
        )
    return "\n".join(grid)


def lines(page: PrintedPage) -> RulePaths:
    """Across above every row and heading; down at the edges, but not through a heading."""
    right, names, end = EDGES[-1], TOP - NAMES, TOP + page.filled * LINE_MM
    heads = sorted(
        [(TOP + heading.first_line * LINE_MM, GROUP * LINE_MM) for heading in page.headings]
        + [(TOP + heading.first_line * LINE_MM, COUNTY * LINE_MM) for heading in page.counties]
    )
    begin, stop = (names, *(head + high for head, high in heads)), (*(head for head, _high in heads), end)
    down = [(above, below) for above, below in zip(begin, stop, strict=True) if below > above + LINE_MM / 2]
    across = "".join(
        f"M0 {at:.2f}H{right}" for at in (names, end, *(TOP + row.first_line * LINE_MM for row in page.rows))
    )
    inner = "".join(f"M{edge} {above:.2f}V{below:.2f}" for above, below in down for edge in EDGES[1:-1])
    outer = "".join(f"M{edge} {names:.2f}V{end:.2f}" for edge in (EDGES[0], right))
    return RulePaths(
        shades="".join(f"M0 {top:.2f}h{right}v{tall:.2f}H0z" for top, tall in ((names, NAMES), *heads)),
        rules=across + inner + outer,
        heavy="".join(f"M0 {head:.2f}H{right}" for head, _high in heads),
    )
