"""What holds for every plan, whatever the life behind it."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_life import last_fill_day
from equipment.regulation.cylinder_words import Use, Variety
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import CATALOGUE, ElevatorDetails
from equipment.regulation.elevator_visits import next_visit_class
from equipment.regulation.planning import VISITS, Conclusion, Done, DueKind, Life, Stop

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(2005, 1, 1), date(2026, 11, 23))
GASES = st.sampled_from(["LPG", "O2", "N2", "AR", "CO2", "CL2", "NH3", "C2H2", "CNG", "H2", "SF6"])
CYLINDERS = st.builds(
    CylinderDetails,
    variety=st.sampled_from(Variety),
    medium=GASES,
    use=st.sampled_from(Use),
    high_purity=st.booleans(),
    design_life_years=st.none() | st.integers(1, 40),
)
LIFTS = st.builds(ElevatorDetails, catalogue=st.sampled_from(sorted(CATALOGUE)))
CONCLUSIONS = st.sampled_from([Conclusion.PASSED, Conclusion.PASSED, Conclusion.FAILED])
STOPS = st.lists(
    st.builds(lambda start, days: Stop(start, start + timedelta(days=days)), DAYS, st.integers(1, 2500)),
    max_size=2,
).map(tuple)


def lives(details: st.SearchStrategy, kinds: tuple[DueKind, ...]) -> st.SearchStrategy[Life]:
    done = st.lists(st.builds(Done, st.sampled_from(kinds), DAYS, CONCLUSIONS), max_size=6).map(tuple)
    return st.builds(
        Life,
        details=details,
        made_on=st.none() | DAYS,
        base_on=st.none() | DAYS,
        in_use_since=st.none() | DAYS,
        done=done,
        stops=STOPS,
    )


@settings(max_examples=60, deadline=None)
@given(lives(CYLINDERS, (DueKind.INSPECTION,)))
def test_a_cylinders_next_inspection_comes_after_the_last_one_that_was_passed(life: Life) -> None:
    for planned in CYLINDER.plan(life, TODAY):
        last = life.last_passed(DueKind.INSPECTION)
        if (
            planned.kind is DueKind.INSPECTION
            and last is not None
            and life.failed(DueKind.INSPECTION) is None
        ):
            assert planned.due_on > last.on


@settings(max_examples=60, deadline=None)
@given(lives(LIFTS, (DueKind.INSPECTION, DueKind.SELF_TEST)))
def test_a_lifts_next_inspection_window_opens_after_the_last_one_that_was_passed(life: Life) -> None:
    for planned in ELEVATOR.plan(life, TODAY):
        last = life.last_passed(DueKind.INSPECTION)
        if planned.kind is DueKind.INSPECTION and planned.earliest_on is not None:
            assert planned.earliest_on <= planned.due_on
            assert last is None or planned.earliest_on > last.on


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        lives(CYLINDERS, (DueKind.INSPECTION,)).map(lambda life: (CYLINDER, life)),
        lives(LIFTS, (DueKind.INSPECTION, *VISITS)).map(lambda life: (ELEVATOR, life)),
    )
)
def test_a_plan_is_deterministic_has_each_duty_once_and_can_explain_itself(case: tuple) -> None:
    category, life = case
    plan = category.plan(life, TODAY)
    assert plan == category.plan(life, TODAY)
    assert {planned.kind for planned in plan} <= set(category.due_kinds)
    assert len({planned.kind for planned in plan}) == len(plan)
    assert [
        planned.kind for planned in plan if "%(" in str(planned.explanation) or not planned.citation.document
    ] == []


@settings(max_examples=40, deadline=None)
@given(lives(CYLINDERS, (DueKind.INSPECTION,)))
def test_nothing_is_filled_after_anything_has_fallen_due(life: Life) -> None:
    plan = CYLINDER.plan(life, TODAY)
    due = {planned.kind: planned.due_on for planned in plan}
    limit = last_fill_day(due.get(DueKind.INSPECTION), due.get(DueKind.END_OF_LIFE))
    assert (limit is None) == (plan == ())
    assert limit is None or limit <= min(planned.due_on for planned in plan)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(Done, st.sampled_from(VISITS), DAYS), max_size=8))
def test_the_next_visit_is_half_a_month_after_the_last_and_its_class_is_never_late_by_the_turn_after(
    done: list[Done],
) -> None:
    base = date(2005, 1, 1)
    found = next_visit_class(ELEVATOR.regulation, done, base, TODAY)
    assert found.due_on == max([visit.on for visit in done], default=base) + timedelta(days=15)
    assert found.kind in VISITS
