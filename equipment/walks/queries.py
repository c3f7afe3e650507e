"""Rounds and their rows through scope, what an office has to walk, and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.dues.applications import PENDING
from equipment.dues.filters import first_of
from equipment.dues.models import Application, Due
from equipment.dues.queries import overdue, unknown
from equipment.files.models import Attachment
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session
from equipment.walks.models import Walk, WalkRow
from equipment.walks.rules import TOWNSHIP, WALKED_CATEGORIES, WALKED_DUTIES
from equipment.walks.states import OPEN_ROWS, WalkOutcome, WalkRowState

PHOTO, PHOTO_OF = "photo", "walk_row"


def rounds(viewer: Viewer) -> Select[Walk]:
    return visible(viewer, Walk)


def open_rounds(viewer: Viewer) -> Select[Walk]:
    return rounds(viewer).where(Walk.closed_at.is_(None))


def round_of(viewer: Viewer, walk_id: UUID) -> Walk:
    """The round, if the viewer may see it; NotFound otherwise, so that nothing leaks."""
    walk = session.scalar(rounds(viewer).where(Walk.id == walk_id))
    if walk is None:
        raise NotFound
    return walk


def rows_of(walk: Walk) -> Select[WalkRow]:
    """In the order in which they are visited."""
    return visible(SYSTEM, WalkRow).where(WalkRow.walk_id == walk.id).order_by(WalkRow.row_no)


def row_of(walk: Walk, row_no: int) -> WalkRow:
    row = session.scalar(rows_of(walk).where(WalkRow.row_no == row_no))
    if row is None:
        raise NotFound
    return row


def rows_with(viewer: Viewer, ids: Collection[UUID]) -> Sequence[WalkRow]:
    """Those of these rows that the viewer may see, in the order of rounds and rows."""
    rows = visible(viewer, WalkRow).where(WalkRow.id.in_(ids))
    return session.scalars(rows.order_by(WalkRow.area, WalkRow.walk_id, WalkRow.row_no)).all()


def to_walk(on: date, *, with_unknown: bool) -> Select[Due, Equipment]:
    """What has to be looked at: pieces in use with an inspection overdue on that day, of categories that are
    counted in sets and that are in no open round; with them those of which no inspection is known."""
    in_open_round = exists().where(WalkRow.equipment_id == Due.equipment_id, WalkRow.state.in_(OPEN_ROWS))
    late = overdue(SYSTEM, on, kinds=WALKED_DUTIES).whereclause
    nowhere = unknown(SYSTEM, kinds=WALKED_DUTIES).whereclause
    assert late is not None
    assert nowhere is not None
    return (
        visible(SYSTEM, Due)
        .join(Equipment, Equipment.id == Due.equipment_id)
        .add_columns(Equipment)
        .where(
            or_(late, nowhere) if with_unknown else late,
            Due.category.in_(WALKED_CATEGORIES),
            Equipment.status == EquipmentStatus.IN_USE,
            ~in_open_round,
        )
    )


def of_office(column: SQLCoreOperations[str], area: str) -> ColumnElement[bool]:
    """Pieces of this office: of a township with all below it; of a county those without a township."""
    return within(column, area) if len(area) >= TOWNSHIP else and_(column == area)


def still_due(rows: Iterable[WalkRow], on: date) -> set[UUID]:
    """The pieces of these rows whose duty is still overdue, or still not known where it was not."""
    ids = [row.equipment_id for row in rows]
    late = overdue(SYSTEM, on, kinds=WALKED_DUTIES).where(Due.equipment_id.in_(ids))
    nowhere = unknown(SYSTEM, kinds=WALKED_DUTIES).where(Due.equipment_id.in_(ids))
    open_kinds = {(due.equipment_id, due.kind) for due in session.scalars(late)}
    not_clear = {(due.equipment_id, due.kind) for due in session.scalars(nowhere)}
    return {
        row.equipment_id
        for row in rows
        if (row.equipment_id, row.duty) in open_kinds
        or (row.due_on is None and (row.equipment_id, row.duty) in not_clear)
    }


def applied_for(ids: Collection[UUID]) -> set[UUID]:
    """Those of these pieces whose inspection is applied for."""
    pending = visible(SYSTEM, Application).where(
        Application.equipment_id.in_(ids), Application.state.in_(PENDING)
    )
    return set(session.scalars(pending.with_only_columns(Application.equipment_id)))


class RoundProgress(NamedTuple):
    """How many rows of a round stand how."""

    to_walk: int = 0
    walked: int = 0
    settled: int = 0
    closed: int = 0

    @property
    def total(self) -> int:
        return self.to_walk + self.walked + self.settled + self.closed

    @property
    def done(self) -> int:
        """Rows at which somebody was, or need not go any more."""
        return self.total - self.to_walk


def progress_of(walks: Collection[UUID]) -> dict[UUID, RoundProgress]:
    """By round, in one question."""
    counted = visible(SYSTEM, WalkRow).where(WalkRow.walk_id.in_(walks))
    grouped = counted.with_only_columns(WalkRow.walk_id, WalkRow.state, func.count()).group_by(
        WalkRow.walk_id, WalkRow.state
    )
    numbers: dict[UUID, dict[str, int]] = {walk_id: {} for walk_id in walks}
    for walk_id, state, number in session.execute(grouped):
        numbers[walk_id][str(state)] = number
    return {walk_id: RoundProgress(**states) for walk_id, states in numbers.items()}


def progress_by_area(viewer: Viewer) -> dict[str, tuple[int, int]]:
    """(at which somebody was or need not go any more, all) of the rows of open rounds, by area."""
    rows = listed(viewer, {"rounds": "open"})
    is_done = WalkRow.state != WalkRowState.TO_WALK
    grouped = rows.with_only_columns(WalkRow.area, func.count().filter(is_done), func.count())
    return {area: (done, total) for area, done, total in session.execute(grouped.group_by(WalkRow.area))}


def waiting_by_outcome(viewer: Viewer, area: str = "") -> dict[WalkOutcome, int]:
    """How many walked rows wait to be settled, by what was seen."""
    waiting = visible(viewer, WalkRow).where(WalkRow.state == WalkRowState.WALKED)
    if area:
        waiting = waiting.where(within(WalkRow.area, area))
    grouped = waiting.with_only_columns(WalkRow.outcome, func.count()).group_by(WalkRow.outcome)
    numbers = {outcome: number for outcome, number in session.execute(grouped) if outcome is not None}
    return {outcome: numbers.get(outcome, 0) for outcome in WalkOutcome}


SORTS = {
    "row": (WalkRow.area, WalkRow.walk_id, WalkRow.row_no),
    "due": (WalkRow.due_on, WalkRow.id),
    "walked": (WalkRow.happened_at, WalkRow.id),
}


def listed(viewer: Viewer, filters: Mapping[str, str]) -> Select[WalkRow]:
    """The rows behind the filters of a list; what makes no sense there asks for nothing."""
    rows = visible(viewer, WalkRow)
    if walk_id := id_in(filters.get("walk", "")):
        rows = rows.where(WalkRow.walk_id == walk_id)
    if unit_id := id_in(filters.get("unit", "")):
        rows = rows.where(WalkRow.use_unit_id == unit_id)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(WalkRow.area, filters["area"]))
    state, outcome = filters.get("state", ""), filters.get("outcome", "")
    if state in set(WalkRowState):
        rows = rows.where(WalkRow.state == state)
    elif state == "done":  # 已核查: whatever is no longer to walk
        rows = rows.where(WalkRow.state != WalkRowState.TO_WALK)
    if outcome in set(WalkOutcome):
        rows = rows.where(WalkRow.outcome == outcome)
    if month := first_of(filters.get("month", "")):
        rows = rows.where(WalkRow.walk_id.in_(select(Walk.id).where(Walk.month == month)))
    if filters.get("rounds") == "open":
        rows = rows.where(WalkRow.walk_id.in_(select(Walk.id).where(Walk.closed_at.is_(None))))
    return rows


def photo_counts(rows: Collection[UUID]) -> dict[UUID, int]:
    """How many photos each of these rows has."""
    photos = visible(SYSTEM, Attachment).where(
        Attachment.subject_kind == PHOTO_OF, Attachment.subject_id.in_(rows)
    )
    grouped = photos.with_only_columns(Attachment.subject_id, func.count()).group_by(Attachment.subject_id)
    return {row[0]: row[1] for row in session.execute(grouped)}


@dataclass(frozen=True, slots=True)
class WalkStop:
    """One use unit on the way: its name, and its rows in the order of the round."""

    unit: str
    address: str
    rows: tuple[WalkRow, ...]


def stops(rows: Sequence[WalkRow], pieces: Mapping[UUID, Equipment]) -> list[WalkStop]:
    """The rows of a round as an officer comes by them: unit after unit."""
    names = unit_names(rows)
    grouped: list[tuple[UUID | None, list[WalkRow]]] = []
    for row in rows:
        if not grouped or grouped[-1][0] != row.use_unit_id:
            grouped.append((row.use_unit_id, []))
        grouped[-1][1].append(row)
    return [
        WalkStop(names.get(unit_id, ""), pieces[members[0].equipment_id].address, tuple(members))
        for unit_id, members in grouped
    ]


def unit_names(rows: Iterable[WalkRow]) -> dict[UUID | None, str]:
    ids = {row.use_unit_id for row in rows if row.use_unit_id is not None}
    named = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids))
    columns = named.with_only_columns(Organisation.id, Organisation.name)
    return {row.id: row.name for row in session.execute(columns)}
