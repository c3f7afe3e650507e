"""What a workbook (XLSX) says besides the values of its cells: rows a filter hides, cells in error, numbers
whose format shows zeros or letters that the value lacks, and the day its calendar begins.

Read by looking through the sheet's XML as it is unpacked, without keeping it: a sheet of 200,000 rows passes
in a few seconds.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

PIECE = 1 << 20  # bytes looked at in one go
MOST_MARKS = 500_000  # a sheet with more of them is read as it stands
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?>')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_ERROR = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?\bt="e"[^>]*?>.*?<v>([^<]{1,20})</v>', re.DOTALL)
_STYLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?\bs="(\d+)"[^>]*?>')
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|(0+)|([-/_ ])')
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
Place = tuple[int, int]  # row, column, 0-based


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of one sheet besides its values."""

    hidden: tuple[int, ...] = ()  # rows as the workbook counts
    errors: dict[Place, str] = field(default_factory=dict)
    formats: dict[Place, str] = field(default_factory=dict)
    from_1904: bool = False


def marks(path: Path, sheet_name: str) -> Marks:
    """The marks of a sheet; none of a workbook that is not of this kind."""
    try:
        with zipfile.ZipFile(path) as packed:
            return _marks(packed, sheet_name)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, OSError):
        return Marks()


def _marks(packed: zipfile.ZipFile, sheet_name: str) -> Marks:
    book = _xml(packed, "xl/workbook.xml")
    settings = book.find(f"{SPACE}workbookPr")
    from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
    links = _xml(packed, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    link_of = {page.get("name"): page.get(f"{LINKS}id") for page in book.iter(f"{SPACE}sheet")}
    target = targets[link_of[sheet_name]]
    member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    styles = _telling_styles(packed)
    hidden: list[int] = []
    errors: dict[Place, str] = {}
    formats: dict[Place, str] = {}
    for piece in _pieces(packed, member):
        if b"hidden=" in piece:
            hidden += [int(row[1]) for row in _ROW.finditer(piece) if _HIDDEN.search(row[0])]
        if b't="e"' in piece:
            errors |= {_place(cell[1], cell[2]): cell[3].decode() for cell in _ERROR.finditer(piece)}
        if styles:
            formats |= {
                _place(cell[1], cell[2]): styles[style]
                for cell in _STYLED.finditer(piece)
                if (style := int(cell[3])) in styles
            }
        if len(formats) > MOST_MARKS or len(errors) > MOST_MARKS:
            break
    return Marks(tuple(hidden), errors, formats, from_1904)


def _xml(packed: zipfile.ZipFile, member: str) -> ElementTree.Element:
    # expat bounds what entities may grow to, and this runs in a child with a limit of memory and time
    return ElementTree.fromstring(packed.read(member))  # noqa: S314


def _pieces(packed: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The XML piece by piece, cut where a cell ends."""
    rest = b""
    with packed.open(member) as file:
        while read := file.read(PIECE):
            piece = rest + read
            cut = max(piece.rfind(b"</c>"), piece.rfind(b"<row"))
            piece, rest = (piece[:cut], piece[cut:]) if cut > 0 else (b"", piece)
            yield piece
    yield rest


def _place(column: bytes, row: bytes) -> Place:
    number = 0
    for character in column:
        number = number * 26 + character - ord("A") + 1
    return int(row) - 1, number - 1


def _telling_styles(packed: zipfile.ZipFile) -> dict[int, str]:
    """By number of the style: a format that shows more of a whole number than its value has."""
    if "xl/styles.xml" not in packed.namelist():
        return {}
    styled = _xml(packed, "xl/styles.xml")
    codes = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in styled.iter(f"{SPACE}numFmt")}
    listed = styled.find(f"{SPACE}cellXfs")
    if listed is None:
        return {}
    styles = {number: codes.get(int(xf.get("numFmtId", "0")), "") for number, xf in enumerate(listed)}
    return {number: code for number, code in styles.items() if pads(code)}


def pads(code: str) -> bool:
    """Whether a number format is zeros and letters only: 0000000, "LS"0000000, 000-000."""
    first = code.split(";")[0]
    parts = list(_LITERAL.finditer(first))
    zeros = sum(len(part[3] or "") for part in parts)
    return "".join(part[0] for part in parts) == first and zeros > 0 and (zeros > 1 or len(parts) > 1)


def formatted(digits: str, code: str) -> str:
    """A whole number as its format shows it: 42317 under 0000000 is 0042317."""
    parts = list(_LITERAL.finditer(code.split(";")[0]))
    zeros = sum(len(part[3] or "") for part in parts)
    left = digits.rjust(zeros, "0")
    over, shown, first = len(left) - zeros, "", True
    for part in parts:
        if part[3]:
            size = len(part[3]) + (over if first else 0)
            shown, left, first = shown + left[:size], left[size:], False
        else:
            shown += part[1] or part[2] or part[4] or ""
    return shown
