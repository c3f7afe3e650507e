"""The rate on the first pages of the bureau: the figure, the distance to the line, who uploads nothing."""

from __future__ import annotations

from flask import url_for
from flask_babel import get_locale

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.queries import official_rate
from equipment.reports import indicators, queries
from equipment.reports.queries import Rated
from equipment.reports.rules import Signal, room, shown

ROWS = 5


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Rates first, in the same size while none is official; then silent stations."""
    if not may(viewer, Action.SEE, Thing.RATE):
        return []
    on = clock.today()
    query = queries.rate_query(viewer, on)
    rates = [queries.rated(key, query, on) for key in shown(official_rate(on))]
    return [_rate(rated, rank) for rank, rated in enumerate(rates, 1)] + [_silent(viewer, query.area)]


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


def _silent(viewer: Viewer, area: str) -> HomeCard:
    """零上传单位, with whoever answers for them."""
    silent = [
        station
        for station in indicators.station_signals(viewer, area, clock.today())
        if Signal.SILENT in station.signals
    ]
    rows = [
        CardRow(
            f"{station.organisation.name} {station.responsible}".strip(),
            f"/organisations/{station.organisation.id}",
            note=station.note,
        )
        for station in silent[:ROWS]
    ]
    return HomeCard(
        "silent",
        Message(N_("Stations without uploads")),
        len(silent),
        url_for("rates.index") + "#stations",
        tone="red" if silent else "green",
        icon="wifi-off",
        rank=30,
        rows=rows,
    )
