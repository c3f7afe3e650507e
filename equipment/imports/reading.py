"""Reading the files people have: CSV in UTF-8 or GB18030, XLSX and XLS, as rows of text;
what is none is told in words.

Runs in a memory-capped child (tasks/children.py): a workbook can be made to claim any amount of memory.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.imports.old_sheet_marks import old_marks
from equipment.imports.rules import clean, plain_number
from equipment.imports.sheet_marks import Marks, formatted, marks
from equipment.imports.table_rules import BLOCK, MOST_ROWS, Header, Row, is_left_out, unfolded

MOST_COLUMNS = 250
MOST_CHARACTERS = 2_000  # of one cell: what is longer is no field of a register
UNPACKED_MB = 600
SAMPLE_ROWS = 60
_SHORTENED = re.compile(r"(?:19|20)\d\d\.1")
Corner = tuple[int, int]  # row, column
DELIMITERS = ",\t;|"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
EMPTY = N_("The file is empty.")
NO_ROWS = N_("There is a header but no row below it.")
NO_HEADER = N_(
    "No header row was found: name the columns in one row above the data, such as 产品编号, 制造单位, 制造年月."
)
TOO_MANY_ROWS = N_("The table has more than %(most)s rows. Split it and import the parts one after another.")
TOO_MANY_COLUMNS = N_("The table has more than %(most)s columns. Delete the empty ones on the right.")
NO_WORKBOOK = N_("This is neither a workbook (XLSX, XLS) nor a text table (CSV).")
DAMAGED = N_("The workbook is damaged or of an unknown kind. Open it in Excel and save it as .xlsx.")
WEB_PAGE = N_("This is a web page under the name of a workbook. Open it in Excel and save it as .xlsx.")
ENCODING = N_(
    "The characters of this text file cannot be read. Save it in Excel as “CSV UTF-8” and try again."
)
PASSWORD = N_("The workbook is protected by a password. Remove it and try again.")
NO_SHEET = N_("There is no sheet “%(name)s”.")


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet's rows, all as text; `rows[0]` is row 1 of the workbook."""

    name: str
    rows: Sequence[Row]
    hidden: Sequence[int] = ()  # rows that a filter or a person hides, as the workbook counts
    from_1904: bool = False
    old: bool = False  # a kind of which nobody can tell what only a number format shows


def table(rows: Sequence[Row], header: Header) -> Iterator[tuple[int, Row]]:
    """(row number as the workbook counts, row) of the pieces below the header, block after block."""
    for block in range(header.blocks):
        for number, whole in enumerate(rows[header.row + 1 :], header.row + 2):
            row = unfolded(whole, header)[block]
            if not is_left_out(row, header):
                yield number + block * BLOCK, row


def left_out(rows: Sequence[Row], header: Header) -> Iterator[tuple[int, str]]:
    """(row number, what stands there) of rows below the header that are no pieces: totals, notes, samples."""
    for number, whole in enumerate(rows[header.row + 1 :], header.row + 2):
        for row in unfolded(whole, header):
            if any(map(clean, row)) and is_left_out(row, header):
                yield number, " ".join(filter(None, map(clean, row)))[:60]


def spool(path: Path, sheet_name: str, header: Header, target: Path) -> int:
    """Write the rows of a table as lines of JSON, so that whoever reads them needs no memory;
    returns how many."""
    rows = read_sheet(path, sheet_name).rows
    written = 0
    with target.open("w", encoding="utf-8") as file:
        for number, row in table(rows, header):
            file.write(json.dumps([number, *row], ensure_ascii=False) + "\n")
            written += 1
    return written


