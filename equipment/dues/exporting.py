"""Due-lists as workbooks; drawn by the jobs process only."""

from __future__ import annotations

import io
from functools import partial
from uuid import UUID

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.layout import hazards_text, last_time
from equipment.dues.lists import due_list, rows_of
from equipment.dues.models import DueList, RowSnapshot
from equipment.dues.printing import LIST_TITLE, SUPERVISION_TITLE, wording
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.register.codes import spelt
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.sheets import WORKBOOK_TYPE, Say
from equipment.web.language import translate

FONT = {"font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#9aa5b1"}
LIST_COLUMNS = (
    (N_("Row"), 6),
    (N_("County"), 12),
    (N_("Area"), 16),
    (N_("Use unit or owner"), 28),
    (N_("Safety manager"), 12),
    (N_("Phone"), 14),
    (N_("Where it is"), 36),
    (N_("Unit's own number"), 12),
    (N_("Label"), 20),
    (N_("Equipment code"), 24),
    (N_("Use registration certificate number"), 22),
    (N_("Serial number"), 18),
    (N_("Kind"), 20),
    (N_("Model"), 14),
    (N_("Maintenance firm"), 24),
    (N_("Due"), 14),
    (N_("Due on"), 12),
    (N_("Application"), 14),
    (N_("Last time"), 22),
    (N_("Open hazards"), 12),
    (N_("Inspected on"), 12),
    (N_("Conclusion"), 12),
    (N_("Inspection report number"), 18),
    (N_("Remark"), 24),
)
CONCLUSION = len(LIST_COLUMNS) - 3
HEAD_ROW = 2


def list_workbook(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `dues.list_workbook`; input: list_id."""
    record = due_list(SYSTEM, UUID(task.stated.text("list_id")))
    return TaskOutcome(
        content=draw_list(record, task.locale),
        name=f"{task.title}.xlsx",
        media_type=WORKBOOK_TYPE,
        summary={"rows": record.row_count},
    )


def draw_list(due_list: DueList, locale: str) -> bytes:
    """The list as people fill it in on a desk, to be sorted and filtered: one row a piece, conclusions to
    choose from, nothing preset."""
    out, say, owner = (
        io.BytesIO(),
        partial(translate, locale=locale),
        session.get_one(Organisation, due_list.organisation_id),
    )
    supervision = owner.kind == OrganisationKind.REGULATOR
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        worksheet = book.add_worksheet(due_list.number)
        title = say(SUPERVISION_TITLE if supervision else LIST_TITLE)
        heading = book.add_format({"bold": True, "font_size": 15})
        worksheet.write_string(0, 0, f"{title}　{due_list.number}", heading)
        drawn_up = f"{clock.site_time(due_list.made_at):%Y-%m-%d}"
        worksheet.write_string(1, 0, f"{owner.name}　{drawn_up}　{due_list.title}")
        head = book.add_format({**FONT, "bold": True, "bg_color": "#e6eaf0", "text_wrap": True})
        for place, (name, width) in enumerate(LIST_COLUMNS):
            worksheet.set_column(place, place, width)
            worksheet.write_string(HEAD_ROW, place, say(name), head)
        plain, words = book.add_format({**FONT, "text_wrap": True}), wording(owner, say, locale)
        end = HEAD_ROW
        for end, row in enumerate(session.scalars(rows_of(due_list)), HEAD_ROW + 1):
            worksheet.write_number(end, 0, row.row_no, plain)
            for place, text in enumerate(_cells(row.snapshot, say), 1):
                worksheet.write_string(end, place, text, plain)
            choices = {
                "validate": "list",
                "source": list(words.choices(row.snapshot["category"], row.snapshot["kind"])),
            }
            worksheet.data_validation(end, CONCLUSION, end, CONCLUSION, choices)
        worksheet.autofilter(HEAD_ROW, 0, end, len(LIST_COLUMNS) - 1)
        _for_paper(worksheet)
    return out.getvalue()


def _cells(seen: RowSnapshot, say: Say) -> tuple[str, ...]:
    """What stands in a row after its number; the last four are filled in by whoever inspects."""
    application = seen["planned_on"] or say(N_("Applied for") if seen["applied"] else N_("Not applied for"))
    return (
        seen.get("county", ""),
        seen["street"],
        seen["unit"],
        seen.get("contact", ""),
        seen.get("phone", ""),
        f"{seen['address']} {seen['position']}".strip(),
        seen["own_number"],
        spelt(seen["label"]),
        seen.get("equipment_code", ""),
        seen.get("certificate", ""),
        seen["serial"],
        seen["catalogue"][0] if seen["catalogue"] else seen["name"],
        seen["model"],
        seen["firm"],
        say(seen["kind_label"]),
        seen["due_on"],
        application,
        last_time(seen, say),
        hazards_text(seen, say),
        "",
        "",
        "",
        "",
    )


def _for_paper(worksheet: Worksheet) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(HEAD_ROW)
    worksheet.freeze_panes(HEAD_ROW + 1, 1)
    worksheet.set_footer("&C&P / &N")
