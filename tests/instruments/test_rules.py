"""计量器具: what a verification is worth on a day, what marks a fill, when the next own check falls due."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.instruments.rules import (
    InstrumentKind,
    VerificationStanding,
    fill_flags,
    next_check,
    own_check_period,
    share,
    standing,
    usual_last_day,
)

ON = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("until", "failed", "worth"),
    [
        (date(2027, 5, 1), False, VerificationStanding.VALID),
        (date(2026, 12, 30), False, VerificationStanding.SOON),  # thirty days are left
        (date(2026, 12, 31), False, VerificationStanding.VALID),
        (date(2026, 11, 30), False, VerificationStanding.SOON),  # its last day still holds
        (date(2026, 11, 29), False, VerificationStanding.EXPIRED),
        (None, False, VerificationStanding.UNKNOWN),
        (
            date(2027, 5, 1),
            True,
            VerificationStanding.FAILED,
        ),  # a failure outweighs the certificate before it
        (None, True, VerificationStanding.FAILED),
    ],
)
def test_what_a_verification_is_worth(until: date | None, failed: bool, worth: VerificationStanding) -> None:
    assert standing(until, failed, ON) is worth


@pytest.mark.parametrize(
    ("until", "failed_on", "stopped_on", "flags"),
    [
        (date(2026, 11, 30), None, None, set()),
        (date(2026, 11, 29), None, None, {"instrument_overdue"}),
        (None, None, None, {"instrument_overdue"}),
        (date(2027, 1, 1), None, ON, {"instrument_stopped"}),
        (date(2026, 11, 1), None, ON, {"instrument_overdue", "instrument_stopped"}),
        (date(2027, 1, 1), ON, ON, {"instrument_failed"}),
        # it failed and stopped the day after: the fill that is recorded late is not blamed
        (date(2027, 1, 1), date(2026, 12, 1), date(2026, 12, 1), set()),
    ],
)
def test_what_marks_a_fill(
    until: date | None, failed_on: date | None, stopped_on: date | None, flags: set[str]
) -> None:
    assert fill_flags(until, failed_on, stopped_on, ON) == flags


@pytest.mark.parametrize(
    ("kind", "on", "last"),
    [
        (InstrumentKind.SCALE, date(2026, 3, 1), date(2027, 2, 28)),
        (InstrumentKind.GAUGE, date(2026, 3, 1), date(2026, 8, 31)),
        (InstrumentKind.GAUGE, date(2026, 8, 31), date(2027, 2, 27)),  # the month's end clamps
        (InstrumentKind.METER, date(2026, 3, 1), None),  # no text was seen: its certificate says
        (InstrumentKind.DISPENSER, date(2026, 3, 1), None),
        (InstrumentKind.THERMOMETER, date(2026, 3, 1), None),
    ],
)
def test_the_usual_last_day(kind: InstrumentKind, on: date, last: date | None) -> None:
    assert usual_last_day(kind, on) == last


@pytest.mark.parametrize(
    ("kind", "at_station", "checked_on", "due"),
    [
        (InstrumentKind.SCALE, True, None, date(2026, 12, 10)),  # from the day it came on file
        (InstrumentKind.SCALE, True, date(2026, 11, 30), date(2027, 2, 28)),
        (InstrumentKind.SCALE, False, date(2026, 11, 30), None),  # the rule speaks of filling scales
        (InstrumentKind.GAUGE, True, date(2026, 11, 30), None),
    ],
)
def test_the_next_own_check(
    kind: InstrumentKind, at_station: bool, checked_on: date | None, due: date | None
) -> None:
    known = date(2026, 9, 10)
    assert next_check(kind, at_station=at_station, checked_on=checked_on, known_on=known, on=ON) == due


def test_periods_are_not_verified_yet() -> None:
    period = own_check_period(InstrumentKind.SCALE, at_station=True, on=ON)
    assert period is not None
    assert (period.integer, period.confidence.verified) == (3, False)


@pytest.mark.parametrize(("part", "whole", "answer"), [(0, 0, None), (0, 4, 0.0), (3, 4, 0.75), (4, 4, 1.0)])
def test_the_share_verified(part: int, whole: int, answer: float | None) -> None:
    assert share(part, whole) == answer
