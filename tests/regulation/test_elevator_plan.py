"""An elevator's inspections, self-tests and tests over the years, as an inspector would check them by hand."""

from datetime import date

import pytest

from equipment.regulation.elevator import ELEVATOR, annex
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.packs import Override, UnknownRule
from equipment.regulation.planning import (
    Alteration,
    AlterationKind,
    Conclusion,
    Done,
    DueKind,
    Extension,
    Life,
    Planned,
    Stop,
)

TODAY = date(2026, 11, 23)
BASE = date(2020, 5, 20)
LIFT = ElevatorDetails(catalogue="3110")


def life(*inspected: date, base: date = BASE, **more: object) -> Life:
    done = tuple(Done(DueKind.INSPECTION, day) for day in inspected)
    return Life(LIFT, base_on=base, in_use_since=base, **{"done": done, **more})  # type: ignore[arg-type]


def planned(of: Life, kind: DueKind = DueKind.INSPECTION, on: date = TODAY) -> Planned | None:
    return next((each for each in ELEVATOR.plan(of, on) if each.kind is kind), None)


def due(of: Life, kind: DueKind = DueKind.INSPECTION, on: date = TODAY) -> date | None:
    found = planned(of, kind, on)
    return found.due_on if found else None


@pytest.mark.parametrize(
    ("inspected", "expected"),
    [
        pytest.param((), date(2021, 5, 31), id="new lift: year 1"),
        pytest.param((date(2021, 5, 18),), date(2024, 5, 31), id="year 1 done: year 4"),
        pytest.param((date(2021, 5, 18), date(2024, 5, 30)), date(2027, 5, 31), id="year 4 done: year 7"),
        pytest.param((date(2027, 5, 3),), date(2029, 5, 31), id="year 7 done: year 9"),
        pytest.param((date(2029, 5, 3),), date(2031, 5, 31), id="year 9 done: year 11"),
        pytest.param((date(2031, 5, 3),), date(2033, 5, 31), id="year 11 done: year 13"),
        pytest.param((date(2033, 5, 3),), date(2035, 5, 31), id="year 13 done: year 15"),
        pytest.param((date(2035, 5, 3),), date(2036, 5, 31), id="year 15 done: every year"),
        pytest.param((date(2036, 5, 3),), date(2037, 5, 31), id="year 16 done: every year"),
    ],
)
def test_a_lift_of_may_2020_is_inspected_in_years_1_4_7_9_11_13_15_and_then_yearly(
    inspected: tuple[date, ...], expected: date
) -> None:
    assert due(life(*inspected)) == expected


@pytest.mark.parametrize(
    ("inspected", "expected"),
    [
        pytest.param(
            date(2024, 3, 1), date(2027, 5, 31), id="two months early counts, the cycle does not move"
        ),
        pytest.param(date(2024, 2, 29), date(2024, 5, 31), id="a day earlier does not count"),
        pytest.param(date(2024, 9, 10), date(2027, 5, 31), id="late counts, the cycle does not move"),
        pytest.param(
            date(2026, 11, 1), date(2027, 5, 31), id="years late still leaves the next year of the cycle"
        ),
    ],
)
def test_an_early_or_late_inspection_never_moves_the_cycle(inspected: date, expected: date) -> None:
    assert due(life(date(2021, 5, 18), inspected)) == expected


def test_the_window_opens_two_months_before_the_due_month() -> None:
    found = planned(life(date(2021, 5, 18)))
    assert found is not None
    assert (found.earliest_on, found.due_on) == (date(2024, 3, 1), date(2024, 5, 31))
    assert (
        str(found.explanation)
        == "Supervision inspection passed 2020-05; periodic inspection in year 4 → 2024-05"
    )
    assert (found.citation.document, found.citation.confidence.verified) == (
        "TSG T7001-2023 电梯监督检验和定期检验规则",
        True,
    )


