"""Workbooks of a list of people: the one they fill in, what became of each row, the one-time passwords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from equipment.core.words import N_
from equipment.imports.workbooks import FILLED_ROWS, SAMPLE
from equipment.people.rules import Role
from equipment.register.column_rules import SEQUENCE
from equipment.roster.rules import BY_KEY, COLUMNS, RosterOutcome
from equipment.tasks.sheets import Table, TableColumn
from equipment.tasks.workbooks import FONT, HEAD, new_path, workbook, write_workbook
from equipment.web.language import translate

# Rows that show how it is filled in: every reading of ours passes them, since they begin with the word
# "example".
SAMPLES: Sequence[dict[str, str]] = (
    {
        "organisation": "示例电梯维保有限公司",
        "name": "张三",
        "mobile": "13800000000",
        "roles": "technician",
        "code": "T",
        "number": "620402199001011234",
        "valid_from": "2024-03-01",
        "valid_until": "2028-02-29",
        "card": "0412345678",
    },
    {
        "organisation": "示例市场监督管理局",
        "name": "李四",
        "mobile": "13800000001",
        "roles": "supervisor",
        "area": "620402",
    },
)


class HandedOut(NamedTuple):
    """One line of the list of one-time passwords."""

    organisation: str
    name: str
    mobile: str
    password: str
    until: str  # site time


def template(locale: str, roles: Sequence[Role]) -> Path:
    """Headings, a drop-down of the roles, two sample rows that are never imported,
    a sheet of explanations."""
    say = partial(translate, locale=locale)
    path = new_path("people")
    labels = {role.value: say(role.label) for role in Role}
    offered = [labels[role.value] for role in roles]
    with xlsxwriter.Workbook(str(path)) as book:
        worksheet = book.add_worksheet(say(N_("People")))
        notes = book.add_worksheet(say(N_("How to fill in")))
        head, needed = book.add_format(HEAD), book.add_format({**HEAD, "bg_color": "#CFE0F5"})
        plain = book.add_format({**FONT, "num_format": "@"})
        sample = book.add_format({**FONT, "num_format": "@", "font_color": "#7A869A", "italic": True})
        wrapped = book.add_format({**FONT, "text_wrap": True})
        worksheet.freeze_panes(1, 1)
        worksheet.set_column(0, 0, 8, plain)
        notes.set_column(0, 1, 18)
        notes.set_column(2, 2, 90)
        worksheet.write_column(0, 0, [say(SEQUENCE)], head)
        worksheet.write_column(1, 0, [say(SAMPLE)] * len(SAMPLES), sample)
        notes.write_row(0, 0, [say(N_("Column")), say(N_("Needed")), say(N_("What may stand there"))], head)
        for place, column in enumerate(COLUMNS, 1):
            worksheet.set_column(place, place, 20, plain)
            heading = say(column.label) + "*" * column.required
            worksheet.write_string(0, place, heading, needed if column.required else head)
            texts = [values.get(column.key, "") for values in SAMPLES]
            worksheet.write_column(1, place, [labels.get(text, text) for text in texts], sample)
            explained = [say(column.help) if column.help else ""]
            if column.key == "roles":
                rule = {"validate": "list", "source": offered, "error_type": "warning"}
                worksheet.data_validation(1, place, FILLED_ROWS, place, rule)
                explained += ["、".join(offered)]
            needs = say(N_("Yes")) if column.required else ""
            notes.write_row(place, 0, [say(column.label), needs, "：".join(filter(None, explained))], wrapped)
    return path


def outcomes_workbook(outcomes: Iterable[RosterOutcome], locale: str) -> Path:
    """Every row with what becomes of it and why not."""
    say = partial(translate, locale=locale)
    path = new_path("people")
    columns = [
        TableColumn(say(N_("Row")), 8, "number"),
        TableColumn(say(N_("Organisation")), 30),
        TableColumn(say(N_("Full name"))),
        TableColumn(say(N_("Mobile number")), 16),
        TableColumn(say(N_("Result")), 14),
        TableColumn(say(N_("Reason")), 70),
    ]
    rows = [
        (
            outcome.row_no,
            outcome.organisation,
            outcome.name,
            outcome.mobile,
            say(outcome.state.label),
            reasons(outcome, locale),
        )
        for outcome in outcomes
    ]
    write_workbook(Table(say(N_("People")), columns, rows), path)
    return path


def reasons(outcome: RosterOutcome, locale: str) -> str:
    """Everything that is wrong with a row, each with its column."""
    say = partial(translate, locale=locale)
    named = [
        (say(BY_KEY[fault.column].label) if fault.column in BY_KEY else "", say(fault.message))
        for fault in outcome.faults
    ]
    return "；".join(f"{name}: {text}" if name else text for name, text in dict.fromkeys(named))


def passwords_workbook(people: Sequence[HandedOut], address: str, locale: str) -> bytes:
    """One line per person, to be printed and cut: what to sign in with, the password that is good once."""
    say = partial(translate, locale=locale)
    title = say(N_("One-time passwords"))
    columns = [
        TableColumn(say(N_("Organisation")), 34),
        TableColumn(say(N_("Full name")), 14),
        TableColumn(say(N_("Signs in with")), 16),
        TableColumn(say(N_("One-time password")), 20),
        TableColumn(say(N_("Good until")), 18),
    ]
    advice = N_(
        "Each person signs in with it once and chooses another password. "
        "Destroy this list when every line is handed out."
    )
    head = (title, say(advice), address)
    return workbook([Table(title, columns, people, head=[text for text in head if text])])
