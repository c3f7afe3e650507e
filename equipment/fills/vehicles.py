"""A vehicle at the dispenser: all cylinders that the register has under its plate, with the code of each.

The car owns its cylinders, not the station (R03 leaves vehicles out): whoever fills finds any of them, as by
a scan of its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import parse
from equipment.register.groups import grouped
from equipment.register.models import Equipment, Identifier
from equipment.register.queries import resolve_own
from equipment.register.rules import FOREIGN_CODES, EquipmentStatus, IdentifierKind
from equipment.regulation.vehicle_marks import is_plate, plain_mark
from equipment.storage.db import session

PLATE = "vehicle_plate"
# By what a cylinder without a label of ours is scanned: numbers that no other carries.
SCANNED_BY = (
    *FOREIGN_CODES,
    IdentifierKind.EQUIPMENT_CODE,
    IdentifierKind.CYLINDER_CODE,
    IdentifierKind.REGISTRATION_CODE,
)
GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


class VehicleCylinder(NamedTuple):
    """A cylinder of a vehicle; `code` is empty where nothing that can be scanned is on it, `is_gone` where it
    is scrapped or deregistered and still stands under the plate."""

    id: UUID
    name: str
    code: str
    is_gone: bool


class Vehicle(NamedTuple):
    """What the register knows of a vehicle by its plate; without cylinders it knows none."""

    plate: str
    vin: str
    cylinders: Sequence[VehicleCylinder]


def vehicle_named(text: str, *, by: Viewer) -> Vehicle:
    """The vehicle of a plate as it is typed, or of a tag or label on one of its cylinders. A cylinder that
    stands under no plate is a vehicle by itself."""
    mark = plain_mark(text)
    if is_plate(mark):
        return _vehicle(mark, grouped(SYSTEM, PLATE, mark))
    resolved = resolve_own(by, parse(text))
    if resolved.equipment_id is None:
        return Vehicle("", "", ())
    piece = session.get_one(Equipment, resolved.equipment_id)
    plate = str(piece.details.get(PLATE) or "")
    return _vehicle(plate, grouped(SYSTEM, PLATE, plate) if plate else [piece])


def _vehicle(plate: str, pieces: Sequence[Equipment]) -> Vehicle:
    numbers = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id.in_([piece.id for piece in pieces]),
        Identifier.kind.in_(SCANNED_BY),
        Identifier.voided_at.is_(None),
    )
    others = {number.equipment_id: number.shown for number in session.scalars(numbers)}
    return Vehicle(
        plate,
        next((str(piece.details["vehicle_vin"]) for piece in pieces if piece.details.get("vehicle_vin")), ""),
        [
            VehicleCylinder(
                piece.id,
                piece.own_number or piece.serial,
                piece.label_code or others.get(piece.id, ""),
                piece.status in GONE,
            )
            for piece in pieces
        ],
    )
