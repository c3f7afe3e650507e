"""The lift that somebody names: by its label or any number of it, or by the rescue code on its plate."""

from __future__ import annotations

from equipment.calls.hooks import lift_of_code
from equipment.calls.queries import in_area
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import resolve_own
from equipment.register.rules import Outcome


def lift_behind(text: str, viewer: Viewer) -> Equipment | None:
    """The one lift of the area that a centre serves which this text names; None for no lift, for several, and
    for one elsewhere."""
    equipment_id = lift_of_code(text)
    if equipment_id is None:
        resolved = resolve_own(SYSTEM, parse(text))
        if resolved.outcome is not Outcome.FOUND:
            return None
        equipment_id = resolved.equipment_id
    return in_area(viewer, equipment_id) if equipment_id else None
