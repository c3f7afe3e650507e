"""Organisations and people on the desk."""
from __future__ import annotations

from equipment.figures import Card
from equipment.people.rules import Viewer


def home_cards(viewer: Viewer) -> list[Card]:
    return []
