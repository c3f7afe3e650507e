"""Lots on first pages: what a station has to hand over and waits for, what a body has to receive, inspect,
let out and destroy. Every figure opens the list of just what it counts."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import func, select

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.lots.destroying import may_destroy, waiting
from equipment.lots.queries import lots
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.storage.db import session

LOTS = Message(N_("lots"))
# (key, title, filters of the list, tone, icon)
OF_STATION = (
    ("packing", N_("Lots to hand over"), {"state": "packing"}, "", "truck-delivery"),
    ("away", N_("Lots not back from inspection"), {"state": "away"}, "", "hourglass"),
    ("differing", N_("Lots with differences"), {"state": "open", "bottles": "differing"}, "amber", "flag"),
)
OF_BODY = (
    ("incoming", N_("Lots to receive"), {"state": "incoming"}, "", "truck-delivery"),
    ("unjudged", N_("Lots on the line"), {"state": "received", "bottles": "unjudged"}, "", "clipboard-check"),
    ("judged", N_("Lots to hand back"), {"state": "received", "bottles": "judged"}, "amber", "arrow-right"),
)


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For whoever sends or inspects, where something waits."""
    if viewer.oversees or not may(viewer, Action.SEE, Thing.LOT):
        return []
    is_body = viewer.organisation_kind is OrganisationKind.BODY
    cards = []
    for rank, (key, title, filters, tone, icon) in enumerate(OF_BODY if is_body else OF_STATION, 30):
        number = session.scalar(select(func.count()).select_from(lots(viewer, filters).subquery())) or 0
        if number:
            url = f"{url_for('lots.index')}?{urlencode(filters)}"
            cards.append(
                HomeCard(f"lots.{key}", Message(title), number, url, tone, unit=LOTS, icon=icon, rank=rank)
            )
    return [*cards, *(_to_destroy(viewer) if is_body and may_destroy(viewer) else ())]


def _to_destroy(viewer: Viewer) -> list[HomeCard]:
    """Scrapped, and nobody has destroyed them on record."""
    number = session.scalar(select(func.count()).select_from(waiting(viewer, {}).subquery())) or 0
    if not number:
        return []
    title, url = Message(N_("Scrapped bottles to destroy")), url_for("destructions.waiting")
    unit = Message(N_("bottles"))
    return [HomeCard("lots.to_destroy", title, number, url, "amber", unit=unit, icon="trash", rank=34)]
