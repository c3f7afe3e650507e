"""Sheets as a workbook. Imported by the jobs process only: the web stays small."""
from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from equipment.db import session
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.sheets import WORKBOOK_TYPE, Draw, Sheet
from equipment.tasks.models import Task
from equipment.tasks.work import Maker, Outcome, Progress

FORMATS = {"text": {}, "number": {"num_format": "#,##0"}, "share": {"num_format": "0.00%"}, "day": {"num_format": "yyyy-mm-dd"}}
BORDER = {"border": 1, "border_color": "#9aa5b1", "valign": "vcenter", "text_wrap": True}


def list_maker(draw: Draw, said: Callable[[str, str], str]) -> Maker:
    """The maker of a list's workbook: drawn when its turn comes, without what the asker may no longer see; `said` needs no request."""
    def maker(task: Task, _progress: Progress) -> Outcome:
        sheet = draw(viewer_of(session.get_one(User, task.user_id)), task.input, lambda msgid: said(msgid, task.locale))
        return Outcome(content=workbook([sheet]), name=f"{sheet.title}.xlsx", media_type=WORKBOOK_TYPE, summary={"rows": len(sheet.rows)})
    return maker


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """One file with these sheets; every cell is written as what it is, so that no text is taken for a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    heading = book.add_format({**BORDER, "bold": True, "bg_color": "#e6eaf0"})
    title = book.add_format({"bold": True, "font_size": 14})
    formats = {kind: book.add_format({**BORDER, **rules}) for kind, rules in FORMATS.items()}
    day = book.add_format({**BORDER, **FORMATS["day"]})
    for sheet in sheets:
        place = book.add_worksheet(_name(sheet.title))
        top = len(sheet.head) + (1 if sheet.head else 0)
        for number, text in enumerate(sheet.head):
            place.write_string(number, 0, text, title if number == 0 else None)
        for number, column in enumerate(sheet.columns):
            place.set_column(number, number, column.width)
            place.write_string(top, number, column.label, heading)
        for down, row in enumerate(sheet.rows, top + 1):
            for number, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
                _write(place, (down, number), cell, day if isinstance(cell, date) else formats[column.kind])
        for number, text in enumerate(sheet.notes, top + len(sheet.rows) + 2):
            place.write_string(number, 0, text)
        place.freeze_panes(top + 1, 0)
        place.set_landscape()
        place.set_paper(9)
        place.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _name(title: str) -> str:
    """What Excel allows as a sheet's name."""
    return "".join("-" if char in "[]:*?/\\" else char for char in title)[:31]


def _write(place: Any, at: tuple[int, int], cell: Any, look: Any) -> None:
    if cell is None:
        place.write_blank(*at, None, look)
    elif isinstance(cell, date):
        place.write_datetime(*at, cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day), look)  # noqa: DTZ001
    elif isinstance(cell, int | float):
        place.write_number(*at, cell, look)
    else:
        place.write_string(*at, str(cell), look)
