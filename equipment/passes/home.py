"""The figure of disputes on first pages: what a phone let be filled and the register would have refused."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.fills.models import ForbiddenFill
from equipment.fills.states import Ruling
from equipment.passes.disputes import disputed_fills
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session

TITLE = N_("Filled without a network, to be verified")


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For whoever sees fills, where something waits."""
    if not may(viewer, Action.SEE, Thing.FILL):
        return []
    waiting = disputed_fills(viewer).where(ForbiddenFill.ruling == Ruling.PENDING)
    number = session.scalar(waiting.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    url = url_for("passes.disputed")
    return [HomeCard("passes.disputed", Message(TITLE), number, url, "amber", icon="wifi-off", rank=58)]
