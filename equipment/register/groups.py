"""Pieces that belong together: the cylinders of one vehicle, or those of one bundle (集格) and the bundle
itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Facet
from equipment.regulation.categories import category
from equipment.storage.db import session

FACETS = Facet.__table__.c
MOST = 200  # pieces of one vehicle or bundle


class Group(NamedTuple):
    """The vehicle or bundle a piece belongs to with its pieces, this one among them. `field` is the detail
    that names it; `expected` how many pieces it should have, None where nobody has noted it."""

    field: str
    name: str
    pieces: Sequence[Equipment]
    expected: int | None

    @property
    def missing(self) -> int:
        return max(0, (self.expected or 0) - len(self.pieces))


def group_of(viewer: Viewer, equipment: Equipment) -> Group | None:
    """What the viewer sees of the vehicle or bundle of a piece; None where it belongs to none. Two owners may
    have bundles of the same number: only the owner's own belong together."""
    kind = category(equipment.category).details_type
    for field in kind.groups:
        if name := str(equipment.details.get(field) or ""):
            pieces = grouped(viewer, field, name)
            if field in kind.groups_of_owner:
                pieces = [piece for piece in pieces if piece.owner_id == equipment.owner_id]
            counts = [
                count for piece in pieces if isinstance(count := piece.details.get(kind.group_count), int)
            ]
            return Group(field, name, pieces, max(counts) + 1 if counts else None)
    return None


def grouped(viewer: Viewer, field: str, name: str) -> Sequence[Equipment]:
    """The pieces whose details have this value there, such as the plate of one vehicle."""
    carrying = select(FACETS.equipment_id).where(FACETS.field == field, FACETS.value == name)
    pieces = visible(viewer, Equipment).where(Equipment.id.in_(carrying))
    return session.scalars(pieces.order_by(Equipment.serial, Equipment.id).limit(MOST)).all()
