"""A plan with a horizon: every step up to a day, each counted from the one before it as if done in time."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from equipment.regulation.category import Category
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.horizon import turn_of
from equipment.regulation.packs import Override
from equipment.regulation.planning import VISITS, DueKind, Life, Planned
from tests.regulation.test_plan_properties import CYLINDERS, LIFTS, TODAY, lives

UNTIL = st.integers(0, 900).map(lambda days: TODAY + timedelta(days=days))
CASES = st.one_of(
    lives(CYLINDERS, (DueKind.INSPECTION,)).map(lambda life: (CYLINDER, life)),
    lives(LIFTS, (DueKind.INSPECTION, DueKind.SELF_TEST, *VISITS)).map(lambda life: (ELEVATOR, life)),
)
BOTTLE = Life(CylinderDetails(variety="seamless", medium="O2"), made_on=date(2024, 12, 1))
LIFT = Life(
    ElevatorDetails(catalogue="3110"),
    base_on=date(2026, 5, 20),
    in_use_since=date(2026, 6, 1),
    registered_on=date(2026, 5, 25),
)


def days(found: tuple[Planned, ...], kind: DueKind) -> list[str]:
    return [each.due_on.isoformat()[:7] for each in found if each.kind is kind]


@settings(max_examples=60, deadline=None)
@given(CASES, UNTIL)
def test_the_first_of_each_kind_is_todays_plan_and_nothing_lies_beyond_the_end(
    case: tuple[Category, Life], until: date
) -> None:
    category, life = case
    first: dict[str, Planned] = {}
    for each in category.plan(life, TODAY, until):
        assert each.due_on <= until
        first.setdefault(turn_of(each.kind), each)
    today = {turn_of(each.kind): each for each in category.plan(life, TODAY)}
    assert first == {turn: today[turn] for turn in first if turn in today}


@settings(max_examples=60, deadline=None)
@given(CASES, UNTIL, st.integers(0, 300))
def test_a_longer_horizon_only_adds_to_a_shorter_one(
    case: tuple[Category, Life], until: date, more: int
) -> None:
    category, life = case
    shorter, longer = (category.plan(life, TODAY, end) for end in (until, until + timedelta(days=more)))
    assert longer[: len(shorter)] == shorter


@settings(max_examples=60, deadline=None)
@given(CASES, UNTIL)
def test_each_step_of_a_turn_lies_after_the_one_before_it(case: tuple[Category, Life], until: date) -> None:
    category, life = case
    last: dict[str, date] = {}
    for each in category.plan(life, TODAY, until):
        turn = turn_of(each.kind)
        assert turn not in last or each.due_on > last[turn]
        last[turn] = max(each.due_on, TODAY)


def test_a_new_lift_has_its_inspections_and_self_tests_in_the_years_of_the_rules() -> None:
    found = ELEVATOR.plan(LIFT, date(2026, 6, 1), date(2044, 12, 31))
    assert days(found, DueKind.INSPECTION) == [
        f"{year}-05" for year in (2027, 2030, 2033, 2035, 2037, 2039, 2041, 2042, 2043, 2044)
    ]
    assert days(found, DueKind.SELF_TEST) == [
        f"{year}-05" for year in (2028, 2029, 2031, 2032, 2034, 2036, 2038, 2040)
    ]


def test_a_year_of_a_lift_has_24_visits_with_every_class() -> None:
    found = ELEVATOR.plan(LIFT, date(2026, 6, 1), date(2027, 6, 1))
    visits = Counter(each.kind.removeprefix("visit_") for each in found if each.kind in VISITS)
    assert visits == {"half_month": 20, "quarter": 2, "half_year": 1, "year": 1}


def test_a_bottle_is_inspected_every_three_years_and_nothing_comes_after_its_life() -> None:
    found = CYLINDER.plan(BOTTLE, date(2026, 11, 28), date(2090, 1, 1))
    assert days(found, DueKind.INSPECTION) == [f"{year}-12" for year in range(2027, 2054, 3)]
    assert (days(found, DueKind.END_OF_LIFE), found[-1].kind) == (["2054-12"], DueKind.END_OF_LIFE)


def test_what_is_overdue_counts_as_done_today() -> None:
    found = CYLINDER.plan(
        Life(CylinderDetails(variety="seamless", medium="O2"), made_on=date(2019, 12, 1)),
        date(2026, 11, 28),
        date(2033, 1, 1),
    )
    assert days(found, DueKind.INSPECTION) == ["2022-12", "2029-11", "2032-11"]


def test_a_value_that_is_announced_is_used_from_the_first_step_after_its_day() -> None:
    soon = CYLINDER.overlaid(
        Override("inspection_months.seamless.other", date(2027, 1, 1), 12, "市局〔2026〕1号", "7")
    )
    found = soon.plan(BOTTLE, date(2026, 11, 28), date(2030, 12, 31))
    assert days(found, DueKind.INSPECTION) == ["2027-12", "2028-12", "2029-12", "2030-12"]


def test_a_rule_of_every_nought_days_ends() -> None:
    never = ELEVATOR.overlaid(
        *(
            Override(f"visit_days.{kind}", date(2026, 1, 1), 0, "市局〔2026〕1号", "7")
            for kind in ("half_month", "year")
        )
    )
    assert (
        len([each for each in never.plan(LIFT, date(2026, 6, 1), date(2027, 1, 1)) if each.kind in VISITS])
        == 1
    )
