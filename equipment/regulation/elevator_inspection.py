"""When an elevator is inspected and self-tested: fixed years after its base, whatever happened in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, count

from equipment.core.months import add_months, month_end, month_start, month_text
from equipment.core.words import N_, Message
from equipment.regulation.day_one import by_report, from_paper, is_known, settled_paper_day, to_settle
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.elevator_numbers import self_test_early
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import AlterationKind, DueKind, Life, MonthRule, Origin, Planned

NOT_KNOWN = Message(N_("No inspection on record that tells when the next one is due: find out by %(until)s"))


@dataclass(frozen=True, slots=True)
class Slot:
    """One turn of the cycle: the year after the base, its last day, and the first day on which doing it
    counts."""

    year: int
    due_on: date
    earliest_on: date


def own(life: Life) -> ElevatorDetails:
    if isinstance(life.details, ElevatorDetails):
        return life.details
    raise TypeError(f"{type(life.details).__name__} are not the details of an elevator")


def cycle_base(life: Life) -> date | None:
    """The day years count from: the latest alteration, else the installation's supervision inspection, else
    what comes nearest."""
    altered = [work.on for work in life.alterations if work.kind is AlterationKind.ALTERATION]
    if altered:
        return max(altered)
    return life.base_on or own(life).supervised_on or life.registered_on or life.in_use_since


def next_inspection(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next periodic inspection: at once after a failed one or a long stop, else the next year of the
    cycle not yet covered."""
    last = life.last_passed(DueKind.INSPECTION)
    rules = rules.counted_from(last.on if last is not None else cycle_base(life))
    years = rules.value("inspection.years", on)
    failed = life.failed(DueKind.INSPECTION)
    if failed is not None:
        why = Message(
            N_("Inspection on %(since)s was not passed: pass one before further use"),
            {"since": failed.on.isoformat()},
        )
        return Planned(DueKind.INSPECTION, failed.on, None, years.citation, why, Origin.FAILED)
    stop = _long_stop(rules, life, on)
    if stop is not None:
        why = Message(
            N_("Out of use %(start)s to %(until)s, more than a year: inspect before use; the cycle goes on"),
            {"start": stop[0].isoformat(), "until": stop[1].isoformat()},
        )
        return Planned(
            DueKind.INSPECTION, stop[1], None, rules.value("inspection.stopped_months", on).citation, why
        )
    by_rule = _next_turn(rules, life, on)
    return (
        from_paper(rules, life, by_rule, years.citation, on)
        or by_report(rules, life, by_rule, years.citation, on)
        or by_rule
        or to_settle(rules, life, DueKind.INSPECTION, NOT_KNOWN, on)
    )


