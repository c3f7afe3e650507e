"""按需维保: when the next visit is due while it stands, when its end is known ahead, and after it has ended.

The calendar asks for a visit every 15 days; a lift that fell back has 7 days of grace (a house value).
"""

from __future__ import annotations

from datetime import date

import pytest

from equipment.core.words import Message
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.elevator_visits import next_visit
from equipment.regulation.planning import Done, DueKind, Life, OnDemandRight, Planned

RULES = ELEVATOR.regulation
ON = date(2026, 6, 1)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def due(last: str, right: OnDemandRight | None, on: date = ON) -> Planned:
    life = Life(
        ElevatorDetails(catalogue="3110"),
        in_use_since=date(2020, 1, 1),
        done=(Done(DueKind.VISIT_YEAR, day(last)),),
        on_demand=right,
    )
    found = next_visit(RULES, life, on)
    assert found is not None
    return found


def right(
    basis: str = "iot",
    months: int = 3,
    *,
    since: str = "01-01",
    ends: str = "",
    runs: int | None = None,
    faults: int | None = None,
) -> OnDemandRight:
    ends_on = day(ends) if ends else None
    return OnDemandRight(
        basis, months, day(since), ends_on, "no insurance in force" if ends else "", runs, faults
    )


@pytest.mark.parametrize(
    ("last", "held", "expected"),
    [
        pytest.param("05-10", None, "05-25", id="by the calendar: 15 days"),
        pytest.param("05-10", right("iot"), "08-10", id="monitored: 3 months"),
        pytest.param("05-10", right("remote_check", 2), "07-10", id="remote checks: 2 months"),
        pytest.param("05-10", right("other", 1), "06-10", id="another arrangement: 1 month"),
        pytest.param("05-10", right("remote_check", 3), "07-10", id="a filing cannot say more than the rule"),
        pytest.param("05-10", right("iot", 2), "07-10", id="a filing may say less"),
        pytest.param("05-10", right("iot", faults=2), "08-10", id="two faults since: as before"),
        pytest.param("05-10", right("iot", faults=3), "06-10", id="three faults since: a month"),
        pytest.param("05-10", right("iot", runs=59_999), "08-10", id="not run often"),
        pytest.param("05-10", right("iot", runs=60_000), "06-10", id="run often: a month"),
        pytest.param("05-10", right("other", 1, faults=9), "06-10", id="never longer for its faults"),
        pytest.param("05-10", right(since="05-25"), "08-10", id="begins on the day the visit was due"),
        pytest.param("05-10", right(since="05-26"), "05-25", id="was overdue when it began: stays overdue"),
        pytest.param("05-10", right(ends="09-01"), "08-10", id="ends after the visit is due"),
        pytest.param("05-10", right(ends="08-03"), "08-10", id="ends a grace before it: nothing moves"),
        pytest.param("05-10", right(ends="07-01"), "07-08", id="known to end: the end and 7 days"),
        pytest.param("05-10", right(ends="06-01"), "06-08", id="ends today: 7 days, not 7 days overdue"),
        pytest.param(
            "04-01", right(ends="06-01"), "06-08", id="two months since the last visit: still 7 days"
        ),
        pytest.param(
            "03-04", right(ends="06-01"), "06-04", id="never later than on demand: 3 months are over before"
        ),
        pytest.param("05-25", right(ends="06-01"), "06-09", id="visited a week ago: the calendar is later"),
        pytest.param("05-24", right(ends="06-01"), "06-08", id="the calendar and the grace fall together"),
        pytest.param(
            "04-01", right(ends="04-20"), "04-27", id="fell back long ago and nobody came: overdue since then"
        ),
        pytest.param("05-28", right(ends="04-20"), "06-12", id="visited since it fell back: the calendar"),
    ],
)
def test_when_the_next_visit_is_due(last: str, held: OnDemandRight | None, expected: str) -> None:
    assert due(last, held).due_on == day(expected)


@pytest.mark.parametrize("last", ["04-01", "05-10", "05-25", "05-31"])
@pytest.mark.parametrize("ends", ["06-02", "06-20", "07-15"])
def test_the_day_on_which_it_falls_back_moves_nothing(last: str, ends: str) -> None:
    """An end that was known ahead is reckoned with: the evening before and the morning after say the same."""
    held, end = right(ends=ends), day(ends)
    before = due(last, held, date.fromordinal(end.toordinal() - 1))
    assert due(last, held, end).due_on == before.due_on


def test_the_visit_says_why() -> None:
    assert str(due("05-10", right()).explanation) == (
        "Last visit 2026-05-10; on demand, at most 3 months apart → 2026-08-10"
    )
    assert str(due("05-10", right(faults=3)).explanation) == (
        "Last visit 2026-05-10; on demand, but many runs or faults since: 1 month(s) apart → 2026-06-10"
    )
    assert str(due("05-10", right(ends="07-01")).explanation) == (
        "Last visit 2026-05-10; on demand until 2026-07-01 (no insurance in force), then by calendar (2026-05-25) "
        "with some days of grace → 2026-07-08"
    )
    fallen = due("05-10", right(ends="06-01")).explanation
    assert isinstance(fallen, Message)
    assert str(fallen) == (
        "By calendar again since 2026-06-01: no insurance in force. Last visit 2026-05-10, 2026-05-25 by calendar, "
        "with some days of grace → 2026-06-08"
    )


def test_its_numbers_are_unverified() -> None:
    assert not due("05-10", right()).citation.confidence.verified


def test_no_rule_of_that_day_no_longer_interval() -> None:
    """A basis that no rule names goes by the calendar."""
    assert due("05-10", right("goodwill")).due_on == day("05-25")
