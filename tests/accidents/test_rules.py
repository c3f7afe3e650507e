"""What cannot be reported, how fast it was, and who decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from equipment.accidents.rules import (
    AccidentFacts,
    decision_problem,
    facts_problems,
    follow_up_until,
    office_of,
    relay_problem,
    report_clock,
    second_person_problem,
)
from equipment.accidents.states import ACCIDENT_CHANGES, AccidentState, Office, ReportVerdict
from equipment.regulation.accident_numbers import (
    exclusions,
    follow_up_within,
    relayed_within,
    unit_reports_within,
)

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
V = ReportVerdict


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def facts(**more: Any) -> AccidentFacts:
    plain = {
        "happened_at": at(-90),
        "known_at": at(-60),
        "reported_at": at(-10),
        "place": "",
        "what": "充装时软管脱落",
    }
    return AccidentFacts(**{**plain, **more})


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        pytest.param({}, set(), id="as it was"),
        pytest.param({"known_at": None}, set(), id="nobody can say when the head knew"),
        pytest.param({"happened_at": at(1), "known_at": None}, {"happened_at", "reported_at"}, id="not yet"),
        pytest.param({"known_at": at(-91)}, {"known_at"}, id="known before it happened"),
        pytest.param({"known_at": at(1)}, {"known_at"}, id="known in the future"),
        pytest.param({"reported_at": at(-91)}, {"reported_at"}, id="reported before it happened"),
        pytest.param({"reported_at": at(-61)}, {"reported_at"}, id="reported before the head knew"),
        pytest.param({"reported_at": at(1)}, {"reported_at"}, id="reported in the future"),
        pytest.param({"what": "  "}, {"what"}, id="nothing said"),
        pytest.param({"dead": -1, "trapped": 10_001}, {"dead", "trapped"}, id="no such numbers of people"),
        pytest.param({"loss_yuan": -5}, {"loss_yuan"}, id="no such loss"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(changed: dict[str, Any], fields: set[str]) -> None:
    assert set(facts_problems(facts(**changed), NOON)) == fields


@pytest.mark.parametrize(
    ("since", "done", "verdict"),
    [
        pytest.param(-60, None, V.RUNNING, id="the last minute still runs"),
        pytest.param(-60.5, None, V.OVERDUE, id="half a minute over"),
        pytest.param(-90, -30, V.ON_TIME, id="after sixty minutes to the second"),
        pytest.param(-90, -29.9, V.LATE, id="a little later"),
        pytest.param(None, -30, V.NOT_KNOWN, id="nobody can say since when"),
    ],
)
def test_an_hour_is_kept_or_missed(since: float | None, done: float | None, verdict: V) -> None:
    began = None if since is None else at(since)
    assert report_clock(began, 60, None if done is None else at(done), NOON).verdict is verdict


@pytest.mark.parametrize(
    ("area", "office", "decides", "tells_city", "tells_province"),
    [
        ("620402001", Office.TOWNSHIP, False, False, False),
        ("620402", Office.COUNTY, True, True, False),
        ("6204", Office.CITY, True, True, True),
        ("", Office.CITY, True, True, True),
    ],
)
def test_who_decides_and_who_tells_whom(
    area: str, office: Office, decides: bool, tells_city: bool, tells_province: bool
) -> None:
    assert office_of(area) is office
    assert (decision_problem(area) is None) is decides
    assert (relay_problem(area, Office.COUNTY) is None) is tells_city
    assert (relay_problem(area, Office.CITY) is None) is tells_province


def test_another_person_clears() -> None:
    one, two = uuid4(), uuid4()
    assert second_person_problem(one, two) is None
    assert second_person_problem(one, one) is not None
    assert second_person_problem(None, None) is None


def test_the_days_of_follow_up_reports_end_after_thirty() -> None:
    assert follow_up_until(date(2026, 1, 31), 30) == date(2026, 3, 2)


def test_what_the_pack_says() -> None:
    on = date(2026, 11, 30)
    numbers = [rule(on).integer for rule in (unit_reports_within, relayed_within, follow_up_within)]
    assert numbers == [60, 120, 30]
    assert [rule(on).confidence for rule in (unit_reports_within, relayed_within)] == ["seen", "known"]
    assert [(one.code, one.citation.clause) for one in exclusions(on)] == [
        ("1", "第三条（一）"),
        ("2", "第三条（二）"),
        ("3", "第三条（三）"),
        ("4", "第三条（四）"),
        ("5", "第三条（五）"),
        ("6", "第三条（六）"),
    ]


def test_a_closed_accident_becomes_nothing_else() -> None:
    assert ACCIDENT_CHANGES[AccidentState.CLOSED] == set()
    assert {state for state, to in ACCIDENT_CHANGES.items() if AccidentState.CONFIRMED in to} == {
        AccidentState.REPORTED,
        AccidentState.EXCLUDED,
    }
