"""How the pieces behind a number leave as a table."""
from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import Select

from equipment.categories import category
from equipment.db import session
from equipment.hazards.queries import organisation_names
from equipment.people.queries import areas_below
from equipment.register.models import Equipment
from equipment.sheets import Column, Sheet
from equipment.words import N_

EXPORTED = 100_000
DEVICE_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Category"), 12), (N_("Label code"), 18), (N_("Serial number"), 20), (N_("Own number"), 14), (N_("Use unit or owner"), 30), (N_("Area"), 14),
    (N_("Address"), 34), (N_("Status"), 10), (N_("Inspection due"), 14),
)


def devices_sheet(found: Select[Any]) -> Sheet:
    """Every piece behind a number."""
    areas = {area.code: area.name for area in areas_below("")}
    pieces = list(session.scalars(found.order_by(Equipment.area, Equipment.id).limit(EXPORTED)))
    names = organisation_names({piece.use_unit_id or piece.owner_id for piece in pieces})
    rows = [[gettext(category(piece.category).label), piece.label_code or "", piece.serial, piece.own_number,
             names.get(piece.use_unit_id or piece.owner_id, ""), areas.get(piece.area, piece.area), f"{piece.address} {piece.position}".strip(),
             gettext(piece.status.label), piece.inspection_due_on] for piece in pieces]
    return Sheet(gettext("Pieces behind the rate"), [Column(gettext(name), width) for name, width in DEVICE_COLUMNS], rows)
