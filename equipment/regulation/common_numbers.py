"""Numbers that the pack of every category with plans states: one typed accessor for each key."""

from __future__ import annotations

from datetime import date

from equipment.regulation.packs import Regulation, Value


def valid_through(rules: Regulation, on: date) -> Value:
    """Which is the last valid day of a due month, as the bureau practises it."""
    return rules.value("inspection_valid_through", on)


def unknown_settled_within(rules: Regulation, on: date) -> Value:
    """Days within which somebody must find out what nobody knows of a piece (检验情况不明)."""
    return rules.value("unknown_settled_within_days", on)


def report_within(rules: Regulation, on: date) -> Value | None:
    """Days from a conclusion on site to its report; None where the pack states none."""
    return rules.find("report_within_days", on)


def plausible(rules: Regulation, key: str, on: date) -> tuple[int, int] | None:
    """Between which two numbers what an import states is believed; None where nothing is said of it."""
    value = rules.find(f"plausible.{key}", on)
    if value is None:
        return None
    least, most = value.integers
    return least, most
