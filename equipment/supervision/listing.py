"""How checks leave as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.supervision.models import CheckFinding, SupervisionCheck
from equipment.supervision.queries import checks
from equipment.supervision.rules import Measure
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Record number"), 24),
    (N_("Day of the check"), 12),
    (N_("From – to"), 16),
    (N_("Kind of check"), 16),
    (N_("Unit"), 34),
    (N_("Inspectors"), 24),
    (N_("Problems"), 70),
    (N_("Measures taken"), 24),
    (N_("Signature of the unit"), 20),
)


def check_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of records with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    rows = in_parts(checks(viewer, filters), SupervisionCheck.on, SupervisionCheck.id)
    cells = (cell for part in rows for cell in _rows(part, say))
    return Table(
        say(N_("Supervision checks")), [TableColumn(say(name), width) for name, width in COLUMNS], cells
    )


def _rows(part: Sequence[SupervisionCheck], say: Say) -> list[list[object]]:
    wanted = visible(SYSTEM, CheckFinding).where(CheckFinding.check_id.in_([check.id for check in part]))
    problems: dict[object, list[str]] = {}
    for row in session.scalars(wanted.order_by(CheckFinding.check_id, CheckFinding.no)):
        problems.setdefault(row.check_id, []).append(f"{row.no}. {row.text}")
    return [
        [
            check.number,
            check.on,
            f"{clock.site_time(check.began_at):%H:%M}–{clock.site_time(check.ended_at):%H:%M}",
            say(check.kind.label),
            check.unit["name"],
            "、".join(person["name"] for person in check.inspectors),
            " ".join(problems.get(check.id, [])) or say(N_("Nothing wrong")),
            "、".join(say(Measure(key).label) for key in check.measures),
            say(check.unit_answer.label),
        ]
        for check in part
    ]
