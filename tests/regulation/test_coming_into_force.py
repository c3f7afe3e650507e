"""A value with a future day: at once, or from the next inspection on; never reaching back before its own day."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.packs import Applies, Override
from equipment.regulation.planning import Done, DueKind, Extension, Life

TODAY, FROM, LATER = date(2026, 11, 28), date(2026, 12, 28), date(2027, 1, 15)
KEY = "inspection_months.seamless.other"
OXYGEN = Life(CylinderDetails(variety="seamless", medium="O2"), made_on=date(2024, 12, 1))  # due 2027-12-31


def inspected(*days: date, **more: object) -> Life:
    done = tuple(Done(DueKind.INSPECTION, day) for day in days)
    return Life(OXYGEN.details, made_on=OXYGEN.made_on, done=done, **more)  # type: ignore[arg-type]


def due(life: Life, applies: Applies, on: date, months: int = 12) -> date:
    kind = CYLINDER.overlaid(Override(KEY, FROM, months, "市局〔2026〕1号", "7", applies=applies))
    return next(each.due_on for each in kind.plan(life, on) if each.kind is DueKind.INSPECTION)


@pytest.mark.parametrize(
    ("applies", "life", "on", "expected"),
    [
        pytest.param(Applies.AT_ONCE, OXYGEN, TODAY, date(2027, 12, 31), id="before its day nothing changes"),
        pytest.param(
            Applies.AT_ONCE, OXYGEN, FROM, FROM, id="at once: due on its first day, never a year before"
        ),
        pytest.param(Applies.AT_ONCE, OXYGEN, LATER, FROM, id="and the day stays"),
        pytest.param(
            Applies.FROM_NEXT,
            OXYGEN,
            FROM,
            date(2027, 12, 31),
            id="from the next inspection: what is due stays",
        ),
        pytest.param(
            Applies.FROM_NEXT, OXYGEN, date(2027, 12, 31), date(2027, 12, 31), id="until it is done"
        ),
        pytest.param(
            Applies.FROM_NEXT,
            inspected(date(2027, 12, 20)),
            date(2027, 12, 21),
            date(2028, 12, 31),
            id="the step after it uses the new value",
        ),
        pytest.param(
            Applies.FROM_NEXT,
            inspected(date(2026, 12, 20)),
            LATER,
            date(2029, 12, 31),
            id="inspected before its day: the old value once more",
        ),
        pytest.param(
            Applies.FROM_NEXT,
            inspected(FROM),
            LATER,
            date(2027, 12, 31),
            id="inspected on its first day: the new value",
        ),
        pytest.param(
            Applies.AT_ONCE,
            inspected(date(2022, 12, 1)),
            LATER,
            date(2025, 12, 31),
            id="overdue before stays as overdue as it was",
        ),
    ],
)
def test_how_a_value_comes_into_force(applies: Applies, life: Life, on: date, expected: date) -> None:
    assert due(life, applies, on) == expected


def test_a_longer_interval_at_once_moves_what_is_due() -> None:
    assert due(OXYGEN, Applies.AT_ONCE, FROM, months=60) == date(2029, 12, 31)


def test_a_delay_may_be_approved_on_the_day_a_value_makes_it_due() -> None:
    delayed = inspected(extensions=(Extension(DueKind.INSPECTION, FROM, date(2027, 3, 31), "过渡"),))
    assert due(delayed, Applies.AT_ONCE, LATER) == date(2027, 3, 31)


def test_the_day_says_why_and_cites_the_new_value() -> None:
    kind = CYLINDER.overlaid(Override(KEY, FROM, 12, "市局〔2026〕1号", "7"))
    found = next(each for each in kind.plan(OXYGEN, LATER) if each.kind is DueKind.INSPECTION)
    assert (
        str(found.explanation)
        == "The rule in force since 2026-12-28 makes it due that day; before it was due on 2027-12-31"
    )
    assert found.citation.document == "市局〔2026〕1号"


def test_the_horizon_uses_it_for_the_step_after_the_next() -> None:
    kind = CYLINDER.overlaid(Override(KEY, FROM, 12, "市局〔2026〕1号", "7", applies=Applies.FROM_NEXT))
    found = [
        each.due_on for each in kind.plan(OXYGEN, TODAY, date(2030, 6, 1)) if each.kind is DueKind.INSPECTION
    ]
    assert found == [date(2027, 12, 31), date(2028, 12, 31), date(2029, 12, 31)]


def test_a_lifts_years_may_change_from_the_next_inspection() -> None:
    lift = Life(
        ElevatorDetails(catalogue="3110"),
        base_on=date(2020, 5, 20),
        done=(Done(DueKind.INSPECTION, date(2024, 5, 10)),),
    )
    own = Override(
        "inspection.years", FROM, [1, 2, 3, 4, 5, 6, 7, 8], "市局〔2026〕1号", "7", applies=Applies.FROM_NEXT
    )
    kind = ELEVATOR.overlaid(own)
    found = [
        each.due_on for each in kind.plan(lift, TODAY, date(2029, 12, 31)) if each.kind is DueKind.INSPECTION
    ]
    assert found == [date(2027, 5, 31), date(2028, 5, 31), date(2029, 5, 31)]


def test_a_pack_may_say_how_a_value_applies_and_no_digest_of_the_others_changes() -> None:
    plain, deferred = (Override(KEY, FROM, 12, "x", "7", applies=applies) for applies in Applies)
    before = CYLINDER.regulation
    assert before.overlaid([plain]).digest != before.overlaid([deferred]).digest
    assert before.counted_from(None) is before
    laid = before.overlaid([deferred])
    assert [laid.counted_from(day).integer(KEY, LATER) for day in (None, TODAY, FROM)] == [36, 36, 12]
    assert laid.counted_from(TODAY) is laid.counted_from(date(2020, 1, 1))