def test_after_year_15_the_yearly_rule_is_cited_as_seen() -> None:
    found = planned(life(date(2035, 5, 3)))
    assert found is not None
    assert found.citation.confidence.value == "seen"


def test_a_failed_inspection_is_due_again_at_once() -> None:
    failed = (
        Done(DueKind.INSPECTION, date(2021, 5, 18)),
        Done(DueKind.INSPECTION, date(2024, 5, 6), Conclusion.FAILED),
    )
    assert due(life(done=failed)) == date(2024, 5, 6)
    assert due(life(done=(*failed, Done(DueKind.INSPECTION, date(2024, 6, 2))))) == date(2027, 5, 31)


def test_a_lift_stopped_for_more_than_a_year_is_inspected_before_use_and_keeps_its_years() -> None:
    stopped = (Stop(date(2022, 1, 10), date(2023, 8, 5)),)
    assert due(life(date(2021, 5, 18), stops=stopped)) == date(2023, 8, 5)
    again = life(date(2021, 5, 18), date(2023, 8, 4), stops=stopped)
    assert due(again) == date(2024, 8, 31), "year 4 stays, the month is that of the inspection before re-use"


def test_a_stop_of_less_than_a_year_changes_nothing() -> None:
    assert due(life(date(2021, 5, 18), stops=(Stop(date(2022, 1, 10), date(2023, 1, 9)),))) == date(
        2024, 5, 31
    )


def test_a_major_repair_takes_the_place_of_that_years_inspection_and_sets_the_month() -> None:
    repair = (Alteration(AlterationKind.MAJOR_REPAIR, date(2024, 2, 15)),)
    assert due(life(date(2021, 5, 18), alterations=repair)) == date(2027, 2, 28)


def test_a_major_repair_after_the_inspection_does_not_ask_for_another_one_that_year() -> None:
    repair = (Alteration(AlterationKind.MAJOR_REPAIR, date(2024, 11, 15)),)
    assert due(life(date(2024, 5, 10), alterations=repair)) == date(2027, 11, 30)


def test_an_alteration_starts_the_years_again() -> None:
    altered = (Alteration(AlterationKind.ALTERATION, date(2025, 9, 30)),)
    assert due(life(date(2024, 5, 10), alterations=altered)) == date(2026, 9, 30)


def test_an_approved_delay_moves_the_day_it_was_given_for_and_no_other() -> None:
    delay = Extension(DueKind.INSPECTION, date(2024, 5, 31), date(2024, 8, 31), "疫情")
    assert due(life(date(2021, 5, 18), extensions=(delay,))) == date(2024, 8, 31)
    assert due(life(date(2024, 8, 20), extensions=(delay,))) == date(2027, 5, 31)


@pytest.mark.parametrize("status", ["stopped", "scrapped", "cancelled"])
def test_a_lift_out_of_use_has_no_duties(status: str) -> None:
    assert ELEVATOR.plan(life(status=status), TODAY) == ()


def test_a_lift_without_any_date_has_no_inspection_but_does_not_fail() -> None:
    assert ELEVATOR.plan(Life(LIFT), TODAY) == ()


def test_before_the_first_rule_nothing_is_planned_by_guess() -> None:
    with pytest.raises(UnknownRule):
        ELEVATOR.plan(life(), date(2017, 1, 1))


