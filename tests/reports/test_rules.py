"""The annual hazard rate as rules: periods, boundaries, sums, the distance to the line, what a silent station is."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.regulation.choices import RATES
from equipment.regulation.clauses import Grade
from equipment.reports.charts import GRADE_COLOURS, area_bars, month_line, stacked_bars
from equipment.reports.month_rules import issue_problem
from equipment.reports.rules import (
    DEFINITIONS,
    LIMIT,
    Margin,
    Period,
    Share,
    definition,
    definitions,
    is_open,
    margin,
    month_ends,
    period,
    shown,
    stands,
    total,
)

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("year", "report_day", "expected"),
    [
        (2026, date(2026, 11, 23), Period(date(2026, 1, 1), date(2026, 11, 23))),
        (2026, date(2026, 12, 31), Period(date(2026, 1, 1), date(2026, 12, 31))),
        (2025, date(2026, 11, 23), Period(date(2025, 1, 1), date(2025, 12, 31))),
        (2026, date(2026, 1, 1), Period(date(2026, 1, 1), date(2026, 1, 1))),
    ],
)
def test_before_the_end_of_the_year_the_report_day_counts_afterwards_its_last_day(
    year: int, report_day: date, expected: Period
) -> None:
    assert period(year, report_day) == expected


@pytest.mark.parametrize(
    ("found", "closed", "open_"),
    [
        (date(2026, 6, 30), None, True),
        (date(2026, 7, 1), None, False),
        (date(2026, 1, 1), date(2026, 6, 30), False),
        (date(2026, 1, 1), date(2026, 7, 1), True),
        (date(2026, 6, 30), date(2026, 6, 30), False),
    ],
)
def test_a_hazard_is_open_until_the_day_it_is_closed_on(
    found: date, closed: date | None, open_: bool
) -> None:
    assert is_open(found, closed, DAY) == open_


@pytest.mark.parametrize(
    ("since", "until", "covers"),
    [
        (date(2026, 6, 30), None, True),
        (date(2026, 7, 1), None, False),
        (date(2020, 1, 1), date(2026, 6, 30), False),
        (date(2020, 1, 1), date(2026, 7, 1), True),
        (date(2026, 6, 30), date(2026, 6, 30), False),
    ],
)
def test_an_interval_ends_before_its_last_day(since: date, until: date | None, covers: bool) -> None:
    assert stands(since, until, DAY) == covers


def test_rates_are_summed_before_they_are_divided() -> None:
    small, large = Share(1, 2), Share(1, 998)
    assert total([small, large]) == Share(2, 1000)
    assert total([small, large]).rate == 0.002
    assert total([]) == Share(0, 0)
    assert total([]).rate is None


@pytest.mark.parametrize(
    ("share", "expected", "within"),
    [
        (Share(0, 1000), Margin(20, 0), True),
        (Share(19, 1000), Margin(1, 0), True),
        (Share(20, 1000), Margin(0, 0), True),
        (Share(21, 1000), Margin(0, 1), False),
        (Share(1, 49), Margin(0, 1), False),
        (Share(0, 49), Margin(0, 0), True),
        (Share(1, 50), Margin(0, 0), True),
        (Share(0, 0), Margin(0, 0), True),
        (Share(250, 10_000), Margin(0, 50), False),
    ],
)
def test_the_distance_to_the_line_is_counted_in_whole_pieces(
    share: Share, expected: Margin, within: bool
) -> None:
    assert margin(share) == expected
    assert share.within() == within


@pytest.mark.parametrize(
    ("on", "count", "expected"),
    [
        (date(2026, 3, 15), 3, (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 15))),
        (date(2024, 2, 29), 2, (date(2024, 1, 31), date(2024, 2, 29))),
        (date(2026, 1, 31), 2, (date(2025, 12, 31), date(2026, 1, 31))),
    ],
)
def test_the_running_month_is_cut_at_the_day(on: date, count: int, expected: tuple[date, ...]) -> None:
    assert month_ends(on, count) == expected


def test_every_definition_says_itself_in_both_languages_and_none_claims_to_be_confirmed() -> None:
    assert [each.key for each in definitions(date(2026, 11, 23))] == ["H1", "H2", "H3", "H4", "H5"]
    assert [key for key in RATES if key] == sorted({each.key for each in DEFINITIONS})
    versions = [(each.key, each.version) for each in DEFINITIONS]
    assert len(versions) == len(set(versions))
    assert [
        each.key
        for each in DEFINITIONS
        if each.confidence.verified or not each.formula_zh or not each.formula_en
    ] == []
    assert {each.key for each in DEFINITIONS if each.falls_when_closed} == {"H1"}
    with pytest.raises(LookupError):
        definition("H1", date(2019, 12, 31))


def test_while_nobody_has_chosen_both_candidates_stand_side_by_side() -> None:
    assert shown("") == ("H2", "H1")
    assert shown("H3") == ("H3",)


@pytest.mark.parametrize(
    ("month", "version", "note", "text"),
    [
        (date(2026, 10, 1), 1, "", None),
        (date(2026, 11, 1), 1, "", "This month has not ended yet."),
        (date(2026, 10, 2), 1, "", "A month begins on its first day."),
        (date(2026, 10, 1), 2, " ", "A new version of an issued report needs its reason."),
        (date(2026, 10, 1), 2, "补录隐患", None),
    ],
)
def test_only_a_month_that_has_ended_is_issued_and_a_new_version_has_its_reason(
    month: date, version: int, note: str, text: str | None
) -> None:
    problem = issue_problem(month, version, note, date(2026, 11, 23))
    assert (str(problem) if problem else None) == text


def test_a_chart_always_shows_the_line_of_the_plan() -> None:
    option = month_line(
        {"H1": [(date(2026, 1, 31), Share(1, 1000)), (date(2026, 2, 28), Share(0, 0))]}, "2 %"
    )
    assert option["series"][0]["data"] == [{"value": 0.1}, {"value": None}]
    assert option["series"][0]["markLine"]["data"] == [{"yAxis": LIMIT.share * 100}]
    assert option["yAxis"]["max"] == 2.5
    assert area_bars(["甲"], {"H1": [Share(4, 100)]}, "2 %")["yAxis"]["max"] == 4.5
    assert month_line({}, "2 %")["series"] == []


def test_a_point_of_a_line_opens_the_pieces_of_its_own_definition() -> None:
    day = date(2026, 1, 31)
    option = month_line(
        {key: [(day, Share(1, 100))] for key in ("H1", "H2")},
        "2 %",
        {(key, day): f"/{key}" for key in ("H1", "H2")},
    )
    assert [series["data"][0]["url"] for series in option["series"]] == ["/H1", "/H2"]


def test_a_chart_of_grades_shows_the_worst_in_red() -> None:
    chart = stacked_bars(["A"], {grade: [1] for grade in Grade}, [GRADE_COLOURS[grade] for grade in Grade])
    assert chart["color"] == ["#12548f", "#d97706", "#b42318"]
