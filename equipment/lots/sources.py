"""Where the bottles of a lot come from, beside the gun: what is due, and what 收瓶 sorted out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from equipment.core import clock
from equipment.dues.filters import LATE, Filters, wanted
from equipment.dues.models import Due
from equipment.fills.deliveries import bottles_on_pile
from equipment.fills.states import Pile
from equipment.lots.packing import AT_ONCE, CYLINDER
from equipment.lots.queries import open_lots_of
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.storage.db import session

SORTED_FOR = timedelta(days=14)  # the page says so: what was sorted out earlier is looked up by its day


def due_bottles(by: Viewer, window: str) -> Sequence[UUID]:
    """The viewer's bottles that are overdue or due within so many days, and neither applied for nor in a lot;
    the earliest first, as many as go in at once."""
    filters = Filters.of({"window": window, "category": CYLINDER, "applied": LATE})
    dues = wanted(by, filters, clock.today()).order_by(Due.due_on, Due.equipment_id)
    ids = [piece.id for _due, piece in session.execute(dues.limit(AT_ONCE * 2)) if _is_own(piece, by)]
    return _free(ids)


def sorted_out(by: Viewer) -> Sequence[UUID]:
    """The bottles that 收瓶 of the last two weeks sorted to 待送检 and that are in no lot yet."""
    if by.organisation_id is None:
        return []
    return _free(bottles_on_pile(by.organisation_id, Pile.INSPECT, clock.now() - SORTED_FOR))


def _is_own(piece: Equipment, by: Viewer) -> bool:
    return by.organisation_id in (piece.owner_id, piece.use_unit_id)


def _free(ids: Sequence[UUID]) -> Sequence[UUID]:
    inside = open_lots_of(ids)
    return [key for key in ids if key not in inside][:AT_ONCE]
