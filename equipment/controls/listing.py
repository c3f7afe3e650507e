"""How days of controls read in a file: what became of each, and its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipment.controls.models import ControlDay, DailyControl
from equipment.controls.queries import control_days
from equipment.controls.rules import shown_state
from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Day of the control"), 12),
    (N_("County"), 16),
    (N_("Unit"), 34),
    (N_("Category"), 16),
    (N_("Pieces in use"), 10),
    (N_("To be done by"), 18),
    (N_("How the day went"), 20),
    (N_("Done at"), 18),
    (N_("Safety officer (daily control)"), 16),
    (N_("Result of the control"), 18),
    (N_("Version of the risk list"), 12),
)
TIME = "%Y-%m-%d %H:%M"


def day_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of days with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    areas = {area.code: area.name for area in areas_below("")}
    parts = in_parts(control_days(viewer, filters), ControlDay.on.desc(), ControlDay.id)
    cells = (cell for part in parts for cell in _rows(part, areas, say))
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Days of daily controls")), columns, cells)


def _rows(part: Sequence[ControlDay], areas: Mapping[str, str], say: Say) -> list[list[object]]:
    names, now = names_of([row.organisation_id for row in part]), clock.now()
    ids = [row.control_id for row in part if row.control_id]
    wanted = visible(SYSTEM, DailyControl).where(DailyControl.id.in_(ids))
    controls = {control.id: control for control in session.scalars(wanted)} if ids else {}
    cells: list[list[object]] = []
    for row in part:
        control = controls.get(row.control_id) if row.control_id else None
        done: list[object] = ["", "", "", ""]
        if control is not None:
            found = N_("Nothing found") if control.nothing_found else N_("Problems found")
            version = control.list_version or ""
            done = [f"{clock.site_time(control.counted_at):{TIME}}", control.officer, say(found), version]
        cells.append(
            [
                row.on,
                areas.get(row.area[:6], row.area),
                names.get(row.organisation_id, ""),
                say(category(row.category).label),
                row.pieces,
                f"{clock.site_time(row.due_at):{TIME}}",
                say(shown_state(row.state, row.due_at, now).label),
                *done,
            ]
        )
    return cells
