"""Makers of workbooks of results: what the jobs process runs for a person who asked for it on a page."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from equipment.core.words import N_
from equipment.imports.queries import batch_key, the_batch
from equipment.imports.result_rules import CHECK, COLUMNS, CONCLUSION, KIND, READ, RECORD, TEMPLATE
from equipment.imports.result_stages import check_results, read_results, record_results
from equipment.imports.states import ImportState, RowState
from equipment.imports.workbooks import FILLED_ROWS, SAMPLE, error_workbook
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.tasks.makers import Maker, Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.tasks.workbooks import FONT, HEAD, new_path
from equipment.web.language import translate

TO_CORRECT = (RowState.REFUSED, RowState.FLAGGED, RowState.TWICE)
TITLE = N_("Results of inspections")
OFFERED = {
    CONCLUSION: tuple(Conclusion),
    KIND: (InspectionKind.INSPECTION, InspectionKind.SELF_TEST, InspectionKind.SUPERVISION),
}
SAMPLES = {
    "number": "TP-00017",
    "maker": "示例钢瓶厂",
    "on": "2026-03-05",
    "conclusion": "合格",
    "report_no": "PJ-2026-0031",
    "stated_next_on": "2030-03-05",
    "kind": "定期检验",
}


def _outcome(task: Task, counts: dict[str, int]) -> TaskOutcome:
    batch = the_batch(batch_key(task))
    wrong = any(counts[state] for state in TO_CORRECT)
    return TaskOutcome(
        content=error_workbook(batch, task.locale, TO_CORRECT) if wrong else None,
        name=Path(batch.file_name).stem[:80] + "-errors.xlsx" if wrong else "",
        media_type=WORKBOOK_TYPE,
        summary={"rows": sum(counts.values()), "recorded": counts[RowState.CHANGED]},
        link=f"/inspections/import/{batch.id}",
    )


def read(task: Task, progress: Progress) -> TaskOutcome:
    read_results(batch_key(task), progress)
    return TaskOutcome(link=f"/inspections/import/{task.input['batch']}")


def check(task: Task, progress: Progress) -> TaskOutcome:
    """Ends in the workbook of what is wrong."""
    return _outcome(task, check_results(batch_key(task), progress, by=asked_by(task)))


def run(task: Task, progress: Progress) -> TaskOutcome:
    if the_batch(batch_key(task)).state == ImportState.DONE:  # it was cut off after its end
        return _outcome(task, dict.fromkeys(map(str, RowState), 0) | the_batch(batch_key(task)).counts)
    return _outcome(
        task,
        record_results(batch_key(task), progress, by=asked_by(task), early=bool(task.input.get("early"))),
    )


def template(task: Task, _progress: Progress) -> TaskOutcome:
    """The workbook people fill in: one heading a column, drop-downs, and a sample row that is never read."""
    path = new_path("template")
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(translate(TITLE, task.locale)[:31])
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        worksheet.freeze_panes(1, 1)
        worksheet.write_string(0, 0, "序号", head)
        worksheet.write_string(1, 0, translate(SAMPLE, task.locale), sample)
        for place, column in enumerate(COLUMNS, 1):
            star = "*" if column.required else ""
            worksheet.set_column(place, place, 18, plain)
            worksheet.write_string(0, place, column.headings[0] + star, needed if column.required else head)
            worksheet.write_string(1, place, SAMPLES.get(column.key, ""), sample)
            if column.key in OFFERED:
                texts = [translate(member.label, "zh_Hans_CN") for member in OFFERED[column.key]]
                offered = {"validate": "list", "source": texts, "error_type": "warning"}
                worksheet.data_validation(1, place, FILLED_ROWS, place, offered)
    name = f"{translate(TITLE, task.locale)}.xlsx"
    return TaskOutcome(content=path, name=name, media_type=WORKBOOK_TYPE)


MAKERS: dict[str, Maker] = {READ: read, CHECK: check, RECORD: run, TEMPLATE: template}
