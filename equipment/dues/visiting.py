"""Inspections that are arranged, with where they are: what an inspector's day is ordered and printed by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.geo import GeoPoint
from equipment.dues.filters import names_of
from equipment.dues.models import Application, Due
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import points_of
from equipment.register.lists import area_names
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One application as its list, its plan and its papers show it, with its place."""

    record: Application
    equipment: Equipment | None
    unit: str
    body: str
    due_on: date | None
    inspector: str
    district: str
    site: str
    point: GeoPoint | None

    @property
    def id(self) -> UUID:
        return self.record.id

    @property
    def at(self) -> str:
        """The point as a page's script reads it."""
        return f"{self.point.latitude:.6f},{self.point.longitude:.6f}" if self.point else ""


def planned(viewer: Viewer, rows: Sequence[Application]) -> list[PlannedVisit]:
    """These applications with their pieces, people and places, in a few queries."""
    ids = [row.equipment_id for row in rows]
    equipment = {piece.id: piece for piece in pieces(viewer, ids)}
    dues = visible(SYSTEM, Due).where(Due.equipment_id.in_(ids), Due.id.in_([row.due_id for row in rows]))
    days = {row.id: row.due_on for row in session.execute(dues.with_only_columns(Due.id, Due.due_on))}
    names = names_of({party for row in rows for party in (row.organisation_id, row.body_id)})
    people = people_called({row.inspector_id for row in rows})
    districts, points = area_names(row.area for row in rows), points_of(ids)

    def visit(row: Application) -> PlannedVisit:
        piece, unit = equipment.get(row.equipment_id), names.get(row.organisation_id, "")
        return PlannedVisit(
            row,
            piece,
            unit,
            names.get(row.body_id, ""),
            days.get(row.due_id),
            people.get(row.inspector_id, ""),
            districts.get(row.area, row.area),
            " · ".join(filter(None, (unit, piece.address if piece else ""))),
            points.get(row.equipment_id),
        )

    shown = [visit(row) for row in rows]
    return sorted(
        shown,
        key=lambda row: (
            row.district,
            row.site,
            row.equipment.position if row.equipment else "",
            row.equipment.own_number or row.equipment.serial if row.equipment else "",
        ),
    )


def people_called(ids: set[UUID | None]) -> dict[UUID | None, str]:
    wanted = [user_id for user_id in ids if user_id is not None]
    if not wanted:
        return {}
    people = visible(SYSTEM, User).where(User.id.in_(wanted)).with_only_columns(User.id, User.name)
    return {row.id: row.name for row in session.execute(people)}
