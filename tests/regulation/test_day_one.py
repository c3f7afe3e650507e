"""Day one of a real register: what its papers say stands, what nobody recorded is not known, and nothing starts years overdue."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_life import last_fill_day
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.planning import (
    Alteration,
    AlterationKind,
    Conclusion,
    Done,
    DueKind,
    Extension,
    Life,
    Origin,
    Planned,
    Stop,
)

TODAY = date(2026, 11, 28)
LAST, PAPER = date(2026, 5, 10), date(2027, 5, 31)
LIFT = ElevatorDetails(catalogue="3110")
LPG = CylinderDetails(variety="lpg", medium="LPG")
Days = tuple[str, str | None]  # the due day with where it comes from; the rule's day beside it


def by_paper(on: date = LAST) -> Done:
    return Done(DueKind.INSPECTION, on, from_paper=True)


def lift(**more: object) -> Life:
    return Life(LIFT, **{"known_since": TODAY, **more})  # type: ignore[arg-type]


def bottle(**more: object) -> Life:
    return Life(LPG, **{"known_since": TODAY, "made_on": date(2015, 3, 1), **more})  # type: ignore[arg-type]


def step(life: Life, kind: DueKind = DueKind.INSPECTION, on: date = TODAY) -> Planned | None:
    category = ELEVATOR if isinstance(life.details, ElevatorDetails) else CYLINDER
    return next((each for each in category.plan(life, on) if each.kind is kind), None)


def days(life: Life, kind: DueKind = DueKind.INSPECTION) -> Days:
    found = step(life, kind)
    return (
        f"{found.due_on} {found.origin}" if found else "",
        str(found.by_rule.due_on) if found and found.by_rule else None,
    )


# The lines of e10 of the trial imports, with what the register must say of each.
E10 = [
    pytest.param(
        {"done": (by_paper(),), "paper_next_on": PAPER},
        ("2027-05-31 paper", None),
        id="B1 no base day: the paper alone",
    ),
    pytest.param(
        {"in_use_since": date(2018, 5, 1), "done": (by_paper(),), "paper_next_on": PAPER},
        ("2027-05-31 paper", None),
        id="B2 both agree",
    ),
    pytest.param(
        {"registered_on": date(2018, 9, 15), "done": (by_paper(),), "paper_next_on": PAPER},
        ("2027-05-31 paper", "2027-09-30"),
        id="B3 the rule would be later",
    ),
    pytest.param(
        {
            "in_use_since": date(2009, 5, 1),
            "registered_on": date(2009, 9, 15),
            "done": (by_paper(),),
            "paper_next_on": PAPER,
        },
        ("2027-05-31 paper", "2026-09-30"),
        id="B4 the rule would have it overdue",
    ),
    pytest.param(
        {
            "in_use_since": date(2024, 9, 1),
            "registered_on": date(2024, 10, 15),
            "done": (by_paper(date(2024, 9, 10)),),
            "paper_next_on": date(2025, 9, 30),
        },
        ("2025-09-30 paper", "2025-10-31"),
        id="B5 overdue by its own paper",
    ),
    pytest.param(
        {"paper_next_on": date(2026, 10, 31)},
        ("2026-10-31 paper", None),
        id="B6 a next day and nothing else: overdue",
    ),
    pytest.param(
        {"in_use_since": date(2010, 3, 1), "paper_next_on": date(2026, 10, 31)},
        ("2026-10-31 paper", None),
        id="B7 no inspection on record: the rule cannot tell, never 5,722 days overdue",
    ),
    pytest.param(
        {"registered_on": date(2020, 5, 20), "paper_next_on": PAPER},
        ("2027-05-31 paper", None),
        id="registered 2020, next 2027-05",
    ),
]


@pytest.mark.parametrize(("known", "expected"), E10)
def test_a_stated_next_day_stands_and_the_rules_day_beside_it(
    known: dict[str, object], expected: Days
) -> None:
    assert days(lift(**known)) == expected


B4 = {"registered_on": date(2009, 9, 15), "done": (by_paper(),), "paper_next_on": PAPER}


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        pytest.param(
            {"done": (by_paper(), Done(DueKind.INSPECTION, date(2026, 12, 1)))},
            ("2027-05-31 rule", None),
            id="a result before its time: the month stays that of the papers",
        ),
        pytest.param(
            {"done": (by_paper(), Done(DueKind.INSPECTION, date(2027, 5, 20)))},
            ("2028-05-31 rule", None),
            id="the next result: a year on, in that month",
        ),
        pytest.param(
            {"done": (by_paper(), Done(DueKind.INSPECTION, date(2026, 12, 1), Conclusion.FAILED))},
            ("2026-12-01 failed", None),
            id="a failed one",
        ),
        pytest.param(
            {"done": (by_paper(), Done(DueKind.INSPECTION, date(2025, 9, 1)))},
            ("2027-05-31 paper", "2026-09-30"),
            id="an older result entered late",
        ),
        pytest.param(
            {"alterations": (Alteration(AlterationKind.ALTERATION, date(2026, 11, 20)),)},
            ("2027-11-30 rule", None),
            id="an alteration",
        ),
        pytest.param(
            {"stops": (Stop(date(2026, 12, 1), date(2028, 2, 1)),)},
            ("2028-02-01 rule", None),
            id="a long stop",
        ),
        pytest.param(
            {"paper_decided": True}, ("2027-05-31 paper", None), id="an inspector let the paper stand"
        ),
        pytest.param(
            {"paper_next_on": None}, ("2026-09-30 rule", None), id="an inspector let the rule stand"
        ),
        pytest.param(
            {"done": (by_paper(), Done(DueKind.INSPECTION, date(2026, 12, 1))), "paper_next_on": None},
            ("2027-09-30 rule", None),
            id="the rule stood, then a result: the month of the base",
        ),
        pytest.param(
            {"paper_next_on": LAST},
            ("2026-09-30 rule", None),
            id="a next day that is no later than the last states nothing",
        ),
        pytest.param(
            {"extensions": (Extension(DueKind.INSPECTION, PAPER, date(2027, 7, 31), "x"),)},
            ("2027-07-31 paper", "2026-09-30"),
            id="a delay",
        ),
    ],
)
def test_the_paper_stands_until_something_newer_is_on_record(
    newer: dict[str, object], expected: Days
) -> None:
    assert days(lift(**{**B4, **newer})) == expected


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        pytest.param(lift(), "2027-02-26 unknown", id="a lift without any day"),
        pytest.param(
            lift(done=(by_paper(),)),
            "2027-02-26 unknown",
            id="inspected, but nothing to count its years from",
        ),
        pytest.param(
            lift(registered_on=date(2010, 3, 1)), "2027-02-26 unknown", id="an old lift nobody has papers of"
        ),
        pytest.param(
            lift(registered_on=date(2026, 3, 1)),
            "2027-03-31 rule",
            id="a new lift: its first year lies ahead",
        ),
        pytest.param(
            lift(registered_on=date(2025, 11, 28)), "2026-11-30 rule", id="its first year ends this month"
        ),
        pytest.param(bottle(), "2027-02-26 unknown", id="an old bottle whose ring nobody read"),
        pytest.param(bottle(made_on=None), "2027-02-26 unknown", id="a bottle without any day"),
        pytest.param(
            bottle(made_on=date(2024, 3, 1)),
            "2028-03-31 rule",
            id="a new bottle: four years after it was made",
        ),
        pytest.param(
            bottle(done=(by_paper(date(2021, 3, 10)),)),
            "2025-03-31 rule",
            id="a ring of 2021 is known: truly overdue",
        ),
        pytest.param(
            bottle(done=(by_paper(date(2025, 3, 10)),), paper_next_on=date(2029, 3, 31)),
            "2029-03-31 paper",
            id="ring and next day",
        ),
    ],
)
def test_unknown_is_a_state_of_its_own(life: Life, expected: str) -> None:
    assert days(life) == (expected, None)


def test_a_lift_without_a_base_goes_by_its_reports_and_else_is_to_be_found_out_anew() -> None:
    result = Done(DueKind.INSPECTION, date(2027, 5, 20), next_on=date(2028, 5, 31))
    assert days(lift(done=(by_paper(), result), paper_next_on=PAPER)) == ("2028-05-31 rule", None)
    silent = Done(DueKind.INSPECTION, date(2027, 5, 20))
    assert days(lift(done=(by_paper(), silent), paper_next_on=PAPER)) == ("2027-08-18 unknown", None)


def test_a_report_may_ask_for_a_lift_earlier_than_the_years_do_never_later() -> None:
    known = {"base_on": date(2020, 5, 20)}
    for stated, expected in ((date(2026, 5, 31), "2026-05-31 rule"), (date(2029, 5, 31), "2027-05-31 rule")):
        assert days(lift(**known, done=(Done(DueKind.INSPECTION, date(2025, 5, 10), next_on=stated),))) == (
            expected,
            None,
        )


def test_a_bottle_nobody_knows_may_not_be_filled_until_its_ring_was_read() -> None:
    unread = bottle(made_on=date(2020, 3, 1))
    # no day of an inspection comes on file, and without one no scan allows a fill (fills/rules.py)
    assert days(unread)[0].endswith(" unknown")
    read = bottle(made_on=date(2020, 3, 1), done=(by_paper(date(2025, 3, 1)),))
    inspection, end = step(read), step(read, DueKind.END_OF_LIFE)
    assert inspection is not None
    assert end is not None
    assert (inspection.origin, end.due_on) == (Origin.RULE, date(2028, 3, 31))
    assert last_fill_day(inspection.due_on, end.due_on) == end.due_on


@pytest.mark.parametrize(
    ("details", "made_on", "expected"),
    [
        pytest.param(LPG, None, "2027-02-26 unknown", id="nobody knows when it was made"),
        pytest.param(
            LPG,
            date(2024, 3, 1),
            "2027-02-26 unknown",
            id="made to GB 5842-2023: the stamp tells, and is not on file",
        ),
        pytest.param(
            CylinderDetails(variety="lpg", medium="LPG", design_life_years=12),
            date(2024, 3, 1),
            "2036-03-31 rule",
            id="stamped",
        ),
    ],
)
def test_an_end_of_life_that_nobody_knows_is_to_be_found_out(
    details: CylinderDetails, made_on: date | None, expected: str
) -> None:
    assert days(Life(details, made_on=made_on, known_since=TODAY), DueKind.END_OF_LIFE) == (expected, None)


OLD = {"base_on": date(2008, 5, 20), "in_use_since": date(2008, 6, 1)}


@pytest.mark.parametrize(
    ("kind", "known", "expected"),
    [
        pytest.param(
            DueKind.VISIT_HALF_MONTH,
            {},
            date(2026, 12, 13),
            id="visits: counted from the day it was put on file",
        ),
        pytest.param(
            DueKind.VISIT_HALF_MONTH,
            {"done": (Done(DueKind.VISIT_HALF_MONTH, date(2026, 12, 5)),)},
            date(2026, 12, 20),
            id="after the first visit",
        ),
        pytest.param(
            DueKind.SELF_CHECK, {}, date(2027, 5, 20), id="self-check: the rhythm of its base, once known"
        ),
        pytest.param(
            DueKind.GOVERNOR_CALIBRATION, {}, date(2027, 5, 20), id="governor of an old lift: yearly"
        ),
        pytest.param(
            DueKind.SELF_TEST,
            {"base_on": date(2019, 5, 20)},
            date(2027, 5, 31),
            id="self-test of year 8, not that of year 6",
        ),
        pytest.param(
            DueKind.SELF_CHECK,
            {"done": (Done(DueKind.SELF_CHECK, date(2025, 3, 1)),)},
            date(2026, 3, 1),
            id="on record: truly overdue",
        ),
    ],
)
def test_what_nobody_recorded_before_is_planned_from_that_day_on(
    kind: DueKind, known: dict[str, object], expected: date
) -> None:
    found = step(lift(**{**OLD, **known}), kind)
    assert found is not None
    assert found.due_on == expected


@pytest.mark.parametrize(
    "known", [{}, OLD, B4, {"in_use_since": date(2026, 11, 20)}, {"base_on": date(2019, 2, 28)}]
)
def test_nothing_but_an_inspection_is_overdue_on_the_first_day(known: dict[str, object]) -> None:
    late = [
        each.kind
        for each in ELEVATOR.plan(lift(**known), TODAY)
        if each.due_on < TODAY and each.kind is not DueKind.INSPECTION
    ]
    assert late == []


def test_the_bureau_sets_how_long_finding_out_may_take_and_the_value_is_marked() -> None:
    found = step(lift())
    assert found is not None
    assert (found.origin, found.citation.confidence.verified) == (Origin.UNKNOWN, False)
