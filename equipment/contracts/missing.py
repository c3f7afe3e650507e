"""The lifts in use without a contract in force: nobody's at all, with a firm on file but no contract, or
with one
that has ended. The bureau's list and its export read the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func

from equipment.contracts.models import ContractLift
from equipment.contracts.queries import MAINTAINED
from equipment.contracts.rules import gap_of
from equipment.contracts.states import ContractGap
from equipment.core import clock
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.lists import area_names, names_of
from equipment.register.models import Equipment
from equipment.register.naming import called, numbers_of
from equipment.register.rules import EquipmentStatus
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

SORTS: Sorts = {
    "area": (Equipment.area, Equipment.address, Equipment.id),
    "unit": (Equipment.use_unit_id, Equipment.address, Equipment.id),
    "firm": (Equipment.maintenance_firm_id, Equipment.id),
}
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Lift"), 30),
    (N_("Number"), 24),
    (N_("Address"), 36),
    (N_("Area"), 20),
    (N_("Use unit"), 30),
    (N_("Why"), 22),
    (N_("Firm on file"), 30),
    (N_("Last contract until"), 14),
)


def _covers(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ContractLift.equipment_id == Equipment.id, ContractLift.counts, *conditions)


def uncovered(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Equipment]:
    """The viewer's lifts in use that no contract counts for on a day; by `gap`, `area`, `unit`, `firm`."""
    lifts = visible(viewer, Equipment).where(
        Equipment.category.in_(MAINTAINED),
        Equipment.status == EquipmentStatus.IN_USE,
        ~_covers(ContractLift.from_on <= on, ContractLift.until_on >= on),
    )
    if filters.get("gap") in set(ContractGap):
        lifts = lifts.where(_gap(on) == str(filters["gap"]))
    if filters.get("area", "").isdecimal():
        lifts = lifts.where(within(Equipment.area, filters["area"]))
    if filters.get("unit"):
        lifts = lifts.where(Equipment.use_unit_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("firm"):
        lifts = lifts.where(Equipment.maintenance_firm_id == (id_in(filters["firm"]) or NOBODY))
    return lifts


def _gap(on: date) -> ColumnElement[str]:
    """`rules.gap_of`, as the database says it."""
    return case(
        (_covers(ContractLift.until_on < on), str(ContractGap.ENDED)),
        (Equipment.maintenance_firm_id.is_not(None), str(ContractGap.NO_CONTRACT)),
        else_=str(ContractGap.NO_FIRM),
    )


def gap_counts(viewer: Viewer, on: date) -> dict[ContractGap, int]:
    """How many lifts have none, by why."""
    gap = _gap(on)
    counted = uncovered(viewer, {}, on).with_only_columns(gap, func.count(), maintain_column_froms=True)
    numbers = {row[0]: row[1] for row in session.execute(counted.group_by(gap))}
    return {member: numbers.get(str(member), 0) for member in ContractGap}


@dataclass(frozen=True, slots=True)
class UncoveredLift:
    """One lift without a contract in force, with the names of its parties and why."""

    piece: Equipment
    gap: ContractGap
    unit: str
    firm: str
    last_until: date | None
    area: str

    @property
    def id(self) -> UUID:
        return self.piece.id


def uncovered_rows(lifts: Sequence[Equipment], on: date) -> list[UncoveredLift]:
    """Rows of the list, in three queries."""
    over = (
        visible(SYSTEM, ContractLift)
        .where(
            and_(
                ContractLift.equipment_id.in_([piece.id for piece in lifts]),
                ContractLift.counts,
                ContractLift.until_on < on,
            )
        )
        .with_only_columns(ContractLift.equipment_id, func.max(ContractLift.until_on))
        .group_by(ContractLift.equipment_id)
    )
    last = {row[0]: row[1] for row in session.execute(over)}
    parties = {
        key for piece in lifts for key in (piece.use_unit_id, piece.owner_id, piece.maintenance_firm_id)
    }
    names, areas = names_of(key for key in parties if key), area_names(piece.area for piece in lifts)
    return [
        UncoveredLift(
            piece,
            gap_of(piece.maintenance_firm_id, last.get(piece.id), on),
            names.get(piece.use_unit_id or piece.owner_id or NOBODY, ""),
            names.get(piece.maintenance_firm_id or NOBODY, ""),
            last.get(piece.id),
            areas.get(piece.area, piece.area),
        )
        for piece in lifts
    ]


def missing_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The lifts behind the filters of the list."""
    on = clock.today()
    parts = in_parts(uncovered(viewer, filters, on), Equipment.area, Equipment.address, Equipment.id)
    cells = (cell for part in parts for cell in _cells(part, on, say))
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Lifts without a contract in force")), columns, cells)


def _cells(part: Sequence[Equipment], on: date, say: Say) -> list[list[object]]:
    numbers = numbers_of(piece.id for piece in part)
    return [
        [
            say(called(row.piece)),
            numbers.get(row.id, ""),
            f"{row.piece.address} {row.piece.position}".strip(),
            row.area,
            row.unit,
            say(row.gap.label),
            row.firm,
            row.last_until,
        ]
        for row in uncovered_rows(part, on)
    ]
