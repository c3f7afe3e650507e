"""WHAT exists: every category by key. Nothing else in the project enumerates categories."""
from __future__ import annotations

from equipment.categories.category import Category
from equipment.categories.cylinder import CYLINDER
from equipment.categories.elevator import ELEVATOR

CATEGORIES: tuple[Category, ...] = (CYLINDER, ELEVATOR)
_BY_KEY = {each.key: each for each in CATEGORIES}


def category(key: str) -> Category:
    """The category of that key; KeyError for any other."""
    return _BY_KEY[key]
