"""How joint applications read in exports: a row for every piece."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.words import N_
from equipment.dues.joint import joint_applications
from equipment.dues.models import Application, JointApplication
from equipment.dues.visiting import planned
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.naming import called
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Number"), 16),
    (N_("Use unit"), 30),
    (N_("Inspection body"), 30),
    (N_("Piece"), 20),
    (N_("Category"), 12),
    (N_("Where it is"), 36),
    (N_("Last day"), 12),
    (N_("Status"), 12),
    (N_("Day of the inspection"), 14),
    (N_("Inspector"), 12),
    (N_("Remark"), 30),
)


def joint_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The joint applications behind the filters of a list, piece by piece."""
    listed = joint_applications(viewer, filters.get("state", ""))
    parts = in_parts(listed, JointApplication.made_at.desc(), JointApplication.id.desc())
    cells = (row for part in parts for joint in part for row in _rows(joint, say))
    return Table(
        say(N_("Joint applications")), [TableColumn(say(name), width) for name, width in COLUMNS], cells
    )


def _rows(joint: JointApplication, say: Say) -> list[list[object]]:
    rows = session.scalars(visible(SYSTEM, Application).where(Application.joint_id == joint.id)).all()
    return [
        [
            joint.number,
            row.unit,
            row.body,
            called(row.equipment) if row.equipment else "",
            say(category(row.record.category).label),
            f"{row.equipment.address} {row.equipment.position}".strip() if row.equipment else "",
            row.due_on,
            say(row.record.state.label),
            row.record.planned_on,
            row.inspector,
            row.record.moved_for or row.record.note,
        ]
        for row in planned(viewer=SYSTEM, rows=rows)
    ]
