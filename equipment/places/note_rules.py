"""Whether a bottle leaves the station on a delivery note, and what of a driver's word is not as the records
say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.fills.states import FillState
from equipment.places.states import Discrepancy, NoteRowKind, PlaceState
from equipment.register.rules import EquipmentStatus


@dataclass(frozen=True, slots=True)
class Leaving:
    """What decides: whose it is, its status, its last fill in force, whether its check after filling was
    passed (None: not on record), where it is by the records and with this station, the note it is on."""

    is_own: bool
    status: EquipmentStatus
    fill: FillState | None
    post_check: bool | None
    place: PlaceState | None
    is_here: bool
    note: str = ""


def leaving_problem(bottle: Leaving) -> Message | str | None:
    """Why this bottle does not go out, whatever anybody says; None when nothing stands against it."""
    if not bottle.is_own:
        return N_("It is another station's bottle.")
    if bottle.status is not EquipmentStatus.IN_USE:
        return Message(N_("It is %(status)s on file."), {"status": bottle.status.label})
    if bottle.note:
        return Message(N_("It is on delivery note %(number)s already."), {"number": bottle.note})
    if bottle.fill is None:
        return N_("No fill of it is on record.")
    if bottle.fill is not FillState.FILLED:
        return Message(N_("Its last fill: %(state)s."), {"state": bottle.fill.label})
    if bottle.post_check is None:
        return N_("Its check after filling is not on record.")
    if not bottle.post_check:
        return N_("It did not pass the check after filling.")
    if bottle.is_here and bottle.place is PlaceState.EMPTY:
        return N_("It stands as empty: it was taken in or scanned after its last fill.")
    return None


def is_elsewhere(bottle: Leaving) -> bool:
    """By the records it is not in stock at this station: asked, and kept with the row."""
    return not (bottle.is_here and bottle.place is PlaceState.FULL)


@dataclass(frozen=True, slots=True)
class DriverScan:
    """What decides: what the driver did with the bottle, whether it is on file and of his station, whether
    the note was cancelled, the bottle is on it, and with this customer (or on the way to him) by the
    records."""

    kind: NoteRowKind
    is_known: bool = True
    is_own: bool = True
    is_cancelled: bool = False
    is_on_note: bool = True
    is_with_him: bool = True


def driver_discrepancy(scan: DriverScan) -> Discrepancy | None:
    """What stays with the row: what the driver saw is kept whatever the records say."""
    if not scan.is_known:
        return Discrepancy.UNKNOWN
    if not scan.is_own:
        return Discrepancy.FOREIGN
    if scan.is_cancelled:
        return Discrepancy.CANCELLED
    if scan.kind is NoteRowKind.HANDED:
        return None if scan.is_on_note else Discrepancy.NOT_LOADED
    return None if scan.is_with_him else Discrepancy.NOT_OUT
