"""On the first pages of the bureau: how far the rounds are, and what was seen and waits to be settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from flask import url_for

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard, WorkByArea
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session
from equipment.walks.models import Walk
from equipment.walks.queries import (
    RoundProgress,
    open_rounds,
    progress_by_area,
    progress_of,
    waiting_by_outcome,
)
from equipment.walks.rules import COUNTY
from equipment.walks.states import WalkRowState


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What was seen and waits for a decision of the county's."""
    if not (viewer.oversees and may(viewer, Action.SEE, Thing.WALK)):
        return []
    return _waiting(viewer)


def progress(viewer: Viewer) -> list[WorkByArea]:
    """How far the open rounds are; nothing where none is open."""
    if not (viewer.oversees and may(viewer, Action.SEE, Thing.WALK)):
        return []
    walks = session.scalars(open_rounds(viewer).order_by(Walk.due_on, Walk.area)).all()
    if not walks:
        return []
    counts = progress_of([walk.id for walk in walks])
    by_area = progress_by_area(viewer)
    first = min((walk.due_on for walk in walks if counts[walk.id].to_walk), default=None)
    return [
        WorkByArea(
            Message(N_("Walk of the overdue list")),
            by_area,
            _rows_url(state=WalkRowState.TO_WALK.value, rounds="open"),
            _rows_url(rounds="open"),
            first,
            _note(_sum([counts[walk.id] for walk in walks]), first, clock.today()),
        )
    ]


def _note(total: RoundProgress, first: date | None, today: date) -> Message:
    stated = {"done": total.done, "total": total.total}
    if first is None:
        return Message(N_("%(done)d of %(total)d walked"), stated)
    days = (first - today).days
    if days < 0:
        return Message(N_("%(done)d of %(total)d walked, %(days)d days late"), stated | {"days": -days})
    return Message(N_("%(done)d of %(total)d walked, %(days)d days left"), stated | {"days": days})


def _waiting(viewer: Viewer) -> list[HomeCard]:
    """What was seen and waits for a decision, by outcome."""
    numbers = waiting_by_outcome(viewer)
    total = sum(numbers.values())
    if not total or len(viewer.area) > COUNTY:
        return []
    rows = [
        CardRow(
            Message(outcome.label),
            url_for("walk_desk.waiting", outcome=outcome.value),
            note=Message(N_("%(num)d pieces"), {"num": number}),
        )
        for outcome, number in numbers.items()
        if number
    ]
    return [
        HomeCard(
            "walks.waiting",
            Message(N_("Walked, to be settled")),
            total,
            url_for("walk_desk.waiting"),
            tone="amber",
            icon="gavel",
            rank=25,
            rows=rows,
            waits=True,
        )
    ]


def _sum(counts: Sequence[RoundProgress]) -> RoundProgress:
    return (
        RoundProgress(*(sum(numbers) for numbers in zip(*counts, strict=True))) if counts else RoundProgress()
    )


def _rows_url(**filters: str) -> str:
    return f"{url_for('walk_desk.rows')}?{urlencode(filters)}"
