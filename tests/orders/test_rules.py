"""监察指令书 as tables an inspector can read: where an order stands, which last days hold, what must be said of its service."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.orders.rules import (
    ORDER_CHANGES,
    ItemStand,
    OrderState,
    OrderUrgency,
    ServiceWay,
    deadline_problem,
    inspectors_problem,
    order_number,
    order_state,
    service_problem,
)
from equipment.regulation.supervision_numbers import is_day_off, working_day_from

OPEN, ANSWERED, RIGHT = ItemStand(False, False), ItemStand(True, False), ItemStand(True, True)
WITHDRAWN = ItemStand(False, True)  # a hazard that was none


@pytest.mark.parametrize(
    ("items", "days_left", "state"),
    [
        ([OPEN], 1, OrderState.ISSUED),
        ([OPEN], 0, OrderState.ISSUED),
        ([OPEN], -1, OrderState.OVERDUE),
        ([ANSWERED, OPEN], -1, OrderState.OVERDUE),
        ([ANSWERED, OPEN], 3, OrderState.ISSUED),
        ([ANSWERED], -30, OrderState.ANSWERED),
        ([ANSWERED, RIGHT], -30, OrderState.ANSWERED),
        ([RIGHT, OPEN], -1, OrderState.OVERDUE),
        ([RIGHT, WITHDRAWN], -1, OrderState.CLOSED),
        ([RIGHT], 5, OrderState.CLOSED),
    ],
)
def test_where_an_order_stands_follows_from_its_problems(
    items: list[ItemStand], days_left: int, state: OrderState
) -> None:
    due_on = date(2026, 12, 10)
    assert (
        order_state(items, due_on, date(2026, 12, 10 - days_left) if days_left > -20 else date(2027, 1, 9))
        is state
    )


@pytest.mark.parametrize(
    ("due_on", "urgency", "kept", "says"),
    [
        (date(2026, 12, 4), OrderUrgency.BY_DAY, False, ""),  # a Friday
        (date(2026, 12, 5), OrderUrgency.BY_DAY, False, "2026-12-07"),  # a Saturday: the Monday
        (date(2026, 12, 6), OrderUrgency.BY_DAY, False, "2026-12-07"),
        (date(2026, 12, 5), OrderUrgency.BY_DAY, True, ""),  # somebody says that it is meant
        (date(2026, 12, 5), OrderUrgency.AT_ONCE, False, ""),  # at once is at once
        (date(2027, 1, 1), OrderUrgency.BY_DAY, False, "2027-01-04"),  # New Year's Day, then a weekend
        (date(2027, 10, 1), OrderUrgency.BY_DAY, False, "2027-10-04"),  # the national days
        (date(2026, 11, 29), OrderUrgency.AT_ONCE, True, "before"),
    ],
)
def test_a_last_day_on_a_day_off_is_asked(due_on: date, urgency: OrderUrgency, kept: bool, says: str) -> None:
    problem = deadline_problem(due_on, date(2026, 11, 30), urgency, kept)
    if says == "before":
        assert problem is not None
        assert "before" in problem.msgid
    else:
        assert (problem.params["next"] if problem else "") == says


def test_days_off_of_a_fixed_date_and_weekends() -> None:
    assert [is_day_off(date(2026, 10, day)) for day in (1, 2, 3, 4, 5, 8)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert working_day_from(date(2026, 5, 1)) == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("people", "enough"),
    [
        ([], False),
        (["王监"], False),
        (["王监", "王监"], False),
        (["王监", ""], False),
        (["王监", "李察"], True),
    ],
)
def test_nobody_checks_alone(people: list[str], enough: bool) -> None:
    assert (inspectors_problem(people, 2) is None) is enough


@pytest.mark.parametrize(
    ("way", "receiver", "witness", "reason", "missing"),
    [
        (ServiceWay.SIGNED, "李安", "", "", set()),
        (ServiceWay.SIGNED, "", "", "", {"receiver"}),
        (ServiceWay.SENT, " ", "", "", {"receiver"}),
        (ServiceWay.REFUSED, "", "社区网格员张某", "负责人不认可", set()),
        (ServiceWay.REFUSED, "", "", "负责人不认可", {"witness"}),
        (ServiceWay.REFUSED, "", "", "", {"witness", "reason"}),
    ],
)
def test_a_refused_signature_needs_its_witness(
    way: ServiceWay, receiver: str, witness: str, reason: str, missing: set[str]
) -> None:
    assert set(service_problem(way, receiver, witness, reason)) == missing


def test_the_number_reads_as_the_form_has_it() -> None:
    assert order_number("云", 2026, 12) == "（云）市监特令〔2026〕第12号"


def test_what_was_withdrawn_stays_so() -> None:
    assert ORDER_CHANGES[OrderState.WITHDRAWN] == set()
    assert OrderState.TRANSFERRED not in ORDER_CHANGES[OrderState.CLOSED]
