"""Numbers of rescue and drills in the packs of lifts and cylinders: one typed accessor for each key."""

from __future__ import annotations

from datetime import date

from equipment.regulation.packs import Regulation, Value


def vertical_codes(rules: Regulation, on: date) -> Value:
    """The catalogue codes of lifts that count as 直梯."""
    return rules.value("rescue.vertical", on)


def covered_by(rules: Regulation, on: date) -> Value:
    """What a lift must have to count as part of the rescue platform."""
    return rules.value("rescue.covered_by", on)


def code_digits(rules: Regulation, on: date) -> Value:
    """How many digits a rescue code may have, the usual number first."""
    return rules.value("rescue.code_digits", on)


def confirmed_months(rules: Regulation, on: date) -> Value:
    """Months for which a confirmed duty phone counts as confirmed."""
    return rules.value("rescue.confirmed_months", on)


def confirmed_by(rules: Regulation, on: date) -> Value:
    """The ways of confirming a duty phone that count."""
    return rules.value("rescue.confirmed_by", on)


def confirm_within(rules: Regulation, on: date) -> Value:
    """Days in which a new duty phone is confirmed."""
    return rules.value("rescue.confirm_within_days", on)


def drill_months(rules: Regulation, on: date) -> Value:
    """Months from one emergency drill of a kind of lift to the next."""
    return rules.value("visit.drill_months", on)


def station_drill_months(rules: Regulation, on: date) -> Value:
    """Months from one emergency drill of a filling station to the next (of the cylinder pack)."""
    return rules.value("station_drill_months", on)
