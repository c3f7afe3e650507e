"""Makers of exports of the province: what the jobs process runs for a person who asked for it on a page."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from equipment.core.words import N_
from equipment.imports.queries import batch_key, the_batch
from equipment.imports.states import ImportState, RowState
from equipment.imports.visit_entering import enter_province, undo_province
from equipment.imports.visit_rules import CHECK, CLASS, COLUMNS, READ, RECORD, TEMPLATE, UNDO, VISIT_CLASSES
from equipment.imports.visit_stages import check_visits, read_visits
from equipment.imports.workbooks import FILLED_ROWS, SAMPLE, error_workbook
from equipment.tasks.makers import Maker, Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.tasks.workbooks import FONT, HEAD, new_path
from equipment.web.language import translate

TO_CORRECT = (RowState.REFUSED, RowState.TWICE)
VISIT_TITLE = N_("Visits of the province")
SAMPLES = {
    "number": "31106200120190001",
    "firm": "示例电梯维保有限公司",
    "people": "张三、李四",
    "since": "2026-11-03 08:15:20",
    "until": "2026-11-03 09:02:11",
    "class": "半月维保",
}


def _outcome(task: Task, counts: dict[str, int]) -> TaskOutcome:
    batch = the_batch(batch_key(task))
    wrong = any(counts[state] for state in TO_CORRECT)
    return TaskOutcome(
        content=error_workbook(batch, task.locale, TO_CORRECT) if wrong else None,
        name=Path(batch.file_name).stem[:80] + "-errors.xlsx" if wrong else "",
        media_type=WORKBOOK_TYPE,
        summary={"rows": sum(counts.values()), "recorded": counts[RowState.CHANGED]},
        link=f"/visits/import/{batch.id}",
    )


def read(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `visits.import_read`."""
    read_visits(batch_key(task), progress)
    return TaskOutcome(link=f"/visits/import/{task.input['batch']}")


def check(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `visits.import_check`: ends in the workbook of what is wrong."""
    return _outcome(task, check_visits(batch_key(task), progress, by=asked_by(task)))


def run(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `visits.import`."""
    if the_batch(batch_key(task)).state == ImportState.DONE:  # it was cut off after its end
        return _outcome(task, dict.fromkeys(map(str, RowState), 0) | the_batch(batch_key(task)).counts)
    return _outcome(task, enter_province(batch_key(task), progress, by=asked_by(task)))


def undo(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `visits.import_undo`."""
    counts = undo_province(batch_key(task), progress, by=asked_by(task))
    return TaskOutcome(summary=counts, link=f"/visits/import/{task.input['batch']}")


def template(task: Task, _progress: Progress) -> TaskOutcome:
    """The maker `visits.template`: one heading a column, and a sample row that is never read."""
    path = new_path("template")
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(translate(VISIT_TITLE, task.locale)[:31])
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        worksheet.freeze_panes(1, 1)
        worksheet.write_string(0, 0, "序号", head)
        worksheet.write_string(1, 0, translate(SAMPLE, task.locale), sample)
        for place, column in enumerate(COLUMNS, 1):
            star = "*" if column.required else ""
            worksheet.set_column(place, place, 22, plain)
            worksheet.write_string(0, place, column.headings[0] + star, needed if column.required else head)
            worksheet.write_string(1, place, SAMPLES.get(column.key, ""), sample)
            if column.key == CLASS:
                texts = [translate(kind.label, "zh_Hans_CN") for kind in VISIT_CLASSES]
                offered = {"validate": "list", "source": texts, "error_type": "warning"}
                worksheet.data_validation(1, place, FILLED_ROWS, place, offered)
    return TaskOutcome(
        content=path, name=f"{translate(VISIT_TITLE, task.locale)}.xlsx", media_type=WORKBOOK_TYPE
    )


VISIT_MAKERS: dict[str, Maker] = {READ: read, CHECK: check, RECORD: run, UNDO: undo, TEMPLATE: template}
