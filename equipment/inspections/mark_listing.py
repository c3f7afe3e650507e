"""使用标志 in lists and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.inspections.marks import marks
from equipment.inspections.models import UseMark
from equipment.inspections.states import MarkState
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.regulation.categories import category
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Number"), 18),
    (N_("Piece"), 22),
    (N_("Category"), 14),
    (N_("Use certificate"), 26),
    (N_("Use unit"), 30),
    (N_("Next inspection"), 14),
    (N_("Mark printed at"), 18),
    (N_("Status"), 12),
    (N_("Reason"), 30),
)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark as its list shows it."""

    record: UseMark
    equipment: Equipment | None
    unit: str

    @property
    def id(self) -> UUID:
        return self.record.id


def mark_rows(viewer: Viewer, records: Sequence[UseMark]) -> list[MarkRow]:
    equipment = {piece.id: piece for piece in pieces(viewer, {row.equipment_id for row in records})}
    units = {key: piece.use_unit_id or piece.owner_id for key, piece in equipment.items()}
    names = names_of(units.values())
    return [
        MarkRow(row, equipment.get(row.equipment_id), names.get(units.get(row.equipment_id), ""))
        for row in records
    ]


def mark_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The marks behind the filters of a list."""
    parts = in_parts(marks(viewer, filters), UseMark.made_at.desc(), UseMark.id.desc())
    cells = (_cells(row, say) for part in parts for row in mark_rows(viewer, part))
    return Table(say(N_("Use marks")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _cells(row: MarkRow, say: Say) -> list[object]:
    record = row.record
    return [
        record.number,
        called(row.equipment) if row.equipment else "",
        say(category(record.category).label),
        record.certificate_no,
        row.unit,
        f"{record.next_on:%Y-%m}",
        f"{clock.site_time(record.made_at):%Y-%m-%d %H:%M}",
        say(MarkState(record.state).label),
        record.reason,
    ]
