"""The brake test of a lift (制动试验, 125 % of its load): fixed days from the supervision inspection, whatever
was done in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from equipment.core.months import add_months, month_start, month_text
from equipment.core.words import N_, Message
from equipment.regulation.day_one import is_known
from equipment.regulation.elevator_inspection import own
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import AlterationKind, DueKind, Life, Planned, last_valid_day

EVERY = "brake_test_months.A"


def next_brake_test(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next day of the chain that no test has covered, for the kinds of lifts that have one; none without
    a supervision day, and none that passed before the lift was known here."""
    kinds, base = rules.find("brake_test.catalogue", on), supervised_on(life)
    if kinds is None or own(life).catalogue not in kinds.value or base is None:
        return None
    done = life.last_passed(DueKind.BRAKE_TEST)
    rules = rules.counted_from(done.on if done is not None else base)
    for day, every in brake_days(rules, base, on):
        due = last_valid_day(rules, day, on)
        earliest = add_months(month_start(day), -rules.integer("self_test.early_months", on))
        if (done is None or earliest > done.on) and is_known(life, due):
            params = {"base": month_text(base), "months": str(every.integer), "due": month_text(day)}
            why = Message(
                N_(
                    "Supervision inspection passed %(base)s; brake test every %(months)s months from it → %(due)s"
                ),
                params,
            )
            return Planned(DueKind.BRAKE_TEST, due, earliest, every.citation, why)
    return None


def supervised_on(life: Life) -> date | None:
    """The supervision inspection the chain begins with: of the latest alteration, else the installation."""
    altered = [work.on for work in life.alterations if work.kind is AlterationKind.ALTERATION]
    return (
        max(altered, default=None)
        or life.base_on
        or own(life).supervised_on
        or life.registered_on
        or life.in_use_since
    )


def brake_days(rules: Regulation, base: date, on: date) -> Iterator[tuple[date, Value]]:
    """The nominal days after a supervision inspection, each with the interval that led to it. A lift
    supervised before the first test was asked for had it in a year of its own; a step is as long as the
    rule in force on the day it ends."""
    old, day = rules.value("brake_test.old", on).table, base
    first = rules.history(EVERY)[0]
    if base < date.fromisoformat(old["before"]):
        years = int(old["year"]) - base.year
        day = add_months(base, 12 * years)
        yield day, first
    while True:
        began = rules.find(EVERY, min(max(day, first.since), on)) or first
        every = rules.find(EVERY, min(add_months(day, began.integer), on)) or began
        if every.integer <= 0:
            return
        day = add_months(day, every.integer)
        yield day, every
