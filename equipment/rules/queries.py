"""Who may decide on rules and choices."""

from __future__ import annotations

from equipment.people.models import Area
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session


def may_decide(viewer: Viewer) -> bool:
    """Rules and choices hold for the whole city: its administrators decide on them, not those of a county."""
    area = session.get(Area, viewer.area) if viewer.area else None
    return may(viewer, Action.APPROVE, Thing.RULE) and area is not None and area.level in ("province", "city")
