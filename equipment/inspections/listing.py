"""How results read in their list and in exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.inspections.models import Inspection
from equipment.inspections.qualified import unapproved
from equipment.inspections.queries import inspections
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.people.models import User
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Label"), 20),
    (N_("Serial number"), 18),
    (N_("Piece"), 18),
    (N_("Category"), 12),
    (N_("Area"), 16),
    (N_("What"), 18),
    (N_("Inspected on"), 12),
    (N_("Conclusion"), 12),
    (N_("Inspection report number"), 18),
    (N_("Next"), 12),
    (N_("Recorded by"), 12),
    (N_("Organisation"), 28),
    (N_("Correction"), 10),
    (N_("Remark"), 30),
    (N_("Approval for self-testing"), 16),
)


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One result as its list shows it."""

    record: Inspection
    equipment: Equipment | None
    body: str
    inspector: str
    unapproved: bool = False

    @property
    def id(self) -> UUID:
        return self.record.id


def inspection_rows(viewer: Viewer, records: Sequence[Inspection]) -> list[InspectionRow]:
    """Each result with its piece, its organisation and person, and whether an approval for self-testing is
    missing."""
    equipment = {piece.id: piece for piece in pieces(viewer, {row.equipment_id for row in records})}
    bodies, people = (
        names_of({row.organisation_id for row in records}),
        people_named({row.inspector_id for row in records}),
    )
    missing = unapproved(records)
    return [
        InspectionRow(
            row,
            equipment.get(row.equipment_id),
            bodies.get(row.organisation_id, ""),
            people.get(row.inspector_id, ""),
            row.id in missing,
        )
        for row in records
    ]


def people_named(ids: set[UUID | None]) -> dict[UUID | None, str]:
    people = select(User.id, User.name).where(
        User.id.in_([user_id for user_id in ids if user_id is not None])
    )
    return {row.id: row.name for row in session.execute(people)}


def inspection_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    parts = in_parts(inspections(viewer, filters), Inspection.on.desc(), Inspection.id.desc())
    areas = {area.code: area.name for area in areas_below("")}
    cells = (_cells(row, areas, say) for part in parts for row in inspection_rows(viewer, part))
    return Table(
        say(N_("Inspection results")), [TableColumn(say(name), width) for name, width in COLUMNS], cells
    )


def _cells(row: InspectionRow, areas: Mapping[str, str], say: Say) -> list[object]:
    inspection, piece = row.record, row.equipment
    names = [piece.label_code or "", piece.serial, piece.own_number or piece.name] if piece else ["", "", ""]
    return [
        *names,
        say(category(inspection.category).label),
        areas.get(inspection.area, inspection.area),
        say(InspectionKind(inspection.kind).label),
        inspection.on,
        say(Conclusion(inspection.conclusion).label),
        inspection.report_no,
        inspection.next_due_on,
        row.inspector,
        row.body,
        say(N_("Yes")) if inspection.supersedes_id else "",
        inspection.remark,
        say(N_("None on file")) if row.unapproved else "",
    ]
