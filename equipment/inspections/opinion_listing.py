"""检验意见通知书 in lists and exports: whose turn it is, by which day, what is late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.inspections.models import Opinion, OpinionItem
from equipment.inspections.states import RUNNING, ItemState, OpinionState
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.regulation.categories import category
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

LATE = "late"
SORTS: Sorts = {
    "feedback": (Opinion.feedback_on, Opinion.id),
    "issued": (Opinion.issued_on, Opinion.id),
    "number": (Opinion.number, Opinion.id),
}
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Number of the notice"), 20),
    (N_("Inspection body"), 28),
    (N_("Use unit"), 28),
    (N_("Piece"), 20),
    (N_("Category"), 12),
    (N_("Area"), 16),
    (N_("Issued on"), 12),
    (N_("Answer by"), 12),
    (N_("Status"), 16),
    (N_("Items"), 8),
    (N_("Items confirmed"), 12),
)


def opinions(viewer: Viewer, filters: Mapping[str, str]) -> Select[Opinion]:
    """With these filters of the address bar; without a status, all that run."""
    listed = visible(viewer, Opinion)
    state = filters.get("state", "")
    if state == LATE:
        listed = listed.where(Opinion.state == OpinionState.OPEN, Opinion.feedback_on < clock.today())
    elif state in set(OpinionState):
        listed = listed.where(Opinion.state == state)
    elif state != "all":
        listed = listed.where(Opinion.state.in_(RUNNING))
    if filters.get("category"):
        listed = listed.where(Opinion.category == filters["category"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Opinion.area, filters["area"]))
    if filters.get("q", "").strip():
        listed = listed.where(Opinion.number.contains(filters["q"].strip(), autoescape=True))
    return listed


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """One notice as its list shows it."""

    record: Opinion
    equipment: Equipment | None
    body: str
    unit: str
    items: int
    confirmed: int

    @property
    def id(self) -> UUID:
        return self.record.id


def opinion_rows(viewer: Viewer, records: Sequence[Opinion]) -> list[OpinionRow]:
    equipment = {piece.id: piece for piece in pieces(viewer, {row.equipment_id for row in records})}
    names = names_of({party for row in records for party in (row.organisation_id, row.unit_id)})
    counted = (
        visible(SYSTEM, OpinionItem)
        .where(
            OpinionItem.equipment_id.in_([row.equipment_id for row in records]),
            OpinionItem.opinion_id.in_([row.id for row in records]),
        )
        .with_only_columns(OpinionItem.opinion_id, OpinionItem.state, func.count().label("number"))
        .group_by(OpinionItem.opinion_id, OpinionItem.state)
    )
    items: dict[UUID, int] = {}
    confirmed: dict[UUID, int] = {}
    for row in session.execute(counted):
        items[row.opinion_id] = items.get(row.opinion_id, 0) + row.number
        if row.state == ItemState.CONFIRMED:
            confirmed[row.opinion_id] = row.number
    return [
        OpinionRow(
            row,
            equipment.get(row.equipment_id),
            names.get(row.organisation_id, ""),
            names.get(row.unit_id, ""),
            items.get(row.id, 0),
            confirmed.get(row.id, 0),
        )
        for row in records
    ]


def opinion_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The notices behind the filters of a list."""
    parts = in_parts(opinions(viewer, filters), Opinion.feedback_on, Opinion.id)
    areas = {area.code: area.name for area in areas_below("")}
    cells = (_cells(row, areas, say) for part in parts for row in opinion_rows(viewer, part))
    title = say(N_("Notices of inspection opinions"))
    return Table(title, [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _cells(row: OpinionRow, areas: Mapping[str, str], say: Say) -> list[object]:
    record = row.record
    return [
        record.number,
        row.body,
        row.unit,
        called(row.equipment) if row.equipment else "",
        say(category(record.category).label),
        areas.get(record.area, record.area),
        record.issued_on,
        record.feedback_on,
        say(OpinionState(record.state).label),
        row.items,
        row.confirmed,
    ]
