"""Sheets as a workbook. Imported by the jobs process only: the web stays small."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from equipment.tasks.makers import Maker, Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import CSV_TYPE, WORKBOOK_TYPE, Draw, Table, write_csv
from equipment.web.language import translate

T = TypeVar("T")
SHEET_ROWS = 1_000_000  # Excel ends at row 1,048,576
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}
FONT = {"font_name": "Noto Sans CJK SC", "font_size": 10.5, "valign": "vcenter"}
HEAD = {
    **FONT,
    "bold": True,
    "bg_color": "#E7EEF7",
    "border": 1,
    "border_color": "#B8C4D3",
    "text_wrap": True,
    "align": "center",
}
FORMATS = {
    "text": {},
    "number": {"num_format": "#,##0"},
    "amount": {"num_format": "#,##0.00#"},
    "tenth": {"num_format": "0.0"},
    "share": {"num_format": "0.00%"},
    "day": {"num_format": "yyyy-mm-dd"},
}
BORDER = {"border": 1, "border_color": "#9aa5b1", "valign": "vcenter", "text_wrap": True}


def list_maker(draw: Draw) -> Maker:
    """The maker of a list's file: drawn when its turn comes, without what the asker may no longer see."""

    def maker(task: Task, progress: Progress) -> TaskOutcome:
        table = draw(asked_by(task), task.stated.table("asked"), lambda msgid: translate(msgid, task.locale))
        form = task.stated.text("format")
        write, media_type = (write_csv, CSV_TYPE) if form == "csv" else (write_workbook, WORKBOOK_TYPE)
        path = new_path("list", form)
        write(replace(table, rows=_counted(table.rows, progress)), path)
        return TaskOutcome(
            content=path, name=f"{table.title}.{form}", media_type=media_type, summary={"rows": progress.done}
        )

    return maker


def new_path(name: str, suffix: str = "xlsx") -> Path:
    """A fresh file that the caller moves or removes."""
    with tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=f".{suffix}", delete=False) as file:
        return Path(file.name)


def _counted(rows: Iterable[T], progress: Progress) -> Iterator[T]:
    progress.done = 0  # work that was cut off begins again
    for row in rows:
        yield row
        progress.advance()


def write_workbook(table: Table, path: Path) -> None:
    """One sheet as a file, row by row."""
    with xlsxwriter.Workbook(str(path), {**OPTIONS, "constant_memory": True}) as book:
        _fill(book, [table])


def workbook(tables: Sequence[Table]) -> bytes:
    """One file with these sheets."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {**OPTIONS, "in_memory": True}) as book:
        _fill(book, tables)
    return out.getvalue()


def on_sheets(title: str, rows: Iterable[T]) -> Iterator[tuple[str, Iterator[T]]]:
    """The names of the sheets that rows need, each with its own rows, to be taken in this
    order; one at least."""
    left, name = iter(rows), _name(title)
    yield name, islice(left, SHEET_ROWS)
    for number, first in enumerate(left, 2):
        yield f"{name[:26]} ({number})", chain([first], islice(left, SHEET_ROWS - 1))


def _name(title: str) -> str:
    """What Excel allows as a sheet's name."""
    return "".join("-" if char in "[]:*?/\\" else char for char in title)[:31]


def _fill(book: Workbook, tables: Sequence[Table]) -> None:
    """Every cell is written as what it is, so that no text is taken for a formula."""
    heading = book.add_format({**BORDER, "bold": True, "bg_color": "#e6eaf0"})
    title = book.add_format({"bold": True, "font_size": 14})
    formats = {kind: book.add_format({**BORDER, **rules}) for kind, rules in FORMATS.items()}
    for table in tables:
        for name, rows in on_sheets(table.title, table.rows):
            place = book.add_worksheet(name)
            top = len(table.head) + (1 if table.head else 0)
            for number, text in enumerate(table.head):
                place.write_string(number, 0, text, title if number == 0 else None)
            for number, column in enumerate(table.columns):
                place.set_column(number, number, column.width)
                place.write_string(top, number, column.label, heading)
            end = _write_rows(place, top + 1, rows, table, formats)
            for number, text in enumerate(table.notes, end + 1):
                place.write_string(number, 0, text)
            place.freeze_panes(top + 1, 0)
            place.set_landscape()
            place.set_paper(9)
            place.fit_to_pages(1, 0)


def _write_rows(
    place: Worksheet, start: int, rows: Iterable[Sequence[object]], table: Table, formats: dict[str, Format]
) -> int:
    """Returns the first row that is free."""
    down = start - 1
    for down, row in enumerate(rows, start):
        for number, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            _write(place, (down, number), cell, formats["day" if isinstance(cell, date) else column.kind])
    return down + 1


def _write(place: Worksheet, at: tuple[int, int], cell: object, look: Format) -> None:
    if cell is None:
        place.write_blank(*at, None, look)
    elif isinstance(cell, date):
        if not isinstance(cell, datetime):
            cell = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
        place.write_datetime(*at, cell, look)
    elif isinstance(cell, int | float):
        place.write_number(*at, cell, look)
    else:
        place.write_string(*at, str(cell), look)