def spooled(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8") as file:
        for text in file:
            number, *row = json.loads(text)
            yield number, row


def sheet_names(path: Path) -> tuple[str, ...]:
    if not is_workbook(path):
        return ("",)
    # a hidden sheet holds lists and old states: it is offered, and never taken first
    with _workbook(path) as workbook:
        shown_first = sorted(
            workbook.sheets_metadata, key=lambda meta: meta.visible != SheetVisibleEnum.Visible
        )
        return tuple(meta.name for meta in shown_first)


def read_sheet(path: Path, name: str) -> SheetTable:
    if not is_workbook(path):
        return SheetTable("", _delimited(path.read_bytes()))
    with _workbook(path) as workbook:
        try:
            worksheet = workbook.get_sheet_by_name(name)
        except CalamineError as error:
            raise Invalid({"file": DAMAGED}) from error
        if worksheet.total_height > MOST_ROWS + SAMPLE_ROWS:
            raise Invalid({"file": Message(TOO_MANY_ROWS, {"most": MOST_ROWS})})
        if worksheet.width > MOST_COLUMNS:
            raise Invalid({"file": Message(TOO_MANY_COLUMNS, {"most": MOST_COLUMNS})})
        left = worksheet.start[1] if worksheet.start else 0
        once: dict[str, str] = {}  # makers, gases and months repeat: one copy of each is kept in memory
        rows = [
            [once.setdefault(text, text) for text in map(cell_text, row)] for row in worksheet.iter_rows()
        ]
        marked = marks(path, name) if zipfile.is_zipfile(path) else old_marks(path, name)
        seen = marked or Marks()
        _mark(rows, seen, left)
        _fill_down(rows, worksheet.merged_cell_ranges or (), left)
        return SheetTable(name, rows, seen.hidden, seen.from_1904, marked is None)


def _mark(rows: list[list[str]], seen: Marks, left: int) -> None:
    """Cells as people see them: errors by their name, whole numbers as their format shows them."""
    for (row, column), text in seen.errors.items():
        if row < len(rows) and 0 <= column - left < len(rows[row]):
            rows[row][column - left] = text
    for (row, column), code in seen.formats.items():
        if row < len(rows) and 0 <= column - left < len(rows[row]):
            text = rows[row][column - left]
            if text.isdecimal():
                rows[row][column - left] = formatted(text, code)


def _fill_down(rows: list[list[str]], merged: Sequence[tuple[Corner, Corner]], left: int) -> None:
    """A use unit written once over its ten lifts belongs to all ten;
    sideways merges are titles and groups."""
    for (top, first), (bottom, last) in merged:
        if first != last or first < left or top >= len(rows) or first - left >= len(rows[top]):
            continue
        for number in range(top + 1, min(bottom + 1, len(rows))):
            rows[number][first - left] = rows[number][first - left] or rows[top][first - left]


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(8)
    return head.startswith((ZIP, OLE))


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(member.file_size for member in packed.infolist()) > UNPACKED_MB * 1024 * 1024:
                    raise Invalid({"file": Message(TOO_MANY_ROWS, {"most": MOST_ROWS})})
        return CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise Invalid({"file": PASSWORD}) from error
    except (CalamineError, OSError, ValueError) as error:
        locked = ENCRYPTED in path.read_bytes()  # XLSX under a password is a container of another kind
        raise Invalid({"file": PASSWORD if locked else DAMAGED}) from error
    except zipfile.BadZipFile as error:
        raise Invalid({"file": DAMAGED}) from error


def cell_text(cell: object) -> str:
    """A cell as people see it: 123 not 123.0, ISO days, 是 and 否."""
    if isinstance(cell, str):
        return cell[:MOST_CHARACTERS]
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return plain_number(float(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""


def _delimited(content: bytes) -> list[list[str]]:
    text = decoded(content)
    if text.lstrip()[:200].casefold().startswith(("<html", "<!doctype html", "<table", "<?xml")):
        raise Invalid({"file": WEB_PAGE})
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)):
            # Excel saves 2014.10 as 2014.1: in a text table nobody can tell it from January
            rows.append(
                [f"{cell}?" if _SHORTENED.fullmatch(cell) else cell[:MOST_CHARACTERS] for cell in row]
            )
            if len(rows) > MOST_ROWS + SAMPLE_ROWS:
                raise Invalid({"file": Message(TOO_MANY_ROWS, {"most": MOST_ROWS})})
            if len(row) > MOST_COLUMNS:
                raise Invalid({"file": Message(TOO_MANY_COLUMNS, {"most": MOST_COLUMNS})})
    except csv.Error as error:
        raise Invalid({"file": NO_WORKBOOK}) from error
    return rows


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else GB18030: Excel in Chinese saves CSV so."""
    if not content.strip():
        raise Invalid({"file": EMPTY})
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:4096]:
        raise Invalid({"file": NO_WORKBOOK})
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(not char.isprintable() and char not in "\r\n\t" for char in text[:4096]) > 8:
            raise Invalid({"file": NO_WORKBOOK})
        return text
    raise Invalid({"file": ENCODING})


def delimiter(text: str) -> str:
    """Whichever sign cuts the first lines into the most equal number of cells."""
    lines = [row_text for row_text in text[:20_000].splitlines() if row_text.strip()][:20]

    def fit(sign: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign)]
        common = max(set(widths), key=widths.count, default=1)
        return (widths.count(common) * (common > 1), common)

    return max(DELIMITERS, key=fit)
