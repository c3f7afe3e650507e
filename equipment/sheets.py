"""A table on its way out, as CSV here or as a workbook (workbooks.py): what it holds is said once."""
from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from equipment.people.rules import Viewer

BYTE_ORDER_MARK = "\ufeff"  # the spreadsheets people have read UTF-8 only with it
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and how wide it stands; `kind` is text, number, share (printed as per cent) or day."""

    label: str
    width: int = 14
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, lines of text above the table, the table, and notes below it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    head: Sequence[str] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)

    def without(self, *numbers: int) -> Sheet:
        """The same table without some of its columns: paper is narrower than a screen."""
        def left(row: Sequence[Any]) -> list[Any]:
            return [cell for number, cell in enumerate(row) if number not in numbers]
        return replace(self, columns=left(self.columns), rows=[left(row) for row in self.rows])


Say = Callable[[str], str]  # a msgid in the reader's language: the page's gettext, or the catalogues where there is no request
# What a list shows this viewer, all pages of it; the mapping is what was asked for, as a task keeps it.
Draw = Callable[[Viewer, Mapping[str, Any], Say], Sheet]


def as_csv(sheet: Sheet) -> str:
    """The table alone. A text that a spreadsheet would run as a formula is disarmed."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in sheet.columns])
    writer.writerows([[_disarmed(cell) for cell in row] for row in sheet.rows])
    return BYTE_ORDER_MARK + out.getvalue()


def _disarmed(cell: Any) -> Any:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_BEGINS) else cell
