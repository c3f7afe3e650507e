"""Numbers of the elevator pack: one typed accessor for each key or family of keys."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from equipment.regulation.packs import Regulation, Value


def self_test_qualified(rules: Regulation, on: date) -> Value | None:
    """Whether a self-test asks for an approval on file; None before the rule began, and for a category
    without self-tests."""
    return rules.find("self_test.qualified", on)


def technician_certificate(rules: Regulation, on: date) -> Value:
    """The certificate code that maintenance asks for."""
    return rules.value("technician_certificate", on)


def card_and_contract(rules: Regulation, on: date) -> Value:
    """The rule that a valid card and a contract make a swipe count."""
    return rules.value("visit.card_and_contract", on)


def shortest_visit(rules: Regulation, on: date) -> Value:
    """Minutes that a visit takes at least."""
    return rules.value("visit.minutes_at_least", on)


def technicians_at_least(rules: Regulation, on: date) -> Value:
    """How many technicians a visit asks for."""
    return rules.value("visit.technicians_at_least", on)


def second_within(rules: Regulation, on: date) -> Value:
    """Minutes within which the second technician must swipe."""
    return rules.value("visit.second_within_minutes", on)


def again_within(rules: Regulation, on: date) -> Value:
    """Minutes within which the same card again changes nothing."""
    return rules.value("visit.again_within_minutes", on)


def longest_visit(rules: Regulation, on: date) -> Value:
    """Hours after which nobody can still be at work."""
    return rules.value("visit.open_hours_at_most", on)


def card_confirm(rules: Regulation, on: date) -> Value:
    """Hours within which who was there by card alone confirms it."""
    return rules.value("visit.card_confirm_hours", on)


def clock_at_most(rules: Regulation, on: date) -> Value:
    """Minutes by which the clock of a reader or phone may be off."""
    return rules.value("visit.clock_minutes_at_most", on)


def clock_believable(rules: Regulation, on: date) -> timedelta:
    """A reader's or phone's day farther off than this is judged on by nobody: its clock is broken."""
    return timedelta(days=rules.integer("visit.clock_believable_days", on))


def fence_metres(rules: Regulation, on: date) -> Value:
    """Metres from the lift within which a phone is at it."""
    return rules.value("visit.fence_metres", on)


def position_readings(rules: Regulation, on: date) -> int:
    """How many agreeing positions of a lift's reader propose where it stands."""
    return rules.integer("visit.position_readings", on)


def photo_minutes(rules: Regulation, on: date) -> Value:
    """Minutes by which the time that a photo's file states may differ from when it was taken."""
    return rules.value("visit.photo_minutes_at_most", on)


def travel_at_most(rules: Regulation, on: date) -> Value:
    """Kilometres an hour that nobody travels from lift to lift."""
    return rules.value("visit.travel_kmh_at_most", on)


def mistake_within(rules: Regulation, on: date) -> Value:
    """Minutes within which whoever opened a visit by mistake voids it himself."""
    return rules.value("visit.mistake_minutes", on)


def signature_reminder_after(rules: Regulation, on: date) -> Value:
    """Hours after the end of a visit from which the use unit is reminded of its signature."""
    return rules.value("visit.signature_reminder_hours", on)


def signed_by_use_unit(rules: Regulation, on: date) -> Value:
    """That the use unit's safety manager signs the record (TSG T5002 Art. 7)."""
    return rules.value("visit.signed_by_use_unit", on)


def visit_records_kept(rules: Regulation, on: date) -> Value:
    """Years for which records of visits are kept at least (TSG T5002 Art. 5(6))."""
    return rules.value("visit.record_retention_years", on)


def objection_days(rules: Regulation, on: date) -> Value:
    """Days for the use unit to object after a signature on site."""
    return rules.value("visit.objection_days", on)


def dispute_days(rules: Regulation, on: date) -> Value:
    """Days for the county office to decide on a visit that the use unit disputes."""
    return rules.value("visit.dispute_days", on)


