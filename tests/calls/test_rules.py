"""Rescue calls judged, as tables of cases: the order of times, the two limits, what the desk asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from equipment.calls.rules import (
    ArrivalVerdict,
    CallTimes,
    Durations,
    Urgency,
    arrival_limit,
    arrival_verdict,
    durations,
    is_district,
    time_problems,
    urgency,
)
from equipment.calls.states import CALL_CHANGES, OVER, CallState
from equipment.calls.workbook_rules import HEADINGS, column_keys, read_count, read_instant
from equipment.core.clock import SITE
from equipment.imports.rules import Unreadable
from equipment.imports.table_rules import heading_key

CALLED = datetime(2026, 11, 3, 0, 15, tzinfo=UTC)
STEPS = (5, 15, 30)


def times(**minutes: float) -> CallTimes:
    """The times of a call, in minutes after it came."""
    return CallTimes(
        called_at=CALLED, **{name: CALLED + timedelta(minutes=number) for name, number in minutes.items()}
    )


@pytest.mark.parametrize(
    ("minutes", "now", "limit", "verdict"),
    [
        ({"arrived_at": 30}, 90, 30, ArrivalVerdict.ON_TIME),  # to the minute
        ({"arrived_at": 30.02}, 90, 30, ArrivalVerdict.LATE),
        ({"arrived_at": 45}, 90, 60, ArrivalVerdict.ON_TIME),  # where an hour holds
        ({"arrived_at": 0}, 0, 30, ArrivalVerdict.ON_TIME),
        ({}, 29, 30, ArrivalVerdict.WAITING),
        ({}, 31, 30, ArrivalVerdict.OVERDUE),
        ({"released_at": 4}, 90, 30, ArrivalVerdict.NOT_KNOWN),  # it moved again by itself
        ({"closed_at": 4}, 90, 30, ArrivalVerdict.NOT_KNOWN),  # a false alarm
    ],
)
def test_whether_the_rescue_came_in_time(
    minutes: dict[str, float], now: float, limit: int, verdict: ArrivalVerdict
) -> None:
    assert arrival_verdict(times(**minutes), CALLED + timedelta(minutes=now), limit) is verdict


@pytest.mark.parametrize(
    ("area", "counties_differ", "limit"),
    [
        ("620402", False, 30),  # 白银区
        ("620402001", True, 30),
        ("620421", False, 30),  # 靖远县, as shipped
        ("620421", True, 60),  # as the bureau may choose
        ("620421003", True, 60),
        ("6204", True, 30),  # the city as a whole
    ],
)
def test_which_limit_holds_where(area: str, counties_differ: bool, limit: int) -> None:
    assert arrival_limit(area, 30, 60, counties_differ=counties_differ) == limit


def test_districts_are_told_from_counties_by_their_code() -> None:
    assert [is_district(code) for code in ("620402", "620420", "620421", "620481")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("minutes", "now", "asked"),
    [
        ({}, 0, Urgency.CALM),
        ({}, 4.9, Urgency.CALM),
        ({}, 5, Urgency.URGE),
        ({"dispatched_at": 1}, 14.9, Urgency.URGE),
        ({"dispatched_at": 1}, 15, Urgency.LEVEL_2),
        ({"dispatched_at": 1}, 30, Urgency.LEVEL_3),
        ({}, 300, Urgency.LEVEL_3),
        ({"arrived_at": 31}, 40, Urgency.THERE),
        ({"released_at": 3}, 40, Urgency.THERE),
    ],
)
def test_what_the_desk_asks_for_as_minutes_go_by(
    minutes: dict[str, float], now: float, asked: Urgency
) -> None:
    assert urgency(times(**minutes), CALLED + timedelta(minutes=now), STEPS) is asked


@pytest.mark.parametrize(
    ("minutes", "fields"),
    [
        ({"dispatched_at": 1, "arrived_at": 10, "released_at": 12, "closed_at": 20}, set()),
        ({"arrived_at": -1}, {"arrived_at"}),
        ({"dispatched_at": -5}, {"dispatched_at"}),
        ({"arrived_at": 10, "released_at": 9}, {"released_at"}),
        ({"released_at": -1}, {"released_at"}),
        ({"arrived_at": 5, "released_at": 8, "closed_at": 7}, {"closed_at"}),
        ({"arrived_at": 500}, {"arrived_at"}),  # has not come yet
        ({"released_at": 3}, set()),  # nobody came, they got out
        ({"arrived_at": 0, "released_at": 0}, set()),
    ],
)
def test_times_of_a_call_lie_one_after_the_other(minutes: dict[str, float], fields: set[str]) -> None:
    problems = time_problems(times(**minutes), CALLED + timedelta(minutes=60), timedelta(minutes=10))
    assert set(problems) == fields


def test_a_call_in_the_future_is_refused_beyond_what_clocks_may_differ() -> None:
    ahead = [
        set(time_problems(times(), CALLED - timedelta(minutes=minutes), timedelta(minutes=10)))
        for minutes in (9, 11)
    ]
    assert ahead == [set(), {"called_at"}]


def test_nine_of_ten_is_the_nearest_rank() -> None:
    assert durations([]) == Durations(0, None, None)
    assert durations([60]) == Durations(1, 60, 60)
    assert durations(range(1, 11)) == Durations(10, 6, 9)  # the mean is 5.5
    assert durations([5, 100, 7]) == Durations(3, 37, 100)


def test_what_is_over_stays_over() -> None:
    assert {state for state, after in CALL_CHANGES.items() if not after} == set(OVER)
    assert CALL_CHANGES[CallState.RELEASED] == {CallState.CLOSED}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-03 08:15", datetime(2026, 11, 3, 8, 15, tzinfo=SITE)),
        ("2026/11/3 8:15:20", datetime(2026, 11, 3, 8, 15, 20, tzinfo=SITE)),
        ("2026年11月3日 8时15分", datetime(2026, 11, 3, 8, 15, tzinfo=SITE)),
        ("08:31", datetime(2026, 11, 3, 8, 31, tzinfo=SITE)),  # the time alone: the day of the call
        ("00:10", datetime(2026, 11, 4, 0, 10, tzinfo=SITE)),  # past midnight
    ],
)
def test_instants_as_workbooks_write_them(text: str, instant: datetime) -> None:
    called = datetime(2026, 11, 3, 8, 15, tzinfo=SITE)
    assert read_instant(text, date(2026, 11, 3), called) == instant


@pytest.mark.parametrize("text", ["2026-11-03", "昨天", "25:70", "08:15"])
def test_what_is_no_instant_is_said(text: str) -> None:
    with pytest.raises(Unreadable):
        read_instant(text)


def test_numbers_of_people() -> None:
    assert [read_count(text) for text in ("2", "2人", "3.0", "0")] == [2, 2, 3, 0]
    with pytest.raises(Unreadable):
        read_count("两个")


def test_headings_lead_to_columns_and_somebodys_choice_goes_first() -> None:
    headings = ("工单号", "接警时间", "救援识别码", "设备代码", "说明栏")
    keys = column_keys(headings, HEADINGS, {"说明栏": "narrative", "工单号": ""})
    assert keys == ("", "called_at", "lift", "lift", "narrative")
    assert heading_key("接警时间") in HEADINGS
