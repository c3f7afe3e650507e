"""Numbers of the packs of categories with the shared plan: one typed accessor for each family of keys. A row
is what a category tells apart: the kinds of a crane, the materials of a vessel."""

from __future__ import annotations

from datetime import date

from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import DueKind

FIRST, AFTER = "first", "after"


def months_after(rules: Regulation, row: str, step: str, on: date) -> Value | None:
    """Months to the next periodic inspection: after the base (`first`), after any passed one (`after`) or
    after one with a safety grade (`grade_3`); None where nothing is stated."""
    value = rules.find(f"inspection.{row}.{step}", on)
    return value if value is not None and value.integer > 0 else None


def months_at_most(rules: Regulation, row: str, step: str, on: date) -> Value | None:
    """Up to how many months the body may set where the rule leaves it a range."""
    return rules.find(f"inspection.{row}.{step}_most", on)


def months_in_all(rules: Regulation, row: str, step: str, on: date) -> Value | None:
    """Months for which a piece may stay in a safety grade in all (监控使用), however often it is inspected."""
    return rules.find(f"inspection.{row}.{step}_in_all", on)


def turn_months(rules: Regulation, kind: DueKind, on: date) -> Value | None:
    """Months from turn to turn of what comes round beside the periodic inspection."""
    return rules.find(f"turn_months.{kind}", on)


def report_decides(rules: Regulation, on: date) -> Value:
    """That the next inspection lies where the report of the last one says, where no interval is stated."""
    return rules.value("inspection_by_report", on)
