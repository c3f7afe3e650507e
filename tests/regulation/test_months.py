"""Month arithmetic: the end of a month clamps."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.core.months import add_months, month_end, month_start, month_text, months_between, years_text

DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        pytest.param(date(2024, 2, 29), 12, date(2025, 2, 28), id="29 Feb + 1 year is 28 Feb"),
        pytest.param(date(2024, 2, 29), 48, date(2028, 2, 29), id="29 Feb + 4 years is 29 Feb"),
        pytest.param(date(2026, 8, 31), 6, date(2027, 2, 28), id="31 Aug + 6 months is 28 Feb"),
        pytest.param(
            date(2027, 8, 31), 6, date(2028, 2, 29), id="31 Aug + 6 months is 29 Feb in a leap year"
        ),
        pytest.param(date(2026, 8, 31), 1, date(2026, 9, 30), id="31 Aug + 1 month is 30 Sep"),
        pytest.param(date(2026, 8, 31), -2, date(2026, 6, 30), id="31 Aug - 2 months is 30 Jun"),
        pytest.param(date(2026, 1, 31), -1, date(2025, 12, 31), id="back over the year"),
        pytest.param(date(2026, 12, 15), 1, date(2027, 1, 15), id="over the year"),
        pytest.param(date(2026, 5, 20), 0, date(2026, 5, 20), id="no months at all"),
    ],
)
def test_adding_months_clamps_to_the_end_of_a_shorter_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_the_first_and_last_day_of_a_month() -> None:
    assert (month_start(date(2024, 2, 10)), month_end(date(2024, 2, 10))) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert month_end(date(2026, 8, 31)) == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(date(2024, 2, 29), date(2025, 2, 28), 12, id="29 Feb to 28 Feb is a whole year"),
        pytest.param(date(2026, 8, 31), date(2026, 9, 29), 0, id="one day short of a month"),
        pytest.param(date(2026, 8, 31), date(2026, 9, 30), 1, id="31 Aug to 30 Sep is a month"),
        pytest.param(date(2026, 5, 20), date(2026, 5, 19), -1, id="backwards"),
    ],
)
def test_whole_months_between_two_days(start: date, end: date, expected: int) -> None:
    assert months_between(start, end) == expected


@given(DAYS, st.integers(0, 600))
def test_months_between_undoes_add_months(day: date, months: int) -> None:
    assert months_between(day, add_months(day, months)) == months


def test_months_and_years_read_like_a_stamp() -> None:
    assert (month_text(date(2026, 3, 31)), years_text(48), years_text(18)) == ("2026-03", "4", "1.5")
