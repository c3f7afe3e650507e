"""WHAT exists: every category by key. Nothing else in the project enumerates categories."""

from __future__ import annotations

from equipment.regulation.category import Category
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.elevator import ELEVATOR

CATEGORIES: tuple[Category, ...] = (CYLINDER, ELEVATOR)
_BY_KEY = {kind.key: kind for kind in CATEGORIES}


def category(key: str) -> Category:
    """The category of that key; KeyError for any other."""
    return _BY_KEY[key]