def minutes(value: Value) -> timedelta:
    return timedelta(minutes=value.integer)


def hours(value: Value) -> timedelta:
    return timedelta(hours=value.integer)


def self_test_early(rules: Regulation, on: date) -> int:
    """Months before its due month in which a self-test, or the brake test of its year, counts."""
    return rules.integer("self_test.early_months", on)


def brake_test_kinds(rules: Regulation, on: date) -> tuple[str, ...]:
    """The kinds of lifts (catalogue codes) that have a brake test; none before the rule began."""
    stated = rules.find("brake_test.catalogue", on)
    return stated.texts if stated is not None else ()


def brake_test_of_old(rules: Regulation, on: date) -> tuple[date, int]:
    """(a day, the year in which lifts supervised before it had their first brake test)."""
    stated = rules.value("brake_test.old", on).table
    return stated.day("before"), stated.integer("year")


def brake_test_every(rules: Regulation, on: date) -> Value:
    """Months from one fixed day of the brake test to the next; the first rule for days before there was
    one."""
    return rules.find("brake_test_months.A", on) or rules.history("brake_test_months.A")[0]


def corrected_items_at_most(rules: Regulation, on: date) -> Value | None:
    """How many items a lift may have corrected or left under guard and still conform (整改后合格); None before the
    rule began, and for a category without it."""
    return rules.find("inspection.corrected_items_at_most", on)


class LiftLimits(NamedTuple):
    """How much of a pattern in maintenance visits makes a suspicion (疑点); values of the house, unverified.
    Only `minutes_least` is the minimum by which single visits are flagged (`visit.minutes_at_least`)."""

    minutes_least: int
    near_metres: int
    overlap_minutes: int
    travel_kmh: int
    clock_minutes: int
    batch_minutes: int
    batch_sites: int
    batch_lifts: int
    card_visits: int
    card_own_percent: int
    phone_visits: int
    phone_cards: int
    short_visits: int
    short_percent: int
    hasty_minutes: int
    hasty_visits: int
    hasty_percent: int
    answers_least: int
    answer_ms_least: int
    rhythm_gap_seconds: int
    rhythm_gaps: int
    rhythm_percent: int
    notes_least: int
    notes_lifts: int
    photo_bits: int
    photo_fine_bits: int
    photo_bits_alone: int
    window_days: int


def lift_limits(rules: Regulation, on: date) -> LiftLimits:
    """The limits of that day."""
    values = (rules.value(f"suspicion.{name}", on).integer for name in LiftLimits._fields[1:])
    return LiftLimits(shortest_visit(rules, on).integer, *values)


def on_demand_months(rules: Regulation, basis: str, on: date) -> Value | None:
    """The longest time between visits on site under maintenance on demand, in months; None before there was
    any."""
    return rules.find(f"on_demand_months.{basis}", on)


def on_demand_conditions(rules: Regulation, on: date) -> Value | None:
    """Which conditions maintenance on demand asks for beside its filing and its basis."""
    return rules.find("on_demand.conditions", on)


def remote_check_days(rules: Regulation, on: date) -> Value | None:
    """Days from one remote check to the next, where they stand in for visits."""
    return rules.find("on_demand.remote_check_days", on)


def heartbeat_hours(rules: Regulation, on: date) -> Value | None:
    """Hours after which a monitor that is silent counts as gone."""
    return rules.find("on_demand.heartbeat_hours", on)


def fallback_grace_days(rules: Regulation, on: date) -> Value | None:
    """Days after the end of maintenance on demand before which no visit by the calendar is due."""
    return rules.find("on_demand.grace_days", on)


def shorter_on_demand(rules: Regulation, on: date) -> tuple[int, int, Value] | None:
    """(faults, runs since the last visit from which the interval is shorter, how many months it is then)."""
    months = rules.find("on_demand.shorter_months", on)
    if months is None:
        return None
    return (
        rules.integer("on_demand.faults_at_least", on),
        rules.integer("on_demand.runs_at_least", on),
        months,
    )
