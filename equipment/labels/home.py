"""Labels on first pages: codes that two pieces are said to carry, handouts that somebody has to see to."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import Select, func, select

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.labels.claims import claims
from equipment.labels.handouts import DIFFERING, TO_SIGN, handouts_in
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session

LABELS = Message(N_("labels"))
HANDOUTS = Message(N_("handouts"))


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For whoever puts labels on or gives them out, where something waits."""
    if not (may(viewer, Action.CHANGE, Thing.LABEL) or may(viewer, Action.CREATE, Thing.LABEL)):
        return []
    to_sign, differing = handouts_in(viewer, TO_SIGN), handouts_in(viewer, DIFFERING)
    cards = (
        _card("claims", N_("One label on two bottles"), claims(viewer, only_open=True), LABELS, "claimed"),
        _card("to_sign", N_("Labels to sign for"), to_sign, HANDOUTS, "handed_out", state=TO_SIGN),
        _card(
            "differing", N_("Handouts with differences"), differing, HANDOUTS, "handed_out", state=DIFFERING
        ),
    )
    return [card for card in cards if card.figure]


def _card(
    key: str, title: str, rows: Select[*tuple[object, ...]], unit: Message, page: str, **filters: str
) -> HomeCard:
    number = session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    url = f"{url_for(f'label_ledger.{page}')}?{urlencode(filters)}".rstrip("?")
    return HomeCard(
        f"labels.{key}", Message(title), number, url, "amber", unit=unit, icon="qrcode", rank=54, waits=True
    )
