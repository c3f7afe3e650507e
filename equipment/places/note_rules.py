"""Whether a bottle leaves the station on a delivery note. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.fills.states import FillState
from equipment.places.states import PlaceState
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
