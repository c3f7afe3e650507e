"""The next maintenance visit and its class."""

from collections import Counter
from datetime import date, timedelta

import pytest

from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.elevator_visits import covers, next_visit, next_visit_class
from equipment.regulation.planning import VISITS, Done, DueKind, Life

RULES = ELEVATOR.regulation
TODAY = date(2026, 11, 23)
BASE = date(2026, 1, 1)


def after(*visits: tuple[str, date]) -> tuple[str, date]:
    found = next_visit_class(RULES, [Done(DueKind(f"visit_{kind}"), on) for kind, on in visits], BASE, TODAY)
    return found.kind.removeprefix("visit_"), found.due_on


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        pytest.param((), ("half_month", date(2026, 1, 16)), id="first visit 15 days after it came into use"),
        pytest.param(
            (("half_month", date(2026, 1, 10)),),
            ("half_month", date(2026, 1, 25)),
            id="15 days after the last visit",
        ),
        pytest.param(
            (("half_month", date(2026, 3, 17)),), ("quarter", date(2026, 4, 1)), id="day 90: quarterly"
        ),
        pytest.param(
            (("half_month", date(2026, 3, 10)),),
            ("quarter", date(2026, 3, 25)),
            id="before day 90 when the next turn would be too late",
        ),
        pytest.param(
            (("quarter", date(2026, 4, 1)),),
            ("half_month", date(2026, 4, 16)),
            id="after the quarterly one: half-monthly",
        ),
        pytest.param(
            (("quarter", date(2026, 4, 1)), ("half_month", date(2026, 6, 15))),
            ("half_year", date(2026, 6, 30)),
            id="day 180: half-yearly",
        ),
        pytest.param(
            (("half_year", date(2026, 6, 30)), ("half_month", date(2026, 9, 13))),
            ("quarter", date(2026, 9, 28)),
            id="a half-yearly visit covers the quarterly one",
        ),
        pytest.param(
            (
                ("half_year", date(2026, 6, 30)),
                ("quarter", date(2026, 9, 28)),
                ("half_month", date(2026, 12, 12)),
            ),
            ("year", date(2026, 12, 27)),
            id="day 360: yearly, day 375 would be late",
        ),
        pytest.param(
            (("year", date(2026, 12, 27)),),
            ("half_month", date(2027, 1, 11)),
            id="a yearly visit covers all classes",
        ),
        pytest.param(
            (("half_month", date(2026, 4, 20)),),
            ("quarter", date(2026, 5, 5)),
            id="a quarterly visit left out stays due",
        ),
    ],
)
def test_the_class_that_is_due_next(visits: tuple[tuple[str, date], ...], expected: tuple[str, date]) -> None:
    assert after(*visits) == expected


def test_one_year_of_punctual_visits_has_every_class_and_24_visits() -> None:
    done: list[Done] = []
    while True:
        turn = next_visit_class(RULES, done, BASE, TODAY)
        if turn.due_on > BASE + timedelta(days=365):
            break
        done.append(Done(turn.kind, turn.due_on))
    assert Counter(visit.kind.removeprefix("visit_") for visit in done) == {
        "half_month": 20,
        "quarter": 2,
        "half_year": 1,
        "year": 1,
    }


def test_a_class_covers_itself_and_everything_below() -> None:
    assert [[covers(done, wanted) for wanted in VISITS] for done in VISITS] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]
    assert not covers(DueKind.INSPECTION, DueKind.VISIT_HALF_MONTH)


def test_what_the_register_alone_says_stretches_nothing() -> None:
    details = ElevatorDetails(catalogue="3110", maintenance_mode="on_demand", on_demand_basis="iot")
    found = next_visit(RULES, Life(details, in_use_since=BASE), TODAY)
    assert found is not None
    assert found.due_on == date(2026, 1, 16)


def test_the_visit_explains_itself() -> None:
    found = next_visit(RULES, Life(ElevatorDetails(catalogue="3310"), in_use_since=BASE), TODAY)
    assert found is not None
    assert str(found.explanation) == "Last visit 2026-01-01; every 15 days → 2026-01-16"
    assert (found.citation.document, found.citation.clause) == (
        "国务院令第549号 特种设备安全监察条例",
        "第三十一条",
    )


@pytest.mark.parametrize(
    ("visits", "taken_over", "expected", "why"),
    [
        pytest.param(
            [("half_month", date(2026, 9, 1))],
            None,
            ("half_year", date(2026, 9, 16)),
            "Last visit",
            id="no new firm: overdue as before",
        ),
        pytest.param(
            [("half_year", date(2026, 9, 1))],
            date(2026, 11, 20),
            ("quarter", date(2026, 12, 5)),
            "contract begins",
            id="a new firm has its first turn from its first day; the quarterly items are due by then",
        ),
        pytest.param(
            [("year", date(2026, 11, 10))],
            date(2026, 11, 20),
            ("half_month", date(2026, 12, 5)),
            "contract begins",
            id="everything was done shortly before: a half-monthly visit",
        ),
        pytest.param(
            [("half_year", date(2026, 1, 20)), ("half_month", date(2026, 7, 1))],
            date(2026, 11, 20),
            ("half_year", date(2026, 12, 5)),
            "contract begins",
            id="what the former firm left out is not overdue, but is done at the first turn",
        ),
        pytest.param(
            [("half_month", date(2026, 11, 22))],
            date(2026, 11, 20),
            ("half_year", date(2026, 12, 7)),
            "Last visit",
            id="a visit after the first day counts as always; the classes follow the base",
        ),
        pytest.param(
            [],
            date(2026, 11, 20),
            ("half_year", date(2026, 12, 5)),
            "contract begins",
            id="nothing on record before the contract",
        ),
        pytest.param(
            [],
            date(2025, 6, 1),
            ("half_month", date(2026, 1, 16)),
            "Last visit",
            id="a contract older than the lift's first day in use changes nothing",
        ),
    ],
)
def test_a_firm_answers_from_its_first_day_and_the_classes_follow_the_visits(
    visits: list[tuple[str, date]], taken_over: date | None, expected: tuple[str, date], why: str
) -> None:
    life = Life(
        details=ElevatorDetails(catalogue="3110"),
        in_use_since=BASE,
        done=tuple(Done(DueKind(f"visit_{kind}"), on) for kind, on in visits),
        maintained_since=taken_over,
    )
    planned = next_visit(RULES, life, TODAY)
    assert planned is not None
    assert (planned.kind.removeprefix("visit_"), planned.due_on) == expected
    assert why in planned.explanation.msgid