def test_a_base_on_29_february_clamps_in_common_years() -> None:
    assert due(life(base=date(2024, 2, 29))) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("practice", "expected"),
    [
        ("month_end", (date(2024, 3, 1), date(2024, 5, 31))),
        ("exact_day", (date(2024, 3, 20), date(2024, 5, 20))),
        ("previous_month_end", (date(2024, 3, 1), date(2024, 4, 30))),
    ],
)
def test_the_bureau_decides_which_day_of_the_due_month_is_the_last(
    practice: str, expected: tuple[date, date]
) -> None:
    local = ELEVATOR.overlaid(
        Override("inspection_valid_through", date(2020, 1, 1), practice, "白市监发〔2026〕9号", "7")
    )
    found = local.plan(life(date(2021, 5, 18)), TODAY)[0]
    assert (found.earliest_on, found.due_on) == expected


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        pytest.param((), date(2023, 5, 31), id="the first self-test under the rule: year 3"),
        pytest.param(
            (Done(DueKind.SELF_TEST, date(2023, 5, 10)),), date(2025, 5, 31), id="year 3 done: year 5"
        ),
        pytest.param(
            (Done(DueKind.INSPECTION, date(2024, 5, 10)),),
            date(2025, 5, 31),
            id="inspection of year 4 done: year 5",
        ),
        pytest.param(
            (Done(DueKind.SELF_TEST, date(2025, 5, 10)),), date(2026, 5, 31), id="year 5 done: year 6"
        ),
        pytest.param((Done(DueKind.SELF_TEST, date(2034, 5, 10)),), None, id="after year 14 there is none"),
        pytest.param(
            (Done(DueKind.SELF_TEST, date(2025, 5, 10), Conclusion.FAILED),),
            date(2025, 5, 10),
            id="defects found: test again",
        ),
    ],
)
def test_self_tests_fill_the_years_between(done: tuple[Done, ...], expected: date | None) -> None:
    assert due(life(done=done), DueKind.SELF_TEST) == expected


def test_the_years_of_self_tests_are_seen_and_their_early_window_is_not() -> None:
    found = planned(life(), DueKind.SELF_TEST)
    assert found is not None
    assert found.citation.confidence.value == "seen"
    assert ELEVATOR.regulation.value("self_test.early_months", TODAY).confidence.value == "unsure"


@pytest.mark.parametrize(
    ("tested", "expected"),
    [
        pytest.param(date(2025, 4, 1), date(2026, 5, 31), id="one month early counts, the years do not move"),
        pytest.param(
            date(2025, 3, 31),
            date(2025, 5, 31),
            id="a day earlier does not count, though an inspection would",
        ),
    ],
)
def test_a_self_test_counts_at_most_one_month_early(tested: date, expected: date) -> None:
    assert due(life(done=(Done(DueKind.SELF_TEST, tested),)), DueKind.SELF_TEST) == expected


@pytest.mark.parametrize(
    ("catalogue", "base", "calibrated", "expected"),
    [
        pytest.param("3110", BASE, None, date(2022, 5, 20), id="traction, young: 2 years from the base"),
        pytest.param("3110", BASE, date(2025, 6, 1), date(2027, 6, 1), id="traction, young: 2 years"),
        pytest.param(
            "3110",
            date(2010, 5, 20),
            date(2024, 9, 1),
            date(2025, 9, 1),
            id="traction, growing old: yearly from then on",
        ),
        pytest.param(
            "3110",
            date(2010, 5, 20),
            date(2024, 3, 1),
            date(2025, 5, 20),
            id="traction, due on the day it grows old",
        ),
        pytest.param(
            "3110", date(2010, 5, 20), date(2026, 2, 1), date(2027, 2, 1), id="traction, old: every year"
        ),
        pytest.param(
            "3210", date(2010, 5, 20), date(2026, 2, 1), date(2028, 2, 1), id="hydraulic: 2 years at any age"
        ),
        pytest.param("3430", BASE, date(2025, 2, 1), date(2030, 2, 1), id="dumbwaiter: 5 years"),
        pytest.param("3310", BASE, None, None, id="escalators have no governor"),
        pytest.param("3420", BASE, None, None, id="fire-fighter lifts: the maintenance unit sets the items"),
    ],
)
def test_governor_calibration_by_kind_and_age(
    catalogue: str, base: date, calibrated: date | None, expected: date | None
) -> None:
    done = (Done(DueKind.GOVERNOR_CALIBRATION, calibrated),) if calibrated else ()
    assert (
        due(Life(ElevatorDetails(catalogue=catalogue), base_on=base, done=done), DueKind.GOVERNOR_CALIBRATION)
        == expected
    )


