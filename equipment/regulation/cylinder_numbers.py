"""The numbers of the cylinder pack that scanning and filling go by: one typed accessor for each key."""
from __future__ import annotations

from datetime import date, timedelta

from equipment.regulation.packs import Regulation


def operator_certificate(rules: Regulation, on: date) -> str:
    """The certificate code that a filler needs."""
    return str(rules.value("operator_certificate", on).value)


def head_mark_from(rules: Regulation, on: date) -> date | None:
    """LPG cylinders made from this day on carry the filling unit's mark on the head (R12); None while no such rule is in force."""
    stated = rules.find("head_mark_from", on)
    return stated.day if stated is not None else None


def unfinished_after(rules: Regulation, on: date) -> timedelta:
    """How long a fill may wait for its result before it counts as unfinished (未完成)."""
    return timedelta(minutes=rules.value("unfinished_after_minutes", on).integer)


def clock_drift(rules: Regulation, on: date) -> timedelta:
    """How far a scanning device's clock may be off before its scans are flagged."""
    return timedelta(seconds=rules.value("clock_drift_seconds", on).integer)


def clock_believable(rules: Regulation, on: date) -> timedelta:
    """A device's day farther off than this is judged on by nobody: its clock is broken."""
    return timedelta(days=rules.value("clock_believable_days", on).integer)


def late_entry_reach(rules: Regulation, on: date) -> timedelta:
    """How far back a paper record may be entered (补录): an older one is no record of a power cut any more."""
    return timedelta(days=rules.value("late_entry_days", on).integer)
