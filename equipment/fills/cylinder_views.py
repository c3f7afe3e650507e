"""GET /cylinders: the bottles of an organisation's register for its own system, which reads on what changed
since."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flask import Response
from pydantic import Field

from equipment.core.fields import Fields
from equipment.fills.api import json_response
from equipment.fills.station import CYLINDER
from equipment.people.rules import DeviceKind, Thing
from equipment.people.scope import visible
from equipment.register.models import Departure, Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.cylinder_life import last_fill_day
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, cursor_at, may_list, page
from equipment.web.openapi import Answered

routes = api.blueprint("cylinders_api", __name__)
READING = (DeviceKind.FLOOR, DeviceKind.CONTROLLER, DeviceKind.PHONE, DeviceKind.UPLOAD)
ENDED = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED, EquipmentStatus.MOVED_OUT)
NUMBERS = ("volume_ml", "working_pressure_kpa", "tare_g", "max_charge_g")


class Removal(StrEnum):
    """Why a bottle is to be taken off the reader's list: its life is over (`ended`: its last state stands
    beside it), or it is another's (`left`: nothing else is said of it). One that comes back is listed as any
    other."""

    ENDED = "ended"
    LEFT = "left"


class CylinderRecord(Answered):
    """A bottle as the register has it. `fill_until` is the last day of inspection and life; whether it may be
    filled now is for a scan to say."""

    cylinder_id: str
    removed: Removal | None
    changed_at: str
    label_code: str | None = None
    own_number: str = ""
    serial: str = ""
    status: EquipmentStatus | None = None
    verified: bool = False
    gas: str = Field("", description="The code of its medium; empty where that is not known.")
    variety: str = ""
    volume_ml: int | None = None
    working_pressure_kpa: int | None = None
    tare_g: int | None = None
    max_charge_g: int | None = None
    made_on: str | None = None
    inspection_due_on: str | None = None
    end_of_life_on: str | None = None
    fill_until: str | None = None
    stop_use_since: str | None = None
    treat_code: str = Field("", description="The reason that blocks it until it is treated.")
    owner_id: str | None = None
    use_unit_id: str | None = None


class CylindersResponse(Answered):
    """Bottles in the order in which they last changed, and those that went."""

    cylinders: list[CylinderRecord]
    next: str
    more: bool


@routes.get("/cylinders")
@api.token(*READING)
@api.described(query=ListQuery, answer=CylindersResponse)
def list_cylinders() -> Response:
    """The bottles that this organisation may see, as they stand now, in the order in which they last changed:
    labels, days of inspection and life, locks, data. One whose life ended, or that was handed over to
    somebody else, comes once more with `removed`. Fills do not change a bottle here: they are GET /fills."""
    who, query = viewer(), api.query(ListQuery)
    may_list(who, Thing.EQUIPMENT)
    own = visible(who, Equipment).where(Equipment.category == CYLINDER)
    gone = visible(who, Departure).where(Departure.category == CYLINDER)
    pieces = page(own, Equipment.updated_at, Equipment.id, query)
    departures = page(gone, Departure.at, Departure.id, query)
    both: list[tuple[datetime, UUID, dict[str, object]]] = [
        *((piece.updated_at, piece.id, _record(piece)) for piece in pieces.rows),
        *((one.at, one.id, _departure(one)) for one in departures.rows),
    ]
    both.sort(key=lambda row: row[:2])
    here = both[: query.limit]
    return json_response(
        {
            "cylinders": [record for _at, _key, record in here],
            "next": cursor_at(*here[-1][:2]) if here else pieces.next,
            "more": pieces.more or departures.more or len(both) > len(here),
        }
    )


def _departure(departure: Departure) -> dict[str, object]:
    return {
        "cylinder_id": str(departure.equipment_id),
        "removed": Removal.LEFT,
        "changed_at": departure.at.isoformat(),
    }


def _record(piece: Equipment) -> dict[str, object]:
    details = Fields(piece.details)
    return {
        "cylinder_id": str(piece.id),
        "removed": Removal.ENDED if piece.status in ENDED else None,
        "changed_at": piece.updated_at.isoformat(),
        "label_code": piece.label_code,
        "own_number": piece.own_number,
        "serial": piece.serial,
        "status": piece.status,
        "verified": piece.verified,
        "gas": piece.medium,
        "variety": details.text("variety"),
        **{name: details.integer(name) if name in piece.details else None for name in NUMBERS},
        "made_on": _iso(piece.made_on),
        "inspection_due_on": _iso(piece.inspection_due_on),
        "end_of_life_on": _iso(piece.end_of_life_on),
        "fill_until": _iso(last_fill_day(piece.inspection_due_on, piece.end_of_life_on)),
        "stop_use_since": _iso(piece.stop_use_since),
        "treat_code": piece.treat_code,
        "owner_id": str(piece.owner_id) if piece.owner_id else None,
        "use_unit_id": str(piece.use_unit_id) if piece.use_unit_id else None,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