def test_the_self_check_is_yearly() -> None:
    assert due(life(), DueKind.SELF_CHECK) == date(2021, 5, 20)


@pytest.mark.parametrize(
    ("base", "tested", "expected"),
    [
        pytest.param(date(2014, 6, 10), None, date(2019, 6, 30), id="passed 2014-06: first 2019-06"),
        pytest.param(date(2014, 6, 10), date(2019, 6, 1), date(2025, 6, 30), id="2019-06 done: 2025-06"),
        pytest.param(date(2014, 6, 10), date(2025, 6, 1), date(2031, 6, 30), id="2025-06 done: 2031-06"),
        pytest.param(
            date(2014, 6, 10), date(2020, 11, 1), date(2025, 6, 30), id="late: the years do not move"
        ),
        pytest.param(date(2014, 6, 10), date(2025, 5, 1), date(2031, 6, 30), id="a month early counts"),
        pytest.param(date(2014, 6, 10), date(2025, 4, 30), date(2025, 6, 30), id="a day earlier does not"),
        pytest.param(date(2008, 3, 15), None, date(2018, 3, 31), id="supervised before 2013: first in 2018"),
        pytest.param(date(2008, 3, 15), date(2018, 3, 1), date(2023, 3, 31), id="then five years"),
        pytest.param(date(2008, 3, 15), date(2023, 3, 1), date(2029, 3, 31), id="then six"),
        pytest.param(date(2019, 3, 31), None, date(2024, 3, 31), id="the last lift with five years"),
        pytest.param(date(2019, 4, 1), None, date(2025, 4, 30), id="the first with six"),
        pytest.param(BASE, None, date(2026, 5, 31), id="a lift of 2020: six years"),
    ],
)
def test_the_brake_test_follows_fixed_years_from_the_supervision_inspection(
    base: date, tested: date | None, expected: date
) -> None:
    done = (Done(DueKind.BRAKE_TEST, tested),) if tested else ()
    assert due(Life(LIFT, base_on=base, done=done), DueKind.BRAKE_TEST) == expected


@pytest.mark.parametrize(
    ("catalogue", "tested"),
    [
        ("3110", True),
        ("3120", False),
        ("3130", False),
        ("3210", False),
        ("3310", False),
        ("3410", False),
        ("3420", True),
        ("3430", False),
    ],
)
def test_only_traction_passenger_and_fire_fighter_lifts_have_a_brake_test(
    catalogue: str, tested: bool
) -> None:
    found = due(Life(ElevatorDetails(catalogue=catalogue), base_on=BASE), DueKind.BRAKE_TEST)
    assert (found is not None) is tested


def test_the_brake_tests_years_are_cited_as_seen_its_scope_is_not() -> None:
    found = planned(life(), DueKind.BRAKE_TEST)
    assert found is not None
    assert (found.citation.document, found.citation.clause, found.citation.confidence.value) == (
        "TSG T7008-2023 电梯自行检测规则",
        "A1.3.12",
        "seen",
    )
    assert ELEVATOR.regulation.value("brake_test.catalogue", TODAY).confidence.value == "unsure"


def test_a_brake_test_nobody_recorded_is_next_due_in_its_year_after_the_lift_was_known_here() -> None:
    assert due(Life(LIFT, base_on=date(2014, 6, 10), known_since=TODAY), DueKind.BRAKE_TEST) == date(
        2031, 6, 30
    )
    assert due(Life(LIFT, known_since=TODAY), DueKind.BRAKE_TEST) is None, (
        "no supervision day, no year to name"
    )


def test_each_kind_has_its_annex_and_two_kinds_have_none() -> None:
    assert {code: annex(ELEVATOR.regulation, code, TODAY) for code in ELEVATOR.catalogue} == {
        "3110": "A",
        "3120": "A",
        "3130": "A",
        "3210": "B",
        "3220": "B",
        "3310": "D",
        "3320": "D",
        "3410": None,
        "3420": None,
        "3430": "C",
    }
