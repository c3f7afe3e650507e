"""The figure of disputes on first pages: fills that a phone let go against the register, or whose time is
doubted."""

from __future__ import annotations

from flask import url_for

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.passes.disputes import waiting_disputes
from equipment.people.rules import Action, Thing, Viewer, may

TITLE = N_("Fills to be verified")


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For whoever sees fills, where something waits."""
    if not may(viewer, Action.SEE, Thing.FILL):
        return []
    number = waiting_disputes(viewer)
    if not number:
        return []
    url = url_for("passes.disputed")
    return [
        HomeCard(
            "passes.disputed", Message(TITLE), number, url, "amber", icon="wifi-off", rank=58, waits=True
        )
    ]
