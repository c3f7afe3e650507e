"""The figures of places and transfers on first pages."""

from __future__ import annotations

from operator import attrgetter

from flask import url_for
from sqlalchemy import and_, func, or_

from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.places.models import Transfer
from equipment.places.queries import whereabouts
from equipment.places.states import TransferState
from equipment.storage.db import session

SILENT_DAYS = 180  # a house value: no rule that we know says after how long a bottle counts as out of sight
LINES = 3  # transfers on the first page


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


def transfer_cards(viewer: Viewer) -> list[HomeCard]:
    """过户 that waits for this organisation: to be answered, and 变更登记 to be done; the earliest day first."""
    if not may(viewer, Action.APPROVE, Thing.OWNERSHIP):
        return []
    mine = visible(viewer, Transfer).where(Transfer.to_id == viewer.organisation_id)
    unregistered = and_(Transfer.state == TransferState.ACCEPTED, Transfer.registered_on.is_(None))
    rows = session.scalars(mine.where(or_(Transfer.state == TransferState.PROPOSED, unregistered))).all()
    cards = []
    for state, title, day in (
        (TransferState.PROPOSED, N_("Transfers to answer"), "expires_on"),
        (TransferState.ACCEPTED, N_("Changes of registration to be done"), "register_by"),
    ):
        waiting = sorted((row for row in rows if row.state is state), key=attrgetter(day))
        if not waiting:
            continue
        url = url_for("transfers.index", state=state)
        lines = [
            CardRow(row.number, url_for("transfers.show", transfer_id=row.id), getattr(row, day))
            for row in waiting[:LINES]
        ]
        key = f"transfers.{state}"
        icon = "arrows-exchange"
        cards.append(
            HomeCard(key, Message(title), len(waiting), url, "amber", icon=icon, rank=62, rows=lines)
        )
    return cards
