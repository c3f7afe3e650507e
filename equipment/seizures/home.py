"""Goods held, on the first page of the bureau: those past their period first."""

from __future__ import annotations

from flask import url_for

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.seizures.models import Seizure
from equipment.seizures.queries import HELD, OPEN
from equipment.storage.db import session

LINES = 4
MOST = 500  # decisions that run in one city at once


def home_cards(viewer: Viewer) -> list[HomeCard]:
    if not may(viewer, Action.SEE, Thing.SEIZURE):
        return []
    running = visible(viewer, Seizure).where(Seizure.state.in_(OPEN))
    rows = session.scalars(running.order_by(Seizure.until_on, Seizure.id).limit(MOST)).all()
    if not rows:
        return []
    today = clock.today()
    late = sum(row.until_on < today for row in rows)
    lines = [
        CardRow(
            f"{row.number} {row.unit_name if viewer.oversees else ''}".strip(),
            url_for("seizures.show", organisation_id=row.organisation_id, seizure_id=row.id),
            row.until_on,
        )
        for row in rows[:LINES]
    ]
    return [
        HomeCard(
            "seizures",
            Message(N_("Seizures running")),
            len(rows),
            url_for("seizures.index", state=HELD),
            "red" if late else "amber",
            icon="lock",
            rank=26,
            rows=lines,
            note=Message(N_("%(late)s past their period"), {"late": late}),
        )
    ]
