"""The rate on the first pages of the bureau: the figure and the distance to the line."""

from __future__ import annotations

from flask import url_for
from flask_babel import get_locale

from equipment.core import clock
from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.queries import official_rate
from equipment.reports import queries
from equipment.reports.queries import Rated
from equipment.reports.rules import room, shown


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """The rates, in the same size while none is official."""
    if not may(viewer, Action.SEE, Thing.RATE):
        return []
    on = clock.today()
    query = queries.rate_query(viewer, on)
    rates = [queries.rated(key, query, on) for key in shown(official_rate(on))]
    return [_rate(rated, rank) for rank, rated in enumerate(rates, 1)]


def _rate(rated: Rated, rank: int) -> HomeCard:
    share, meaning = rated.share, rated.definition
    named = {"key": meaning.key, "name": meaning.in_language("name", str(get_locale()))}
    title = Message(N_("%(key)s %(name)s"), named)
    if not rated.official:
        title = Message(N_("%(key)s %(name)s (not confirmed)"), named)
    figure = "—" if share.rate is None else f"{share.rate * 100:.2f} %"
    return HomeCard(
        f"rate_{rated.definition.key}",
        title,
        figure,
        url_for("rates.index"),
        tone="" if not share.whole else "green" if rated.within else "red",
        note=room(share),
        icon="percentage",
        rank=rank,
    )
