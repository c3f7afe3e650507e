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
from equipment.hazards.rules import AGES
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """What waits for this viewer: findings to confirm, hazards to re-check or put right, and how long hazards
    stay open."""
    if not may(viewer, Action.SEE, Thing.HAZARD):
        return []
    on, cards = clock.today(), []
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
        ages = queries.open_by_age(viewer, on)
        old = max(AGES)
        cards.append(
            HomeCard(
                "hazards",
                Message(N_("Open hazards")),
                ages[0],
                url_for("hazards.index", tab="hazards"),
                rank=22,
                icon="alert-triangle",
                tone="red" if ages[old] else "amber" if ages[0] else "green",
                note=Message(
                    N_("of these %(half)d for 30 days and more, %(old)d for %(days)d and more"),
                    {"half": ages[30], "old": ages[old], "days": old},
                ),
            )
        )
    elif may(viewer, Action.CREATE, Thing.RECTIFICATION):
        to_put_right = queries.to_put_right(viewer, Wanted(), on).order_by(Hazard.due_on)
        cards.append(_waiting(viewer, "mine", N_("Hazards to put right"), to_put_right, 10))
    return cards


def _waiting(viewer: Viewer, tab: str, title: str, waiting: Select[Any], rank: int) -> HomeCard:
    """A card with the five most urgent of a tab."""
    number = queries.count(waiting)
    first = listing.rows(viewer, list(session.scalars(waiting.limit(5)))) if number else []
    rows = [
        CardRow(
            f"{row.called}: {row.record.description[:40]}",
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
    )
