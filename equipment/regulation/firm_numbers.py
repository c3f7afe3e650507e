"""Numbers of how maintenance firms are rated: one typed accessor for each key or family of keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from equipment.regulation.packs import Regulation, Value


def score_points(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The points of every criterion of the score, by key; `base` is what everybody begins with."""
    return rules.under("firm_score", on)


def final_after_days(rules: Regulation, on: date) -> int:
    """Days after the end of a month from which its figures of firms stand."""
    return rules.integer("firm_month.final_after_days", on)


def months_back(rules: Regulation, on: date) -> int:
    """How many finished months are worked out where none is on file."""
    return rules.integer("firm_month.months_back", on)
