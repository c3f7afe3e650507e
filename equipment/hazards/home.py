"""The figures of hazards on first pages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.hazards import listing, queries
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.queries import Wanted
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.duties import piece_name
from equipment.register.models import Equipment
from equipment.storage.db import session

WORDS = 40  # characters of a description on a first page


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What waits for this viewer: findings to confirm, hazards to re-check or put right."""
    if not may(viewer, Action.SEE, Thing.HAZARD):
        return []
    on, cards = clock.today(), _stopped(viewer)
    if may(viewer, Action.APPROVE, Thing.FINDING):
        cards += [
            _waiting(
                viewer,
                "findings",
                N_("Findings to confirm"),
                queries.undecided(viewer).order_by(Finding.confirm_by),
                20,
            ),
            _waiting(
                viewer,
                "recheck",
                N_("Hazards to re-check"),
                queries.waiting_for_recheck(viewer).order_by(Hazard.rectified_at),
                21,
            ),
        ]
    elif may(viewer, Action.CREATE, Thing.RECTIFICATION):
        to_put_right = queries.to_put_right(viewer, Wanted(), on).order_by(Hazard.due_on)
        cards.append(_waiting(viewer, "mine", N_("Hazards to put right"), to_put_right, 10))
    return cards


def _stopped(viewer: Viewer) -> list[HomeCard]:
    """停止使用: pieces that nobody may use until their hazard was re-checked; nothing where there are none."""
    stopped = (
        visible(viewer, Equipment)
        .where(Equipment.stop_use_since.is_not(None))
        .order_by(Equipment.stop_use_since, Equipment.id)
    )
    number = queries.count(stopped)
    if not number:
        return []
    rows = [
        CardRow(piece_name(piece), url_for("life.whole", equipment_id=piece.id), piece.stop_use_since)
        for piece in session.scalars(stopped.limit(5))
    ]
    return [
        HomeCard(
            "stop_use",
            Message(N_("Use stopped")),
            number,
            url_for("register.listing", stop_use=1),
            tone="red",
            icon="hand-stop",
            rank=5,
            rows=rows,
        )
    ]


def _in_short(text: str) -> str:
    """The first words of a description, said to be the first where there are more."""
    return text if len(text) <= WORDS else f"{text[: WORDS - 1]}…"


def _waiting(viewer: Viewer, tab: str, title: str, waiting: Select[Any], rank: int) -> HomeCard:
    """A card with the five most urgent of a tab."""
    number = queries.count(waiting)
    first = listing.rows(viewer, list(session.scalars(waiting.limit(5)))) if number else []
    rows = [
        CardRow(
            f"{row.called}: {_in_short(row.record.description)}",
            row.url,
            row.record.confirm_by if tab == "findings" else row.record.due_on,
        )
        for row in first
    ]
    return HomeCard(
        tab,
        Message(title),
        number,
        url_for("hazards.index", tab=tab),
        tone="amber" if number else "green",
        icon="flag",
        rank=rank,
        rows=rows,
        waits=True,
    )
