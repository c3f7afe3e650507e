"""Due-lists as workbooks; drawn by the jobs process only."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.layout import Say, Wording
from equipment.dues.lists import due_list, rows_of
from equipment.dues.models import DueList, DueListRow
from equipment.dues.printing import LIST_TITLE, SUPERVISION_TITLE, wording
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.language import translate

FONT = {"font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#9aa5b1"}
LIST_COLUMNS = (
    (N_("Row"), 6),
    (N_("Label"), 20),
    (N_("Serial number"), 18),
    (N_("Unit's own number"), 12),
    (N_("Kind"), 20),
    (N_("Model"), 14),
    (N_("Where it is"), 40),
    (N_("Due"), 14),
    (N_("Due on"), 12),
    (N_("Application"), 14),
    (N_("Inspected on"), 12),
    (N_("Conclusion"), 12),
    (N_("Inspection report number"), 18),
    (N_("Remark"), 24),
)
CONCLUSION = 11
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
    """The list as people fill it in on a desk: grouped like the print, conclusions to choose from, nothing
    preset."""
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
        worksheet.write_string(
            0,
            0,
            f"{say(SUPERVISION_TITLE if supervision else LIST_TITLE)}　{due_list.number}",
            book.add_format({"bold": True, "font_size": 15}),
        )
        worksheet.write_string(
            1, 0, f"{owner.name}　{clock.site_time(due_list.made_at):%Y-%m-%d}　{due_list.title}"
        )
        head = book.add_format({**FONT, "bold": True, "bg_color": "#e6eaf0"})
        for place, (name, width) in enumerate(LIST_COLUMNS):
            worksheet.set_column(place, place, width)
            worksheet.write_string(HEAD_ROW, place, say(name), head)
        end = _write_rows(
            book, worksheet, session.scalars(rows_of(due_list)).all(), wording(owner, say, locale)
        )
        for number, signer in enumerate((N_("Inspector"), N_("Inspector"), N_("Use unit, signed"))):
            worksheet.write_string(
                end + 1 + number,
                1,
                f"{say(N_('Supervisor') if supervision and number < 2 else signer)}：＿＿＿＿＿＿＿＿＿＿＿＿",
            )
        _for_paper(worksheet)
    return out.getvalue()


def _write_rows(
    book: xlsxwriter.Workbook, worksheet: Worksheet, rows: Sequence[DueListRow], words: Wording
) -> int:
    plain, unit = (
        book.add_format({**FONT, "text_wrap": True}),
        book.add_format({**FONT, "bold": True, "bg_color": "#f2f2f2"}),
    )
    at = HEAD_ROW + 1
    for (street, name), group in groupby(
        rows, key=lambda row: (row.snapshot["street"], row.snapshot["unit"])
    ):
        worksheet.merge_range(at, 0, at, len(LIST_COLUMNS) - 1, f"{street}　{name}", unit)
        at += 1
        for row in group:
            worksheet.write_number(at, 0, row.row_no, plain)
            for place, text in enumerate(_cells(row, words.say), 1):
                worksheet.write_string(at, place, text, plain)
            worksheet.data_validation(
                at,
                CONCLUSION,
                at,
                CONCLUSION,
                {"validate": "list", "source": list(words.choices(row.snapshot["category"]))},
            )
            at += 1
    return at


def _cells(row: DueListRow, say: Say) -> tuple[str, ...]:
    seen = row.snapshot
    application = seen["planned_on"] or say(N_("Applied for") if seen["applied"] else N_("Not applied for"))
    return (
        seen["label"],
        seen["serial"],
        seen["own_number"],
        seen["catalogue"][0] if seen["catalogue"] else seen["name"],
        seen["model"],
        f"{seen['address']} {seen['position']}".strip(),
        say(seen["kind_label"]),
        seen["due_on"],
        application,
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
    worksheet.freeze_panes(HEAD_ROW + 1, 0)
    worksheet.set_footer("&C&P / &N")
