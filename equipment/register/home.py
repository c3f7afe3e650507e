"""The figures of the register on first pages: what stands nobody knows where."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Role, Viewer
from equipment.register.lists import filtered
from equipment.storage.db import session

OFFICES = {Role.FIRM_MANAGER, Role.SUPERVISOR}
CARDS = (
    ("proposed", N_("Proposed positions to decide on"), 62),
    ("unplaced", N_("Positions not on file"), 63),
)


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """位置待补 and 待采纳: for those who can do something about it."""
    if not OFFICES & set(viewer.roles):
        return []
    cards = []
    for key, title, rank in CARDS:
        pieces = filtered(viewer, {key: "1"})
        number = session.scalar(pieces.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        if number:
            url = f"{url_for('register.listing')}?{key}=1"
            cards.append(
                HomeCard(f"positions.{key}", Message(title), number, url, "amber", icon="map-pin", rank=rank)
            )
    return cards
