"""How the pieces behind a number leave as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.hazards.queries import organisation_names
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.reports import queries
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

STOPPED = N_("Use stopped")
DEVICE_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Category"), 12),
    (N_("Label code"), 18),
    (N_("Serial number"), 20),
    (N_("Own number"), 14),
    (N_("Use unit or owner"), 30),
    (N_("Area"), 14),
    (N_("Address"), 34),
    (N_("Status"), 10),
    (N_("Inspection due"), 14),
)


def devices_table(viewer: Viewer, options: Mapping[str, object], say: Say) -> Table:
    """Every piece behind a number; `given` is the definition's key, the part and the
    arguments of the page."""
    if not may(viewer, Action.SEE, Thing.RATE):
        raise NotFound
    wanted = Fields(options)
    arguments = {name: str(value) for name, value in wanted.table("args").items()}
    pieces = queries.devices(
        viewer, wanted.text("key"), wanted.text("part"), queries.query_of(viewer, arguments, clock.today())
    )
    return Table(
        say(N_("Pieces behind the rate")),
        [TableColumn(say(name), width) for name, width in DEVICE_COLUMNS],
        _rows(pieces, say),
    )


def _rows(pieces: Select[Equipment], say: Say) -> Iterator[list[object]]:
    areas = {area.code: area.name for area in areas_below("")}
    for part in in_parts(pieces, Equipment.area, Equipment.id):
        names = organisation_names({piece.use_unit_id or piece.owner_id for piece in part})
        yield from (
            [
                say(category(piece.category).label),
                piece.label_code or "",
                piece.serial,
                piece.own_number,
                names.get(piece.use_unit_id or piece.owner_id, ""),
                areas.get(piece.area, piece.area),
                f"{piece.address} {piece.position}".strip(),
                say(piece.status.label) + (f"、{say(STOPPED)}" if piece.stop_use_since else ""),
                piece.inspection_due_on,
            ]
            for piece in part
        )