def _next_turn(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next year of the cycle that no inspection has covered; None where nothing on record can tell."""
    base, last = cycle_base(life), life.last_passed(DueKind.INSPECTION)
    if base is None:
        return None
    years = rules.value("inspection.years", on)
    early = rules.integer("inspection.early_months", on)
    slot = next(
        slot
        for slot in _slots(rules, life, _inspection_years(rules, on), on, early)
        if (last is None or slot.earliest_on > last.on) and not _repaired_in(life, slot)
    )
    if last is None and not is_known(life, slot.due_on):
        return None
    beyond = slot.year > max(years.integers)
    cite = rules.value("inspection.then_every_years", on) if beyond else years
    return _planned(DueKind.INSPECTION, slot, base, cite)


def next_self_test(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The next self-test year that neither a self-test nor a later inspection has covered; none before the
    rule began, nor before the lift was known here: what nobody recorded then is not held against it."""
    base, last = cycle_base(life), life.last_passed(DueKind.SELF_TEST, DueKind.INSPECTION)
    rules = rules.counted_from(last.on if last is not None else base)
    years = rules.find("self_test.years", on)
    if years is None or base is None:
        return None
    failed = life.failed(DueKind.SELF_TEST)
    if failed is not None and (last is None or failed.on > last.on):
        why = Message(
            N_("Self-test on %(since)s found defects: put them right and test again"),
            {"since": failed.on.isoformat()},
        )
        return Planned(DueKind.SELF_TEST, failed.on, None, years.citation, why, Origin.FAILED)
    early = self_test_early(rules, on)
    for slot in _slots(rules, life, iter(years.integers), on, early):
        if (
            slot.due_on >= years.since
            and is_known(life, slot.due_on)
            and (last is None or slot.earliest_on > last.on)
        ):
            return _planned(DueKind.SELF_TEST, slot, base, years)
    return None


def _planned(kind: DueKind, slot: Slot, base: date, cite: Value) -> Planned:
    wording = {
        DueKind.INSPECTION: N_(
            "Supervision inspection passed %(base)s; periodic inspection in year %(year)s → %(due)s"
        ),
        DueKind.SELF_TEST: N_("Supervision inspection passed %(base)s; self-test in year %(year)s → %(due)s"),
    }[kind]
    params = {"base": month_text(base), "year": str(slot.year), "due": month_text(slot.due_on)}
    return Planned(kind, slot.due_on, slot.earliest_on, cite.citation, Message(wording, params))


def _inspection_years(rules: Regulation, on: date) -> Iterator[int]:
    years = sorted(rules.value("inspection.years", on).integers)
    step = rules.integer("inspection.then_every_years", on)
    return chain(years, count(years[-1] + step, step))


def _slots(rules: Regulation, life: Life, years: Iterator[int], on: date, early: int) -> Iterator[Slot]:
    base = cycle_base(life)
    assert base is not None  # both callers have looked
    rule = MonthRule(rules.value("inspection_valid_through", on).text)
    for year in years:
        anchor = _month_anchor(rules, life, base.year + year, on)
        day = add_months(anchor, 12 * (base.year + year - anchor.year))
        match rule:
            case MonthRule.MONTH_END:
                yield Slot(year, month_end(day), add_months(month_start(day), -early))
            case MonthRule.EXACT_DAY:
                yield Slot(year, day, add_months(day, -early))
            case MonthRule.PREVIOUS_MONTH_END:
                yield Slot(year, month_start(day) - timedelta(days=1), add_months(month_start(day), -early))


def _month_anchor(rules: Regulation, life: Life, year: int, on: date) -> date:
    """The latest event up to that year which moves the due month: a supervision inspection, the inspection
    after a long stop, or the month that papers stated and a result has settled."""
    base = cycle_base(life)
    assert base is not None  # only lives with a base have slots
    repairs = (work.on for work in life.alterations if work.on >= base)
    stated = settled_paper_day(life)
    events = (base, *repairs, *_returns(rules, life, on), *((stated,) if stated else ()))
    return max((day for day in events if base <= day and day.year <= year), default=base)


def _returns(rules: Regulation, life: Life, on: date) -> Iterator[date]:
    """The inspections that brought the lift back after a long stop: the first one passed after it had grown
    long."""
    months = rules.integer("inspection.stopped_months", on)
    for start, until in life.stops:
        long_from = add_months(start, months)
        if until is not None and until > long_from:
            passed = (
                done.on
                for done in life.done
                if done.kind is DueKind.INSPECTION and done.conclusion.passed and done.on >= long_from
            )
            yield from (first for first in [min(passed, default=None)] if first is not None)


def _repaired_in(life: Life, slot: Slot) -> bool:
    """A major repair that passed its supervision inspection takes the place of that year's periodic
    inspection."""
    return any(
        work.kind is AlterationKind.MAJOR_REPAIR and work.on.year == slot.due_on.year
        for work in life.alterations
    )


def _long_stop(rules: Regulation, life: Life, on: date) -> tuple[date, date] | None:
    """The latest ended stop of more than a year that no inspection has followed yet."""
    last = life.last_passed(DueKind.INSPECTION)
    months = rules.integer("inspection.stopped_months", on)
    for start, until in sorted(life.stops, reverse=True):
        if (
            until is not None
            and until > add_months(start, months)
            and (last is None or last.on < add_months(start, months))
        ):
            return start, until
    return None
