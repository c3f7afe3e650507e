"""Rescue on first pages: what is under way, and how fast it was."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import get_locale
from sqlalchemy import func

from equipment.calls.listing import shown_calls, spoken
from equipment.calls.queries import under_way
from equipment.calls.statistics import counted_calls, figures
from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session

ROWS, LAST_DAYS = 5, 30


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Calls under way, where there are any; for the bureau also the times of the last days."""
    if not may(viewer, Action.SEE, Thing.CALL):
        return []
    waiting = under_way(viewer)
    number = (
        session.scalar(waiting.order_by(None).with_only_columns(func.count(), maintain_column_froms=True))
        or 0
    )
    if not number:
        return []
    first = session.scalars(waiting.limit(ROWS)).all()
    rows = [
        CardRow(row.place, f"/rescue/calls/{row.record.id}", None, Message(row.record.state.label))
        for row in shown_calls(viewer, first, str(get_locale()))
    ]
    return [
        HomeCard(
            "rescue.open",
            Message(N_("Rescue calls under way")),
            number,
            "/rescue/calls?state=under_way",
            "red",
            icon="urgent",
            rank=3,
            rows=rows,
            waits=True,
        )
    ]


def figures_beside(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: how soon the rescue comes."""
    return [_times(viewer)] if may(viewer, Action.SEE, Thing.CALL) else []


def _times(viewer: Viewer) -> HomeCard:
    today = clock.today()
    since = today - timedelta(days=LAST_DAYS - 1)
    counted = figures("", {}, counted_calls(viewer, viewer.area, since, today), 0)
    return HomeCard(
        "rescue.times",
        Message(N_("Rescue: arrival on average")),
        spoken(counted.arrival.mean_s),
        "/rescue/statistics",
        "red" if counted.late else "green",
        note=Message(
            N_("%(calls)d calls in %(days)d days, %(late)d late"),
            {"calls": counted.calls, "days": LAST_DAYS, "late": counted.late},
        ),
        icon="urgent",
        rank=40,
    )
