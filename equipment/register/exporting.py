"""What a list shows as XLSX or CSV: the same filters, the same scope; an exported file imports
as "already on file"."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import func, select
from xlsxwriter.worksheet import Worksheet

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.register import lists
from equipment.register.column_rules import (
    KIND_OF,
    PARTY_COLUMNS,
    SEQUENCE,
    Holds,
    Say,
    Target,
    heading,
    targets,
)
from equipment.register.disclosure import hides_codes, masked
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import HIDDEN_KINDS, EquipmentStatus
from equipment.register.search import ALL_HITS
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec, Kind
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import CSV_TYPE, WORKBOOK_TYPE, disarmed
from equipment.tasks.workbooks import FONT, HEAD, new_path, on_sheets
from equipment.web.language import translate

CHUNK = 2_000
TITLE = N_("Equipment %(day)s")

Cell = str | int | float
Get = Callable[[Any, "_Names"], Cell]


@dataclass(frozen=True)
class _Names:
    """What ids of a chunk are called."""

    organisations: Mapping[UUID, str]
    areas: Mapping[str, str]
    numbers: Mapping[tuple[UUID, str], str]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its heading and how its cell is found."""

    heading: str
    cell: Get
    width: int = 14


def export(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.export`: input {"format": "xlsx" | "csv", "asked": the list's filters}."""
    by = asked_by(task)
    filters = {str(name): str(value) for name, value in task.stated.table("asked").items()}
    say: Say = partial(translate, locale=task.locale)
    chosen = lists.filtered(by, filters, hits=ALL_HITS)
    progress.done, progress.total = (
        0,
        session.scalar(
            select(func.count()).select_from(chosen.with_only_columns(Equipment.id).order_by(None).subquery())
        ),
    )
    write, suffix, media_type = (
        (write_csv, "csv", CSV_TYPE) if task.input["format"] == "csv" else (write_xlsx, "xlsx", WORKBOOK_TYPE)
    )
    path = write(by, filters, say, progress)
    name = translate(Message(TITLE, {"day": clock.today().isoformat()}), task.locale)
    return TaskOutcome(
        content=path, name=f"{name}.{suffix}", media_type=media_type, summary={"rows": progress.done}
    )


def categories_in(by: Viewer, filters: Mapping[str, str]) -> list[str]:
    """The categories of a list, in the project's own order."""
    present = set(
        session.scalars(
            lists.filtered(by, filters, hits=ALL_HITS)
            .with_only_columns(Equipment.category)
            .order_by(None)
            .distinct()
        )
    )
    return [kind.key for kind in lists.categories_of(by) if kind.key in present]


def columns(category_key: str, say: Say, by: Viewer) -> list[ExportColumn]:
    """Every column the import reads and the register keeps, in the template's headings, so that the file
    comes back as it went; behind them what the register has worked out."""
    shown = [target for target in targets(category_key).values() if target.joint is None]
    listed = [
        ExportColumn(
            heading(target, say),
            _disclosed(target, _getter(target, say), by),
            24 if target.holds is Holds.ORGANISATION or target.key == "address" else 14,
        )
        for target in shown
    ]
    return [
        *listed,
        ExportColumn(say(N_("Inspection due as planned")), lambda row, _names: _day(row.inspection_due_on)),
        ExportColumn(say(N_("End of design life")), lambda row, _names: _day(row.end_of_life_on)),
        ExportColumn(say(N_("Use stopped since")), lambda row, _names: _day(row.stop_use_since)),
    ]


def _disclosed(target: Target, cell: Get, by: Viewer) -> Get:
    """The cells of a column, or of a code that this viewer must not read no more than its end."""
    hidden = target.key == "label" or KIND_OF.get(target.key) in HIDDEN_KINDS
    if not (hidden and hides_codes(by)):
        return cell
    return lambda row, names: masked(str(code)) if (code := cell(row, names)) else ""


def _getter(target: Target, say: Say) -> Get:
    if target.key in PARTY_COLUMNS:
        column = PARTY_COLUMNS[target.key]
        return lambda row, names: names.organisations.get(getattr(row, column), "")
    if target.key in KIND_OF and target.spec is None:
        kind = KIND_OF[target.key]
        return lambda row, names: names.numbers.get((row.id, kind), "")
    if target.spec is not None:
        return _detail(target.spec, say)
    if target.holds is Holds.DAY:
        return lambda row, _names: _day(getattr(row, target.key))
    statuses = {status.value: say(status.label) for status in EquipmentStatus}
    special: dict[str, Get] = {
        "label": lambda row, _names: row.label_code or "",
        "area": lambda row, names: names.areas.get(row.area, row.area),
        "status": lambda row, _names: statuses[row.status],
    }
    return special.get(target.key) or (lambda row, _names: getattr(row, target.key))


def _detail(spec: FieldSpec, say: Say) -> Get:
    if spec.choices:
        labels = {choice.value: say(choice.label) for choice in spec.choices}
        return lambda row, _names: _choice(labels, row.details.get(spec.name), spec)
    if spec.kind is Kind.INTEGER:
        return lambda row, _names: (
            float(spec.shown(row.details[spec.name])) if spec.name in row.details else ""
        )
    if spec.kind is Kind.FLAG:
        flags = {True: say(N_("Yes")), False: say(N_("No"))}
        return lambda row, _names: flags.get(row.details.get(spec.name), "")
    return lambda row, _names: str(row.details.get(spec.name, ""))


def _choice(labels: Mapping[str, str], stored: str | None, spec: FieldSpec) -> str:
    """What a choice is called; a value beside the choices stands as it is."""
    return labels.get(stored or "", stored or "" if spec.others_like else "")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _rows(by: Viewer, filters: Mapping[str, str], progress: Progress) -> Iterator[tuple[Any, _Names]]:
    """The list piece by piece, each with what its ids are called."""
    query = (
        lists.filtered(by, filters, hits=ALL_HITS)
        .with_only_columns(*Equipment.__table__.columns)
        .order_by(Equipment.id)
        .limit(CHUNK)
    )
    organisations = {row.id: row.name for row in session.execute(select(Organisation.id, Organisation.name))}
    areas: dict[str, str] = {}
    rows = session.execute(query).all()
    while rows:
        areas |= lists.area_names({row.area for row in rows} - areas.keys())
        names = _Names(organisations, areas, _numbers([row.id for row in rows]))
        yield from ((row, names) for row in rows)
        progress.advance(len(rows))
        rows = session.execute(query.where(Equipment.id > rows[-1].id)).all()


def _numbers(ids: Sequence[UUID]) -> dict[tuple[UUID, str], str]:
    numbers = select(Identifier.equipment_id, Identifier.kind, Identifier.shown).where(
        Identifier.equipment_id.in_(ids), Identifier.voided_at.is_(None)
    )
    return {(equipment_id, kind): shown for equipment_id, kind, shown in session.execute(numbers)}


def write_xlsx(by: Viewer, filters: Mapping[str, str], say: Say, progress: Progress) -> Path:
    """A sheet per category, since each has columns of its own."""
    path = new_path("list")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        head, plain = book.add_format(HEAD), book.add_format(FONT)
        for key in categories_in(by, filters) or [lists.categories_of(by)[0].key]:
            shown = columns(key, say, by)
            for title, rows in on_sheets(
                say(category(key).label), _rows(by, {**filters, "category": key}, progress)
            ):
                page = book.add_worksheet(title)
                page.freeze_panes(1, 0)
                for place, column in enumerate(shown):
                    page.set_column(place, place, column.width, plain)
                    page.write_string(0, place, column.heading, head)
                number = 0
                for number, (row, names) in enumerate(rows, 1):
                    _write_row(page, number, [column.cell(row, names) for column in shown])
                page.autofilter(0, 0, max(1, number), len(shown) - 1)
    return path


def _write_row(page: Worksheet, number: int, cells: Sequence[Cell]) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            if cell:
                page.write_string(number, place, cell)
        else:
            page.write_number(number, place, cell)


def write_csv(by: Viewer, filters: Mapping[str, str], say: Say, progress: Progress) -> Path:
    """All categories in one table, UTF-8 with its mark so that Excel reads it; nothing in it
    can become a formula."""
    path = new_path("list", "csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        for key in categories_in(by, filters) or [lists.categories_of(by)[0].key]:
            shown = columns(key, say, by)
            out.writerow([say(SEQUENCE), *(column.heading for column in shown)])
            for number, (row, names) in enumerate(_rows(by, {**filters, "category": key}, progress), 1):
                out.writerow([number, *(disarmed(column.cell(row, names)) for column in shown)])
    return path
