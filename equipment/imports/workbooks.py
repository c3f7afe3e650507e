"""Workbooks that go with an import: what was wrong with which cell, and the template people fill in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import xlsxwriter
from sqlalchemy import select
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from equipment.core.words import N_
from equipment.imports.drafts import WHOLE_ROW, Problem
from equipment.imports.mapping_rules import ADDED_MARK
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.rows import EXPECTED
from equipment.imports.states import NOTEWORTHY, ImportState, RowState, outcome_label
from equipment.register.column_rules import SEQUENCE, Holds, Say, Target, heading, targets
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.details import Kind
from equipment.storage.db import session
from equipment.tasks.workbooks import FONT, HEAD, new_path
from equipment.web.language import translate

TEMPLATES = tomllib.loads((Path(__file__).parent / "templates.toml").read_text("utf-8"))
FILLED_ROWS = 5_000
# characters of a drop-down that Excel takes in place; a longer one stands on a sheet of its own
LONGEST_LIST = 250
SAMPLE = N_("Example")
ERROR_SHEET = N_("To correct")


def error_workbook(batch: ImportBatch, locale: str, states: Sequence[RowState] = NOTEWORTHY) -> Path:
    """The rows that were refused or flagged as they came, bad cells marked, the reason behind them:
    correct it and import it again."""
    say: Say = partial(translate, locale=locale)
    path = new_path("errors")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        head, plain = book.add_format(HEAD), book.add_format(FONT)
        bad = {
            True: book.add_format({**FONT, "bg_color": "#F8C9C4"}),
            False: book.add_format({**FONT, "bg_color": "#FBE6B4"}),
        }
        worksheet = book.add_worksheet(say(ERROR_SHEET)[:31])
        worksheet.freeze_panes(1, 0)
        width = len(batch.header)
        worksheet.set_column(0, max(0, width - 1), 16, plain)
        worksheet.set_column(width, width + 1, 12, plain)
        worksheet.set_column(width + 2, width + 2, 70, plain)
        added = [ADDED_MARK + say(text) for text in (N_("Row"), N_("Result"), N_("Reason"))]
        for place, name in enumerate([*batch.header, *added]):
            worksheet.write_string(0, place, name, head)
        for number, (row_no, values, state, problems) in enumerate(_bad_rows(batch, states), 1):
            marked = {problem.column: problem.refuses for problem in problems}
            for place, text in enumerate(values[:width]):
                if text or place in marked:
                    worksheet.write_string(
                        number, place, text, bad[marked[place]] if place in marked else plain
                    )
            for place in set(marked) - {WHOLE_ROW} - set(range(len(values))):
                worksheet.write_blank(number, place, None, bad[marked[place]])
            worksheet.write_number(number, width, row_no, plain)
            label = outcome_label(RowState(state), ImportState(batch.state), batch.records)
            worksheet.write_string(number, width + 1, say(label), plain)
            worksheet.write_string(number, width + 2, reasons(problems, batch.header, say), plain)
    return path


def _bad_rows(
    batch: ImportBatch, states: Sequence[RowState]
) -> Iterator[tuple[int, list[str], str, list[Problem]]]:
    bad_rows = select(ImportRow.row_no, ImportRow.values, ImportRow.state, ImportRow.problems).where(
        ImportRow.organisation_id == batch.organisation_id,
        ImportRow.batch_id == batch.id,
        ImportRow.state.in_(states),
    )
    for row_no, values, state, problems in session.execute(
        bad_rows.order_by(ImportRow.row_no).execution_options(yield_per=500)
    ):
        yield (
            row_no,
            values,
            state,
            [problem for problem in map(Problem.from_json, problems) if not problem.note],
        )


def reasons(problems: Sequence[Problem], header: Sequence[str], say: Say) -> str:
    """Everything that is wrong with a row, each with its column's heading."""
    named = [
        (header[problem.column] if 0 <= problem.column < len(header) else "", say(problem.message))
        for problem in problems
    ]
    return "；".join(f"{name}: {text}" if name else text for name, text in dict.fromkeys(named))


