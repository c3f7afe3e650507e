"""Telephone numbers, rescue codes, confirmations and drill days, as tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from equipment.core.words import Message
from equipment.rescue.rules import (
    ConfirmedHow,
    DrillClock,
    PhoneState,
    code_fault,
    next_drill,
    phone_fault,
    phone_state,
    plain_number,
    spelt_phone,
)

ON = date(2026, 11, 30)
COUNTED = ("called_back", "centre", "own")


@pytest.mark.parametrize(
    ("text", "digits", "shown"),
    [
        ("13909431234", "13909431234", "13909431234"),
        ("139 0943 1234", "13909431234", "13909431234"),
        ("+86 13909431234", "13909431234", "13909431234"),
        ("０９４３－８２２００００", "09438220000", "0943-8220000"),
        ("0943-8220000", "09438220000", "0943-8220000"),
        ("(010) 62345678", "01062345678", "010-62345678"),
        ("0931 8123456", "09318123456", "0931-8123456"),
        ("400-123-4567", "4001234567", "400-123-4567"),
        ("96333", "96333", "96333"),
        ("119", "119", "119"),
        ("12345", "12345", "12345"),
    ],
)
def test_a_telephone_number_however_it_is_typed(text: str, digits: str, shown: str) -> None:
    assert (phone_fault(text), plain_number(text), spelt_phone(digits)) == (None, digits, shown)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Enter a telephone number."),
        ("值班室", "digits only"),
        ("0943-822000a", "digits only"),
        ("8220000", "area code"),
        ("1390943123", "11 digits"),
        ("139094312345", "11 digits"),
        ("12909431234", "no telephone number"),
        ("0943-82200", "no telephone number"),
        ("000000", "no telephone number"),
    ],
)
def test_what_is_no_telephone_number_says_why(text: str, says: str) -> None:
    assert says in str(phone_fault(text))


@pytest.mark.parametrize(
    ("code", "digits", "says"),
    [
        ("620001", 6, ""),
        ("62001", 5, ""),
        ("012345", 6, ""),
        ("62001", None, ""),
        ("620001", None, ""),
        ("62001", 6, "6 digits; this one has 5"),
        ("6200011", 6, "6 digits; this one has 7"),
        ("620001", 5, "5 digits; this one has 6"),
        ("6200", None, "5/6 digits; this one has 4"),
        ("62000A", 6, "digits only"),
        ("６２０００１", 6, "digits only"),
    ],
)
def test_a_rescue_code_has_the_digits_of_its_city(code: str, digits: int | None, says: str) -> None:
    fault = code_fault(code, digits, (6, 5))
    assert (fault is None) is not bool(says)
    assert says in str(fault or Message(""))


@pytest.mark.parametrize(
    ("how", "until", "counted", "state"),
    [
        (None, date(2027, 5, 30), COUNTED, PhoneState.NEVER),
        (ConfirmedHow.CALLED_BACK, date(2027, 5, 30), COUNTED, PhoneState.CONFIRMED),
        (ConfirmedHow.CALLED_BACK, date(2026, 12, 15), COUNTED, PhoneState.CONFIRMED),
        (ConfirmedHow.CALLED_BACK, date(2026, 12, 14), COUNTED, PhoneState.SOON),
        (ConfirmedHow.OWN, ON, COUNTED, PhoneState.SOON),
        (ConfirmedHow.OWN, date(2026, 11, 29), COUNTED, PhoneState.EXPIRED),
        (ConfirmedHow.OWN, date(2027, 5, 30), ("called_back",), PhoneState.NOT_COUNTED),
    ],
)
def test_what_a_confirmation_is_worth(
    how: ConfirmedHow | None, until: date, counted: tuple[str, ...], state: PhoneState
) -> None:
    assert phone_state(how, until, counted, ON) is state


@pytest.mark.parametrize(
    ("last", "known", "due"),
    [
        (None, date(2026, 11, 30), date(2027, 5, 30)),  # never years overdue on day one
        (date(2026, 8, 31), date(2020, 1, 1), date(2027, 2, 28)),
        (date(2026, 3, 1), date(2026, 11, 30), date(2026, 9, 1)),
    ],
)
def test_a_drill_is_due_half_a_year_after_the_last_or_after_we_came_to_know(
    last: date | None, known: date, due: date
) -> None:
    assert next_drill(last, known, 6)[1] == due


def test_call_arrival_and_release_follow_one_another() -> None:
    nine, half_past, ten = (datetime(2026, 11, 30, 9 + m // 60, m % 60, tzinfo=UTC) for m in (0, 30, 60))
    assert [
        DrillClock(nine, half_past, ten).is_in_order,
        DrillClock(nine, None, ten).is_in_order,
        DrillClock().is_in_order,
        DrillClock(ten, half_past, None).is_in_order,
        DrillClock(ten, None, nine).is_in_order,
    ] == [True, True, True, False, False]
    whole = DrillClock(nine, half_past, ten)
    assert (whole.arrival_minutes, whole.release_minutes) == (30, 30)
