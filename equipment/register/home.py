"""The figures of the register on first pages: what stands nobody knows where."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Role, Viewer
from equipment.people.scope import visible
from equipment.register.lists import filtered
from equipment.register.models import PlateProposal
from equipment.register.rules import PlateState
from equipment.storage.db import session

OFFICES = {Role.FIRM_MANAGER, Role.SUPERVISOR}
PROPOSED, UNPLACED = "proposed", "unplaced"


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """位置待采纳 and 标牌待采纳: for those who can do something about them; for a firm also 位置待补."""
    if not OFFICES & set(viewer.roles):
        return _plates(viewer) if Role.SAFETY_OFFICER in viewer.roles else []
    proposed = _positions(viewer, PROPOSED, N_("Proposed positions to decide on"), 62)
    unplaced = [] if viewer.oversees else figures_beside(viewer)
    return [*proposed, *unplaced, *_plates(viewer)]


def figures_beside(viewer: Viewer) -> list[HomeCard]:
    """位置待补; for the bureau beside its first page."""
    if not OFFICES & set(viewer.roles):
        return []
    return _positions(viewer, UNPLACED, N_("Positions not on file"), 63)


def _positions(viewer: Viewer, key: str, title: str, rank: int) -> list[HomeCard]:
    pieces = filtered(viewer, {key: "1"})
    number = session.scalar(pieces.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    url = f"{url_for('register.listing')}?{key}=1"
    waits = key == PROPOSED
    return [
        HomeCard(
            f"positions.{key}", Message(title), number, url, "amber", icon="map-pin", rank=rank, waits=waits
        )
    ]


def _plates(viewer: Viewer) -> list[HomeCard]:
    """标牌待采纳: proposals that wait for somebody of the viewer's office."""
    waiting = visible(viewer, PlateProposal).where(PlateProposal.state == PlateState.PROPOSED)
    number = session.scalar(waiting.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    url = f"{url_for('plates.index')}?state={PlateState.PROPOSED}"
    title = Message(N_("Proposed plates to decide on"))
    return [HomeCard("plates.proposed", title, number, url, "amber", icon="qrcode", rank=61, waits=True)]
