"""The brake test of a lift (制动试验, 125 % of its load): fixed days from the supervision inspection, whatever
was done in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from equipment.core.months import add_months, month_start, month_text
from equipment.core.words import N_, Message
from equipment.regulation.day_one import is_known
from equipment.regulation.elevator_inspection import own
from equipment.regulation.elevator_numbers import (
    brake_test_every,
    brake_test_kinds,
    brake_test_of_old,
    self_test_early,
)
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import AlterationKind, DueKind, Life, Planned, last_valid_day

FIXED_DAY = N_("Supervision inspection passed %(base)s; brake test every %(months)s months from it → %(due)s")


def next_brake_test(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next day of the chain that no test has covered, for the kinds of lifts that have one; none without
    a supervision day, and none that passed before the lift was known here."""
    base = supervised_on(life)
    if base is None or own(life).catalogue not in brake_test_kinds(rules, on):
        return None
    done = life.last_passed(DueKind.BRAKE_TEST)
    rules = rules.counted_from(done.on if done is not None else base)
    for day, every in brake_days(rules, base, on):
        due = last_valid_day(rules, day, on)
        earliest = add_months(month_start(day), -self_test_early(rules, on))
        if (done is None or earliest > done.on) and is_known(life, due):
            params = {"base": month_text(base), "months": str(every.integer), "due": month_text(day)}
            return Planned(DueKind.BRAKE_TEST, due, earliest, every.citation, Message(FIXED_DAY, params))
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
    before, year = brake_test_of_old(rules, on)
    day = base
    if base < before:
        day = add_months(base, 12 * (year - base.year))
        yield day, brake_test_every(rules, day)
    while True:
        began = brake_test_every(rules, min(day, on))
        every = brake_test_every(rules, min(add_months(day, began.integer), on))
        if every.integer <= 0:
            return
        day = add_months(day, every.integer)
        yield day, every
