"""The figure of places on a station's first page."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.places.queries import whereabouts
from equipment.storage.db import session

SILENT_DAYS = 180  # a house value: no rule that we know says after how long a bottle counts as out of sight


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Bottles of which nothing was heard for half a year: the owner of the station asks where they are."""
    if viewer.organisation_kind is not OrganisationKind.STATION or Role.STATION_OWNER not in viewer.roles:
        return []
    silent = whereabouts(viewer, {"silent": str(SILENT_DAYS)})
    number = session.scalar(silent.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    title = Message(N_("Bottles not heard of for %(days)s days"), {"days": SILENT_DAYS})
    note = Message(N_("A house value, unverified: no rule says after how many days."))
    url = f"{url_for('places.index')}?silent={SILENT_DAYS}"
    return [HomeCard("places.silent", title, number, url, "amber", note=note, icon="map-pin", rank=64)]
