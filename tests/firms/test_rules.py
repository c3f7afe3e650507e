"""Counts, rates and score of a firm's month as tables of cases."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import uuid4

import pytest

from equipment.firms.rules import (
    DEFINITIONS,
    PARTS,
    Number,
    Rating,
    VisitDue,
    VisitMade,
    added,
    due_counts,
    fraction,
    total,
    visit_counts,
)
from equipment.firms.score_rules import BASE, CRITERIA, Basis, score
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.firm_numbers import score_points

FIRM, OTHER = uuid4(), uuid4()
END = date(2026, 10, 31)
POINTS = score_points(ELEVATOR.regulation, END)
N = Number


def october(day: int) -> date:
    return date(2026, 10, day)


@pytest.mark.parametrize(
    ("due_on", "done_on", "proved", "until", "numbers"),
    [
        pytest.param(october(10), october(10), True, END, [N.ON_TIME, N.ON_TIME_SWIPED], id="on its day"),
        pytest.param(october(10), october(2), False, END, [N.ON_TIME], id="early, by hand"),
        pytest.param(october(10), october(11), True, END, [N.LATE], id="a day late"),
        pytest.param(october(30), date(2026, 11, 2), True, END, [N.MISSED], id="made in the next month"),
        pytest.param(october(10), None, False, END, [N.MISSED], id="not made"),
        pytest.param(october(20), None, False, october(19), [], id="not due yet"),
        pytest.param(october(20), october(18), False, october(19), [N.ON_TIME], id="made before its day"),
    ],
)
def test_a_visit_that_fell_due(
    due_on: date, done_on: date | None, proved: bool, until: date, numbers: list[Number]
) -> None:
    due = VisitDue(uuid4(), uuid4(), FIRM, "620402", due_on, done_on, proved)
    assert [one.number for one in due_counts([due], until)] == numbers


@pytest.mark.parametrize(
    ("swiped", "proved", "signature", "numbers"),
    [
        (True, True, "account", [N.SWIPED, N.BY_ACCOUNT]),
        (True, False, "on_site", [N.UNPROVED, N.SIGNED_ELSE]),
        (False, True, "", [N.BY_HAND, N.UNSIGNED]),
    ],
)
def test_a_visit_that_was_made(swiped: bool, proved: bool, signature: str, numbers: list[Number]) -> None:
    made = VisitMade(uuid4(), uuid4(), FIRM, "620402", swiped, proved, signature)
    assert [one.number for one in visit_counts([made])] == numbers


def test_counties_add_up_before_they_are_divided() -> None:
    dues = [
        VisitDue(uuid4(), uuid4(), firm, county, october(5), done)
        for firm, county, done in (
            (FIRM, "620402", october(5)),
            (FIRM, "620403", None),
            (FIRM, "620403", october(4)),
            (OTHER, "620402", None),
        )
    ]
    sums = added(due_counts(dues, END))
    assert fraction(Rating.ON_TIME, sums[FIRM]["620403"]) == (1, 2)
    assert fraction(Rating.ON_TIME, total(sums[FIRM])) == (2, 3)
    assert fraction(Rating.ON_TIME, total(sums[OTHER])).share == 0


def test_nothing_is_not_nought_percent() -> None:
    for rating in Rating:
        assert fraction(rating, Counter()).share is None
        assert DEFINITIONS[rating]
        assert set(PARTS[rating][0]) < set(PARTS[rating][1])


def counts(**numbers: int) -> Counter[Number]:
    return Counter({Number(key): number for key, number in numbers.items()})


PERFECT = {"on_time": 50, "on_time_swiped": 50, "swiped": 50}


@pytest.mark.parametrize(
    ("numbers", "points"),
    [
        pytest.param(PERFECT, 100.0, id="all made in time by swipe"),
        pytest.param(
            {"on_time": 40, "late": 10, "on_time_swiped": 40, "swiped": 50}, 80.0, id="a fifth late"
        ),
        pytest.param(
            {"on_time": 50, "on_time_swiped": 25, "swiped": 25, "by_hand": 25},
            0.0,
            id="half by hand: −50, −50",
        ),
        pytest.param({**PERFECT, "forged": 1}, 80.0, id="one forged record found true"),
        pytest.param({**PERFECT, "failed": 2, "serious": 1}, 91.0, id="two failed, one serious hazard"),
        pytest.param({**PERFECT, "forged": 9}, 0.0, id="never below nothing"),
        pytest.param({"plated": 10}, None, id="nothing fell due: no score"),
        pytest.param({}, None, id="no visits at all"),
    ],
)
def test_the_score(numbers: dict[str, int], points: float | None) -> None:
    assert score(counts(**numbers), POINTS).points == points


def test_every_criterion_has_its_points_and_every_point_its_criterion() -> None:
    assert {criterion.key for criterion in CRITERIA} | {BASE} == set(POINTS)
    assert all(not POINTS[key].confidence.verified for key in POINTS)  # another city's, until confirmed


def test_a_criterion_without_data_says_so_and_takes_nothing() -> None:
    lines = score(counts(**PERFECT, forged=1), POINTS).lines
    without = [line for line in lines if line.criterion.basis is Basis.NO_DATA]
    assert {line.criterion.key for line in without} >= {"complaint", "accident"}
    assert all(line.taken == 0 and line.criterion.lacks for line in without)
    assert [line.taken_points for line in lines if line.criterion.key == "forged"] == [20.0]
