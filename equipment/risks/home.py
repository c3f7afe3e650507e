"""Red and orange pieces on first pages, with how many are new."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.register.duties import piece_name
from equipment.register.queries import pieces
from equipment.regulation.risk_numbers import RiskColour
from equipment.risks.models import Risk
from equipment.risks.queries import NEW_DAYS, coloured, with_new
from equipment.storage.db import session

LINES = 4


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Red and orange pieces of whoever may see colours; nothing where there are none."""
    if not may(viewer, Action.SEE, Thing.RISK):
        return []
    counts = with_new(viewer, clock.today())
    return [
        _card(viewer, colour, *counts[colour], rank)
        for colour, rank in ((RiskColour.RED, 22), (RiskColour.ORANGE, 23))
        if colour in counts
    ]


def _card(viewer: Viewer, colour: RiskColour, number: int, new: int, rank: int) -> HomeCard:
    titles = {RiskColour.RED: N_("Pieces of red risk"), RiskColour.ORANGE: N_("Pieces of orange risk")}
    return HomeCard(
        f"risks.{colour}",
        Message(titles[colour]),
        number,
        url_for("risks.index", colour=colour.value),
        tone="red" if colour is RiskColour.RED else "amber",
        note=Message(N_("%(num)s new in %(days)s days"), {"num": new, "days": NEW_DAYS}),
        icon="flag",
        rank=rank,
        rows=_newest(viewer) if colour is RiskColour.RED else (),
    )


def _newest(viewer: Viewer) -> list[CardRow]:
    """The red pieces that are red for the shortest time."""
    rows = session.scalars(
        coloured(viewer, {"colour": RiskColour.RED})
        .order_by(Risk.since.desc(), Risk.points.desc())
        .limit(LINES)
    ).all()
    by_id = {piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows])}
    new_since = clock.today() - timedelta(days=NEW_DAYS)
    return [
        CardRow(
            piece_name(by_id.get(row.equipment_id)),
            url_for("risks.show", equipment_id=row.equipment_id),
            note=Message(N_("red since %(day)s"), {"day": row.since.isoformat()})
            if row.since > new_since
            else Message(N_("%(num)s points"), {"num": row.points}),
        )
        for row in rows
    ]
