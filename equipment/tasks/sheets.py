"""A table on its way out, as CSV here or as a workbook (workbooks.py): what it holds is said once, and no
list is cut."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, inspect, tuple_

from equipment.people.rules import Viewer
from equipment.storage.db import session

T = TypeVar("T")

BYTE_ORDER_MARK = "\ufeff"  # the spreadsheets people have read UTF-8 only with it
# A list is read, drawn and written so many rows at a time: however long, it never stands in memory.
AT_ONCE = 500
CSV_TYPE = "text/csv; charset=utf-8"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A heading and how wide it stands; `kind` is text, number, amount (of kg or
    MPa), tenth, share (printed as per cent) or day."""

    label: str
    width: int = 14
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, lines of text above the table, the table, and notes below it; a list's rows come
    as they are read, and once."""

    title: str
    columns: Sequence[TableColumn]
    rows: Iterable[Sequence[object]]
    head: Sequence[str] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)

    def without(self, *numbers: int) -> Table:
        """The same table without some of its columns: paper is narrower than a screen."""

        def left(row: Sequence[T]) -> list[T]:
            return [cell for number, cell in enumerate(row) if number not in numbers]

        return replace(self, columns=left(self.columns), rows=[left(row) for row in self.rows])


# A msgid in the reader's language: the page's gettext, or the catalogues where there is no request.
Say = Callable[[str], str]
# What a list shows this viewer, all pages of it; the mapping is what was asked for, as a task keeps it.
Draw = Callable[[Viewer, Mapping[str, Any], Say], Table]


def in_parts(query: Select[*tuple[Any, ...]], *order: Any) -> Iterator[list[Any]]:
    """A list in this order, AT_ONCE rows at a time. Only keys are sorted, and the rows fetched by them:
    SQLite sorts in memory."""
    keys = inspect(query.column_descriptions[0]["entity"]).primary_key
    ordered = query.with_only_columns(*keys, maintain_column_froms=True).order_by(None).order_by(*order)
    for part in session.execute(ordered.execution_options(yield_per=AT_ONCE)).partitions():
        rows = session.execute(query.order_by(None).where(tuple_(*keys).in_([tuple(key) for key in part])))
        row_by_key = {inspect(row[0]).identity: row[0] if len(row) == 1 else row for row in rows}
        yield [row_by_key[tuple(key)] for key in part if tuple(key) in row_by_key]


def write_csv(table: Table, path: Path) -> None:
    """The table alone. A text that a spreadsheet would run as a formula is disarmed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file)
        writer.writerow([column.label for column in table.columns])
        writer.writerows([disarmed(cell) for cell in row] for row in table.rows)


def disarmed(cell: object) -> object:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_BEGINS) else cell
