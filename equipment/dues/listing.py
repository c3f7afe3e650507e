"""The list of duties as a table on its way out: every page of it, in the list's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import SORTS, DueRow, Filters, due_rows, wanted
from equipment.dues.kinds import due_kind
from equipment.dues.models import Due
from equipment.people.models import Area
from equipment.people.rules import Viewer
from equipment.register.disclosure import hides_codes, masked
from equipment.regulation.categories import category
from equipment.regulation.planning import Origin
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS = (
    (N_("Label"), 18, "text"),
    (N_("Serial number"), 16, "text"),
    (N_("Name"), 18, "text"),
    (N_("Category"), 10, "text"),
    (N_("Area"), 14, "text"),
    (N_("Where it is"), 36, "text"),
    (N_("Use unit or owner"), 28, "text"),
    (N_("Inspection body"), 24, "text"),
    (N_("Maintenance firm"), 24, "text"),
    (N_("Due"), 14, "text"),
    (N_("Due on"), 12, "day"),
    (N_("Status"), 12, "text"),
    (N_("Application"), 12, "text"),
    (N_("Planned on"), 12, "day"),
    (N_("Explanation"), 44, "text"),
    (N_("Basis"), 36, "text"),
)


def due_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """What the `filters` find, all of it, in the order of `sort`."""
    areas = {area.code: area.name for area in session.scalars(select(Area))}
    filters = {name: str(value) for name, value in Fields(query).table("filters").items()}
    rows = (
        _cells(row, say, areas, viewer)
        for row in every_row(viewer, Filters.of(filters), Fields(query).text("sort"))
    )
    return Table(
        say(N_("What is due")), [TableColumn(say(name), width, kind) for name, width, kind in COLUMNS], rows
    )


def every_row(viewer: Viewer, filters: Filters, sort: str) -> Iterator[DueRow]:
    """All duties of a list in its order, read in chunks."""
    columns = SORTS.get(sort.removeprefix("-"), SORTS["due_on"])
    for part in in_parts(
        wanted(viewer, filters, clock.today()),
        *(column.desc() if sort.startswith("-") else column.asc() for column in columns),
    ):
        yield from due_rows(part)


def _state(due: Due) -> str:
    if due.origin in (Origin.FAILED, Origin.UNKNOWN):
        return due.origin.label
    return N_("Overdue") if due.due_on < clock.today() else ""


def _cells(row: DueRow, say: Say, areas: dict[str, str], viewer: Viewer) -> tuple[object, ...]:
    piece, due, application, why = row.equipment, row.due, row.application, Fields(row.due.explanation)
    return (
        masked(piece.label_code or "") if hides_codes(viewer) else piece.label_code or "",
        piece.serial,
        piece.name,
        say(category(piece.category).label),
        areas.get(due.area, due.area),
        f"{piece.address} {piece.position}".strip(),
        row.unit,
        row.body,
        row.firm,
        say(due_kind(due.kind).label),
        due.due_on,
        say(_state(due)),
        say(application.state.label) if application else say(N_("Not applied for")),
        application.planned_on if application else None,
        say(why.text("msgid")) % why.table("params"),
        f"{due.citation.get('document', '')} {due.citation.get('clause', '')}".strip(),
    )
