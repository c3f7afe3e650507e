"""Whether a bottle may change its owner now. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from equipment.core.words import N_, Message
from equipment.register.rules import EquipmentStatus

ENDED = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED, EquipmentStatus.MOVED_OUT)


@dataclass(frozen=True, slots=True)
class OwnedBottle:
    """What decides: whose it is, its status, and what it is in the middle of: the numbers of the lot, the
    delivery note and the other transfer it is in, whether it is being filled, whether something about it is
    disputed."""

    is_own: bool
    is_cylinder: bool
    status: EquipmentStatus
    lot: str = ""
    note: str = ""
    transfer: str = ""
    is_filling: bool = False
    is_disputed: bool = False


def transfer_problem(bottle: OwnedBottle) -> Message | str | None:
    """Why this bottle may not be handed over now; None when nothing stands against it."""
    if not bottle.is_cylinder:
        return N_("It is no gas cylinder.")
    if not bottle.is_own:
        return N_("It is not in the name of whoever hands over.")
    if bottle.status in ENDED:
        return Message(N_("It is %(status)s on file."), {"status": bottle.status.label})
    if bottle.lot:
        return Message(N_("It is in inspection lot %(number)s."), {"number": bottle.lot})
    if bottle.note:
        return Message(N_("It is on delivery note %(number)s already."), {"number": bottle.note})
    if bottle.is_filling:
        return N_("It is being filled.")
    if bottle.is_disputed:
        return N_("A fill or a label of it is disputed, and not decided yet.")
    if bottle.transfer:
        return Message(N_("It is in transfer %(number)s."), {"number": bottle.transfer})
    return None
