"""Periods: which day or slice of a day a job is due for, and what is caught up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from equipment.tasks.timetable import Daily, Every, open_periods, timetable

AT_ONE = Daily(time(1, 0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "period"),
    [
        ("2026-11-23T00:59+08:00", "2026-11-22"),
        ("2026-11-23T01:00+08:00", "2026-11-23"),
        ("2026-11-23T23:59+08:00", "2026-11-23"),
        ("2026-11-22T17:00+00:00", "2026-11-23"),
        ("2026-11-22T16:59+00:00", "2026-11-22"),
    ],
)
def test_a_daily_job_belongs_to_the_site_s_day_from_its_hour_on(now: str, period: str) -> None:
    assert AT_ONE.period(at(now)) == period


@pytest.mark.parametrize(
    ("now", "period"),
    [
        ("2026-11-23T00:00+08:00", "2026-11-23T00:00"),
        ("2026-11-23T08:19+08:00", "2026-11-23T08:10"),
        ("2026-11-23T00:05+00:00", "2026-11-23T08:00"),
    ],
)
def test_a_frequent_job_belongs_to_a_slice_of_the_site_s_day(now: str, period: str) -> None:
    assert Every(10).period(at(now)) == period


def test_a_period_knows_its_beginning_its_day_and_its_successor() -> None:
    assert (AT_ONE.starts("2026-11-23"), AT_ONE.day("2026-11-23"), AT_ONE.after("2026-12-31")) == (
        at("2026-11-23T01:00+08:00"),
        date(2026, 11, 23),
        "2027-01-01",
    )
    assert (
        Every(10).starts("2026-11-23T23:50"),
        Every(10).day("2026-11-23T23:50"),
        Every(10).after("2026-11-23T23:50"),
    ) == (at("2026-11-23T23:50+08:00"), date(2026, 11, 23), "2026-11-24T00:00")


NOW = at("2026-11-23T09:00+08:00")


@pytest.mark.parametrize(
    ("when", "last", "expected"),
    [
        (AT_ONE, None, ["2026-11-23"]),
        (AT_ONE, "2026-11-23", []),
        (AT_ONE, "2026-11-20", ["2026-11-21", "2026-11-22", "2026-11-23"]),
        (Daily(time(1, 0), catches_up=False), "2026-11-20", ["2026-11-23"]),
        (Daily(time(10, 0)), "2026-11-22", []),
        (Every(60), "2026-11-22T08:00", ["2026-11-23T09:00"]),
        (Every(60), "2026-11-23T09:00", []),
    ],
)
def test_missed_days_are_caught_up_oldest_first(
    when: Daily | Every, last: str | None, expected: list[str]
) -> None:
    assert list(open_periods(when, last, NOW)) == expected


def test_after_a_year_of_silence_only_the_last_month_is_caught_up() -> None:
    assert (
        len(list(open_periods(AT_ONE, "2025-11-01", NOW))),
        next(open_periods(AT_ONE, "2025-11-01", NOW)),
    ) == (32, "2026-10-23")


def test_names_of_jobs_and_periods_fit_their_columns() -> None:
    assert [
        timed.name for timed in timetable if len(timed.name) > 40 or len(timed.when.period(NOW)) > 20
    ] == []
