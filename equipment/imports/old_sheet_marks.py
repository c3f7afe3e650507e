"""What an old workbook (XLS) says besides the values of its cells, as `sheet_marks` reads it of an XLSX.

The file is a container (MS-CFB) whose stream Workbook is a row of records (MS-XLS): number, length, content.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from equipment.imports.sheet_marks import Marks, Place, pads

Record = tuple[int, bytes]
END_OF_CHAIN = 0xFFFFFFFA  # from here on a sector's number is a mark
LISTED_IN_HEADER = 109  # sectors of the allocation table that the header itself names
NAMES = ("Workbook",)  # Book is of Excel 95 and before, whose texts are written otherwise
BOF, EOF, FORMULA, CALENDAR, WORKSHEET, MANY, STYLE = 0x809, 0x0A, 0x06, 0x22, 0x85, 0xBD, 0xE0
NUMBER, ERROR, ROW, SHORT_NUMBER, FORMAT = 0x203, 0x205, 0x208, 0x27E, 0x41E
EXCEL_97 = 0x0600
HIDDEN = 0x20
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def old_marks(path: Path, sheet_name: str) -> Marks | None:
    """The marks of a sheet; None of a workbook of another kind."""
    try:
        return _marks(_stream(path.read_bytes()), sheet_name)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError, ValueError):
        return None


def _marks(book: bytes, sheet_name: str) -> Marks:
    if struct.unpack_from("<HHH", book)[::2] != (BOF, EXCEL_97):
        raise ValueError("no workbook of Excel 97 to 2003")
    starts: dict[str, int] = {}
    codes: dict[int, str] = {}
    styles: list[int] = []
    from_1904 = False
    for number, content in _records(book, 0):
        if number == CALENDAR:
            from_1904 = content[0] == 1
        elif number == FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _text(content[4:], content[2])
        elif number == STYLE:
            styles.append(struct.unpack_from("<H", content, 2)[0])
        elif number == WORKSHEET:
            starts[_text(content[7:], content[6])] = struct.unpack_from("<I", content)[0]
    telling = {place: code for place, of in enumerate(styles) if pads(code := codes.get(of, ""))}
    hidden: list[int] = []
    errors: dict[Place, str] = {}
    formats: dict[Place, str] = {}
    for number, content in _records(book, starts[sheet_name]):
        if number == ROW and content[12] & HIDDEN:
            hidden.append(struct.unpack_from("<H", content)[0] + 1)
        elif number == ERROR and content[7]:
            errors[struct.unpack_from("<HH", content)] = ERRORS.get(content[6], ERRORS[42])
        elif number == FORMULA and content[12:14] == b"\xff\xff" and content[6] == 2:
            errors[struct.unpack_from("<HH", content)] = ERRORS.get(content[8], ERRORS[42])
        for place, style in _styled(number, content):
            if style in telling:
                formats[place] = telling[style]
    return Marks(tuple(hidden), errors, formats, from_1904)


def _styled(number: int, content: bytes) -> Iterator[tuple[Place, int]]:
    """(place, style) of the numbers in a record; a record of many holds a row of them."""
    if number in (NUMBER, SHORT_NUMBER, FORMULA):
        row, column, style = struct.unpack_from("<HHH", content)
        yield (row, column), style
    elif number == MANY:
        row, first = struct.unpack_from("<HH", content)
        for place in range((len(content) - 6) // 6):
            yield (row, first + place), struct.unpack_from("<H", content, 4 + place * 6)[0]


def _records(book: bytes, start: int) -> Iterator[Record]:
    """The records of one part of the workbook; those of a chart drawn in it are passed over."""
    depth, place = 0, start
    while place + 4 <= len(book):
        number, length = struct.unpack_from("<HH", book, place)
        depth += (number == BOF) - (number == EOF)
        if depth == 0:
            return
        if depth == 1:
            yield number, book[place + 4 : place + 4 + length]
        place += 4 + length


def _text(content: bytes, length: int) -> str:
    """A text behind its length: a mark whether its characters have two bytes, then they."""
    wide = content[0] & 1
    return content[1 : 1 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def _stream(file: bytes) -> bytes:
    """The stream of the workbook out of its container."""
    size = 1 << struct.unpack_from("<H", file, 30)[0]
    sectors, directory, first_more = (struct.unpack_from("<I", file, at)[0] for at in (44, 48, 68))
    listed = list(struct.unpack_from(f"<{LISTED_IN_HEADER}I", file, 76))

    def sector(number: int) -> bytes:
        return file[(number + 1) * size : (number + 2) * size]

    while first_more < END_OF_CHAIN and len(listed) < sectors:
        more = struct.unpack(f"<{size // 4}I", sector(first_more))
        listed, first_more = [*listed, *more[:-1]], more[-1]
    nexts: list[int] = []
    for number in listed[:sectors]:
        nexts += struct.unpack(f"<{size // 4}I", sector(number))

    def chain(number: int) -> bytes:
        parts: list[bytes] = []
        while number < END_OF_CHAIN and len(parts) <= len(nexts):
            parts.append(sector(number))
            number = nexts[number]
        return b"".join(parts)

    entries = chain(directory)
    for at in range(0, len(entries), 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        if entries[at : at + max(0, length - 2)].decode("utf-16-le") in NAMES:
            first, used = struct.unpack_from("<II", entries, at + 116)
            return chain(first)[:used]
    raise ValueError("no stream of a workbook")
