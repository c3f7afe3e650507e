"""What ends soon, on the first page of whoever holds or pays a policy."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.insurance.models import Policy
from equipment.insurance.rules import SOON_DAYS
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.storage.db import session

LINES = 3


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Policies of one's own that end soon or have ended and are not renewed, the earliest first."""
    if viewer.oversees or not may(viewer, Action.CREATE, Thing.POLICY):
        return []
    ending = visible(viewer, Policy).where(
        Policy.superseded.is_(False),
        Policy.cancelled_on.is_(None),
        Policy.renewed_by_id.is_(None),
        Policy.lapse_reason == "",
        Policy.until_on <= clock.today() + timedelta(days=SOON_DAYS),
    )
    rows = session.scalars(ending.order_by(Policy.until_on, Policy.id)).all()
    if not rows:
        return []
    lines = [
        CardRow(
            f"{row.insurer} {row.number}",
            url_for("insurance.show", holder_id=row.organisation_id, policy_id=row.id),
            row.until_on,
        )
        for row in rows[:LINES]
    ]
    url = url_for("insurance.index", state="expiring")
    tone = "red" if rows[0].until_on < clock.today() else "amber"
    title = Message(N_("Lift insurance to renew"))
    return [
        HomeCard("insurance.ending", title, len(rows), url, tone, icon="shield-check", rank=66, rows=lines)
    ]
