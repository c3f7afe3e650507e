"""The first page: lifts whose items nobody has set."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from equipment.checklists.queries import lacking_lists
from equipment.core import clock
from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may

LIFTS = Message(N_("lifts"))


def home_cards(viewer: Viewer) -> Sequence[HomeCard]:
    """For the firm's manager."""
    if viewer.oversees or not may(viewer, Action.CREATE, Thing.CHECKLIST):
        return []
    return figures_beside(viewer)


def figures_beside(viewer: Viewer) -> Sequence[HomeCard]:
    """Where lifts have neither an annex nor the firm's own items; for the bureau beside its first page."""
    number = sum(row.lifts for row in lacking_lists(viewer, clock.today()))
    if not number:
        return []
    title = Message(N_("Lifts without maintenance items (explosion-proof, fire-fighter)"))
    url = url_for("firm_checklists.index")
    return [
        HomeCard("checklists.lacking", title, number, url, "amber", unit=LIFTS, icon="list-check", rank=56)
    ]