def template_targets(category_key: str) -> list[Target]:
    """The columns of the category's template: as its form asks for them, else everything there is."""
    fields = targets(category_key)
    stated = TEMPLATES.get(category_key, {}).get("columns")
    return (
        [fields[key] for key in stated]
        if stated
        else [target for target in fields.values() if target.joint is None]
    )


def template_workbook(category_key: str, locale: str) -> Path:
    """Headings of the registration form, drop-downs, sample rows that are never imported,
    and a sheet that explains each column."""
    say: Say = partial(translate, locale=locale)
    path = new_path("template")
    columns = template_targets(category_key)
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(say(category(category_key).label)[:31])
        notes = book.add_worksheet(say(N_("How to fill in")))
        lists = book.add_worksheet(say(N_("Lists")))
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        worksheet.freeze_panes(1, 1)
        worksheet.set_row(0, 34)
        worksheet.set_column(0, 0, 8, plain)
        worksheet.write_string(0, 0, say(SEQUENCE), head)
        for place, target in enumerate(columns, 1):
            worksheet.set_column(place, place, 17, plain)
            worksheet.write_string(
                0,
                place,
                heading(target, say) + ("*" if target.required else ""),
                needed if target.required else head,
            )
            _drop_down(worksheet, lists, place, [say(choice) for choice in choices(target)])
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        for number, values in enumerate(TEMPLATES.get(category_key, {}).get("samples", ()), 1):
            worksheet.write_string(number, 0, say(SAMPLE), sample)
            for place, target in enumerate(columns, 1):
                worksheet.write_string(number, place, str(values.get(target.key, "")), sample)
        _explain(notes, columns, say, {"head": head, "plain": book.add_format({**FONT, "text_wrap": True})})
        lists.hide()
    return path


def choices(target: Target) -> list[str]:
    """The msgids a column offers."""
    if target.holds is Holds.STATUS:
        return [choice.label for choice in EquipmentStatus if choice is not EquipmentStatus.LOCKED]
    if target.spec is None:
        return []
    return (
        [N_("Yes"), N_("No")]
        if target.spec.kind is Kind.FLAG
        else [choice.label for choice in target.spec.choices]
    )


def _drop_down(worksheet: Worksheet, lists: Worksheet, place: int, texts: Sequence[str]) -> None:
    if not texts:
        return
    source: list[str] | str = list(texts)
    if sum(map(len, texts)) + len(texts) > LONGEST_LIST:
        lists.write_column(0, place, texts)
        column = xlsxwriter.utility.xl_col_to_name(place, True)
        source = f"='{lists.get_name()}'!{column}$1:{column}${len(texts)}"
    worksheet.data_validation(
        1, place, FILLED_ROWS, place, {"validate": "list", "source": source, "error_type": "warning"}
    )


def _explain(
    worksheet: Worksheet, columns: Sequence[Target], say: Say, formats: Mapping[str, Format]
) -> None:
    """One line per column: what it is called, whether it is needed, its unit, what may stand there."""
    for place, (text, width) in enumerate(
        ((N_("Column"), 30), (N_("Needed"), 16), (N_("Unit"), 10), (N_("What may stand there"), 90))
    ):
        worksheet.set_column(place, place, width)
        worksheet.write_string(0, place, say(text), formats["head"])
    for number, target in enumerate(columns, 1):
        unit = (target.spec.display_unit or target.spec.unit) if target.spec else ""
        needed = (
            N_("Yes")
            if target.required
            else N_("Left empty: to be verified")
            if target.key in EXPECTED
            else ""
        )
        texts = (heading(target, say), say(needed), say(unit), _allowed(target, say))
        for place, text in enumerate(texts):
            worksheet.write_string(number, place, text, formats["plain"])


def _allowed(target: Target, say: Say) -> str:
    if offered := choices(target):
        return "、".join(map(say, offered))
    if target.holds is Holds.DAY or (target.spec and target.spec.kind is Kind.DAY):
        return say(N_("A day or a month: 2024-03-05, 2024.03, 202403, 2024年3月"))
    if target.holds is Holds.ORGANISATION:
        return say(N_("Name or unified social credit code of an organisation on file"))
    if target.holds is Holds.AREA:
        return say(N_("Name or code of a county or township"))
    return say(target.spec.help) if target.spec and target.spec.help else ""
