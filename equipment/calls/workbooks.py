"""Workbooks of rescue calls: the one a centre fills in, and what became of each row of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import xlsxwriter

from equipment.calls.queries import causes_on
from equipment.calls.workbook_rules import BY_KEY, COLUMNS, RowOutcome
from equipment.core import clock
from equipment.core.words import N_
from equipment.imports.workbooks import FILLED_ROWS, SAMPLE
from equipment.tasks.sheets import Table, TableColumn
from equipment.tasks.workbooks import FONT, HEAD, new_path, write_workbook
from equipment.web.language import translate

SAMPLES = {
    "number": "JY-2026-0001",
    "called_at": "2026-11-03 08:15:20",
    "lift": "620001",
    "address": "示例花园3号楼1单元",
    "kind": "困人",
    "trapped": "2",
    "dispatched_at": "08:16",
    "arrived_at": "08:28",
    "released_at": "08:33",
    "people": "2",
    "injured": "0",
    "cause": "门系统故障",
}


def template(locale: str) -> Path:
    """Headings as the centres write them, a sample row that is never read, a drop-down of the causes."""
    say = partial(translate, locale=locale)
    path = new_path("calls")
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(say(N_("Rescue calls"))[:31])
        notes = book.add_worksheet(say(N_("How to fill in"))[:31])
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        wrapped = book.add_format({**FONT, "text_wrap": True})
        worksheet.freeze_panes(1, 1)
        notes.set_column(0, 0, 18)
        notes.set_column(1, 1, 90)
        worksheet.write_string(0, 0, "序号", head)
        worksheet.write_string(1, 0, say(SAMPLE), sample)
        for place, column in enumerate(COLUMNS, 1):
            worksheet.set_column(place, place, 18, plain)
            heading = column.headings[0] + "*" * column.required
            worksheet.write_string(0, place, heading, needed if column.required else head)
            worksheet.write_string(1, place, SAMPLES.get(column.key, ""), sample)
            notes.write_row(place, 0, [column.headings[0], say(column.help) if column.help else ""], wrapped)
            if column.key == "cause":
                words = [cause.zh for cause in causes_on(clock.today())]
                rule = {"validate": "list", "source": words, "error_type": "warning"}
                worksheet.data_validation(1, place, FILLED_ROWS, place, rule)
    return path


def outcomes_workbook(outcomes: Iterable[RowOutcome], locale: str) -> Path:
    """Every row with what becomes of it and why not."""
    say = partial(translate, locale=locale)
    path = new_path("calls")
    columns = [
        TableColumn(say(N_("Row")), 8, "number"),
        TableColumn(say(N_("Number of the centre")), 18),
        TableColumn(say(N_("Called at")), 20),
        TableColumn(say(N_("Lift")), 28),
        TableColumn(say(N_("Result")), 14),
        TableColumn(say(N_("Reason")), 70),
    ]
    rows = [
        (
            row.row_no,
            row.number,
            row.called,
            row.lift,
            say(row.state.label),
            "；".join(
                f"{say(BY_KEY[fault.column].label)}: {say(fault.message)}"
                if fault.column in BY_KEY
                else say(fault.message)
                for fault in row.faults
            ),
        )
        for row in outcomes
    ]
    write_workbook(Table(say(N_("Rescue calls")), columns, rows), path)
    return path
