"""What the bureau's first page says of cylinders: open suspicions."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.storage.db import session
from equipment.suspicions.actions import may_decide
from equipment.suspicions.queries import suspected
from equipment.suspicions.states import SuspicionState

TITLE = N_("Suspicions to be looked at")


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """For the bureau: suspicions where some wait."""
    if not may_decide(viewer):
        return []
    return _open(viewer)


def _open(viewer: Viewer) -> list[HomeCard]:
    waiting = suspected(viewer, {"state": SuspicionState.OPEN.value})
    number = session.scalar(waiting.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if not number:
        return []
    url = url_for("suspicions.index", state=SuspicionState.OPEN.value)
    return [
        HomeCard("suspicions.open", Message(TITLE), number, url, "amber", icon="eye", rank=57, waits=True)
    ]
