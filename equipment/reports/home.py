"""The rate on the first pages of the bureau: the figure, the distance to the line, who uploads nothing."""

from __future__ import annotations

from flask import url_for

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.queries import official_rate
from equipment.reports import indicators, queries
from equipment.reports.queries import Rated
from equipment.reports.rules import LIMIT, Signal, shown

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
    share = rated.share
    limit = f"{LIMIT.share * 100:g} %"
    if not share.whole:
        note = Message(N_("no piece in use"))
    elif rated.within:
        note = Message(
            N_("%(left)d more reach the line of %(line)s"), {"left": rated.margin.left, "line": limit}
        )
    else:
        note = Message(N_("%(over)d above the line of %(line)s"), {"over": rated.margin.over, "line": limit})
    title = (
        Message(N_("Annual hazard rate %(key)s"), {"key": rated.definition.key})
        if rated.official
        else Message(N_("Annual hazard rate %(key)s (not confirmed)"), {"key": rated.definition.key})
    )
    figure = "—" if share.rate is None else f"{share.rate * 100:.2f} %"
    return HomeCard(
        f"rate_{rated.definition.key}",
        title,
        figure,
        url_for("rates.index"),
        tone="green" if rated.within else "red",
        note=note,
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
