"""Finding the table in a sheet: titles above it, a header over one or two rows, totals and notes below it.
Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from equipment.imports.rules import clean

Row = Sequence[str]
MOST_ROWS = 200_000  # of one file
LEAST_BLOCK = 3  # columns: fewer that come again are two dates, not two lists
BLOCK = 1_000_000  # a row of the second block has this number and its row's
LOOK_AT = 40  # a header further down than this is none
TOTALS = ("合计", "小计", "总计", "累计", "共计", "本页合计", "total", "subtotal", "sum")
NOTES = (
    "填表人",
    "填报人",
    "制表",
    "审核",
    "负责人",
    "填报单位",
    "填报日期",
    "填表日期",
    "注:",
    "说明:",
    "备注:",
    "单位盖章",
    "(盖章)",
)
PART = "/"  # 检验日期/下次: a part below its group
# a sample row of our own templates begins with its word in either language
SAMPLE = ("示例", "样例", "sample", "example")
_BRACKETS = re.compile(r"[((\[【][^))\]】]*[))\]】]")
_UNIT = re.compile(r"[((\[]\s*([^))\]]{1,8})\s*[))\]]")
_DROPPED = re.compile(r"[\s*※:、,.。\-_/]+")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header ends (0-based row) and what its columns are called, every name once; `blocks` of the
    same columns stand side by side, as lists printed to save paper have them."""

    row: int
    names: tuple[str, ...]
    blocks: int = 1


def heading_key(heading: str) -> str:
    """A heading as it is compared: no units in brackets, no spaces, stars or punctuation, lower case."""
    return _DROPPED.sub("", _BRACKETS.sub("", clean(heading))).casefold()


def name_key(name: str) -> str:
    """A name as it is compared: width, case, spaces and punctuation tell nothing;
    what stands in brackets does (甲公司（白银）, 甲公司（兰州）)."""
    return _DROPPED.sub("", clean(name)).casefold()


def heading_unit(heading: str) -> str:
    """The unit in the brackets of a heading: 额定速度(m/s)."""
    bracketed = _UNIT.search(clean(heading))
    return bracketed[1].strip() if bracketed else ""


def find_header(rows: Sequence[Row], headings: Container[str]) -> Header | None:
    """The row most of whose cells are headings we know; without any, the first row that looks like one."""
    looked = [list(map(clean, row)) for row in rows[:LOOK_AT]]
    scores = [sum(heading_key(cell) in headings for cell in row if cell) for row in looked]
    best = max(range(len(looked)), key=lambda number: scores[number], default=None)
    if best is None:
        return None
    if scores[best] < 2:
        best = next((number for number in range(len(looked)) if _looks_like_header(looked, number)), None)
        if best is None:
            return None
    return _whole_header(looked, best)


def _looks_like_header(rows: Sequence[Row], number: int) -> bool:
    filled = [cell for cell in rows[number] if cell]
    below = rows[number + 1] if number + 1 < len(rows) else ()
    widest = max(sum(bool(cell) for cell in row) for row in rows)
    worded = all(not cell.replace(".", "").isdecimal() for cell in filled)
    return len(filled) >= 2 and len(filled) * 2 > widest and worded and len(set(filled)) >= 2 and any(below)


def _whole_header(rows: Sequence[Row], best: int) -> Header:
    """One row, or a row of merged groups with their parts below it."""
    top = rows[best]
    below = _parts(top, rows[best + 1]) if best + 1 < len(rows) else ()
    if _is_second_row(top, below):
        return _header(best + 1, _joined(top, below))
    above = rows[best - 1] if best else ()
    if best and _is_second_row(above, _parts(above, top)):
        return _header(best, _joined(above, _parts(above, top)))
    return _header(best, top)


def _header(row: int, names: Sequence[str]) -> Header:
    named = list(names)
    while named and not named[-1]:
        named.pop()
    width = next((place for place in range(LEAST_BLOCK, len(named)) if named[place] == named[0]), 0)
    blocks = len(named) // width if named and named[0] and width else 1
    if blocks > 1 and named == named[:width] * blocks:
        return Header(row, _unique(named[:width]), blocks)
    return Header(row, _unique(named))


def _parts(top: Row, below: Row) -> Row:
    """The lower row of a header without the headings that reach down into it from the upper one."""
    return ["" if number < len(top) and cell == top[number] else cell for number, cell in enumerate(below)]


def _is_second_row(top: Row, below: Row) -> bool:
    """The lower row has words only under a group: under the blanks that follow the group's cell,
    and under that cell itself."""
    parts = {number for number, cell in enumerate(below) if cell}
    gaps = {number for number in parts if number >= len(top) or not top[number]}
    alone = [number for number in parts - gaps if number + 1 not in gaps]
    worded = all(not any(char.isdigit() for char in below[number]) for number in parts)
    return bool(gaps) and not alone and worded and len(parts) <= max(2, sum(bool(cell) for cell in top))


def _joined(top: Row, below: Row) -> list[str]:
    names, group = [], ""
    for number in range(max(len(top), len(below))):
        upper = top[number] if number < len(top) else ""
        lower = below[number] if number < len(below) else ""
        group = upper or (group if lower else "")
        names.append(f"{group}{PART}{lower}" if lower and group else lower or upper)
    return names


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Every column's name once: a second 日期 is called 日期 (2)."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if not name or seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def with_letters(header: Header, rows: Sequence[Row]) -> Header:
    """Columns that hold something and have no name are called by their letter: 〔C〕."""
    if header.blocks > 1:
        return header
    names = list(header.names)
    for row in rows[header.row + 1 :]:
        for place, cell in enumerate(row):
            if cell and (place >= len(names) or not names[place]):
                names += [""] * (place + 1 - len(names))
                names[place] = f"〔{letter(place)}〕"
    return Header(header.row, tuple(names))


def letter(place: int) -> str:
    """What a spreadsheet calls a column (0-based): A, Z, AA."""
    high, low = divmod(place, 26)
    return (letter(high - 1) if high else "") + chr(ord("A") + low)


def unfolded(row: Row, header: Header) -> list[Row]:
    """The rows of all blocks of a printed row, the blank ones too."""
    width = len(header.names)
    return [row[start : start + width] for start in range(0, width * header.blocks, width)]


def is_left_out(row: Row, header: Header) -> bool:
    """A blank row, a total, a note under the table, a sample row of the template,
    or the header printed again."""
    filled = [cell for cell in (clean(cell) for cell in row) if cell]
    if not filled:
        return True
    first = filled[0].casefold()
    if any(_is_total(cell) for cell in filled[:3]) or first.startswith(SAMPLE):
        return True
    if len(filled) <= 4 and first.startswith(NOTES):
        return True
    return tuple(clean(cell) for cell in row[: len(header.names)]) == header.names


def _is_total(cell: str) -> bool:
    word = cell.replace(" ", "").rstrip(":").casefold()
    return word in TOTALS or (len(word) <= 12 and word.startswith(("合计", "总计", "小计", "共计")))
