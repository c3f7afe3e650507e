"""Planning: what the category plans becomes open duties, once, and the days on the piece."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from flask import Flask

from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.dues import actions
from equipment.dues.models import Due
from equipment.dues.queries import life_of, open_due, open_dues
from equipment.dues.rules import DueState
from equipment.ledger.models import Event
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.planning import AlterationKind, DueKind
from equipment.rules.actions import choose
from equipment.storage import db
from tests import make

TODAY = date(2026, 11, 23)
LIFT = {"catalogue": "3110"}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=True):
        yield


def lift(**more: object) -> Equipment:
    return make.equipment(
        "elevator",
        **{"details": LIFT, "base_on": date(2023, 5, 17), "in_use_since": date(2023, 6, 1), **more},
    )


def bottle(**more: object) -> Equipment:
    return make.equipment(
        "cylinder", **{"details": {"variety": "lpg", "medium": "LPG"}, "made_on": date(2021, 3, 1), **more}
    )


def stop(piece: Equipment, since: date, until: date) -> Standing:
    return Standing(
        equipment_id=piece.id,
        id=new_id(),
        status=EquipmentStatus.STOPPED,
        area=piece.area,
        category=piece.category,
        from_on=since,
        until_on=until,
    )


def planned(piece: Equipment) -> dict[str, date]:
    return {due.kind: due.due_on for due in open_dues(piece.id)}


def plan(piece: Equipment) -> bool:
    with db.transaction():
        return actions.plan_piece(db.session.get_one(Equipment, piece.id), by_actor="system")


def change(piece: Equipment, **values: object) -> None:
    with make.writing():
        found = db.session.get_one(Equipment, piece.id)
        for name, value in values.items():
            setattr(found, name, value)
    with db.transaction():
        actions.replan(db.session.get_one(Equipment, piece.id), SYSTEM)


def done(
    piece: Equipment,
    kind: DueKind,
    on: date,
    conclusion: str = "passed",
    by: str = "inspection:1",
    next_on: date | None = None,
) -> Due | None:
    with db.transaction():
        return actions.done(
            db.session.get_one(Equipment, piece.id),
            kind,
            on=on,
            by=by,
            conclusion=conclusion,
            next_on=next_on,
        )


def extend(piece: Equipment, until: date, reason: str = "疫情") -> Due:
    with db.transaction():
        return actions.extend(
            db.session.get_one(Equipment, piece.id), DueKind.INSPECTION, until, reason, by=SYSTEM
        )


def inspected_until(piece: Equipment) -> date | None:
    return db.session.get_one(Equipment, piece.id, populate_existing=True).inspection_due_on


def test_a_lift_gets_every_duty_of_its_category(app: Flask) -> None:
    piece = lift()
    assert plan(piece) is True
    assert planned(piece) == {
        "inspection": date(2024, 5, 31),
        "self_test": date(2025, 5, 31),
        "visit_half_month": date(2023, 6, 16),
        "governor_calibration": date(2025, 5, 17),
        "brake_test": date(2029, 5, 31),
        "self_check": date(2024, 5, 17),
    }
    assert inspected_until(piece) == date(2024, 5, 31)


def test_a_cylinder_gets_its_inspection_and_its_end_of_life(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    assert planned(piece) == {"inspection": date(2025, 3, 31), "end_of_life": date(2029, 3, 31)}
    found = db.session.get_one(Equipment, piece.id, populate_existing=True)
    assert (found.inspection_due_on, found.end_of_life_on) == (date(2025, 3, 31), date(2029, 3, 31))


def test_every_duty_says_why_with_its_citation(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    assert (due.citation["document"], due.explanation["params"]["due"]) == (
        "GB/T 8334-2022 液化石油气钢瓶定期检验与评定",
        "2025-03",
    )


def test_planning_twice_changes_nothing(app: Flask) -> None:
    piece = lift()
    plan(piece)
    before = db.session.query(Event).count()
    assert plan(piece) is False
    assert db.session.query(Event).count() == before


def test_the_nightly_planning_reaches_everything_and_twice_changes_nothing(app: Flask) -> None:
    pieces = [
        lift(),
        bottle(),
        lift(details={"catalogue": "nonsense"}),
        lift(status=EquipmentStatus.SCRAPPED),
    ]
    assert actions.plan_all(TODAY) == {
        "pieces": 3,
        "changed": 2,
        "unplannable": 1,
        "papers": 0,
        "organisations": 0,
    }
    assert actions.plan_all(TODAY) == {
        "pieces": 3,
        "changed": 0,
        "unplannable": 1,
        "papers": 0,
        "organisations": 0,
    }
    assert [len(open_dues(piece.id)) for piece in pieces] == [6, 2, 0, 0]


def test_an_inspection_stated_by_the_papers_counts(app: Flask) -> None:
    piece = bottle(last_inspected_on=date(2025, 3, 10), next_inspection_on=date(2028, 3, 1))
    plan(piece)
    assert planned(piece)["inspection"] == date(2028, 3, 31)
    assert [(each.on, each.next_on) for each in life_of(piece).done] == [
        (date(2025, 3, 10), date(2028, 3, 1))
    ]


def test_a_piece_out_of_use_has_no_duties_and_gets_them_back(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    change(piece, status=EquipmentStatus.STOPPED)
    assert planned(piece) == {}
    assert inspected_until(piece) == date(2025, 3, 31)
    change(piece, status=EquipmentStatus.IN_USE)
    assert planned(piece) == {"inspection": date(2025, 3, 31), "end_of_life": date(2029, 3, 31)}


def test_a_new_body_reaches_the_open_duties_without_new_rows(app: Flask) -> None:
    piece, body = lift(), make.organisation(OrganisationKind.BODY)
    plan(piece)
    ids = {due.id for due in open_dues(piece.id)}
    change(piece, inspection_body_id=body.id)
    assert {due.id for due in open_dues(piece.id)} == ids
    assert {due.body_id for due in open_dues(piece.id)} == {body.id}


# What was done on the left; what comes next on the right (base 2023-05, lift in use; bottle made 2021-03, LPG every 4 years).
NEXT = [
    ("in time", [(date(2024, 5, 20), "passed")], date(2027, 5, 31)),
    ("two months early still counts", [(date(2024, 3, 1), "passed")], date(2027, 5, 31)),
    ("too early does not count", [(date(2024, 2, 29), "passed")], date(2024, 5, 31)),
    ("late does not move the cycle", [(date(2025, 1, 9), "passed")], date(2027, 5, 31)),
    ("failed is due at once", [(date(2024, 5, 20), "failed")], date(2024, 5, 20)),
    (
        "failed, then passed the same day",
        [(date(2024, 5, 20), "failed"), (date(2024, 5, 20), "passed")],
        date(2027, 5, 31),
    ),
    ("year 1 and 4", [(date(2024, 5, 20), "passed"), (date(2027, 4, 2), "passed")], date(2030, 5, 31)),
]


@pytest.mark.parametrize(("name", "deeds", "due_on"), NEXT, ids=[each[0] for each in NEXT])
def test_what_was_done_decides_what_comes_next(
    app: Flask, name: str, deeds: list[tuple[date, str]], due_on: date
) -> None:
    piece = lift()
    plan(piece)
    for number, (on, conclusion) in enumerate(deeds):
        following = done(piece, DueKind.INSPECTION, on, conclusion, by=f"inspection:{number}")
    assert following is not None
    assert following.due_on == due_on
    assert planned(piece)["inspection"] == due_on


def test_after_a_failed_inspection_the_piece_counts_as_inspected_until_the_day_before(app: Flask) -> None:
    piece = bottle()
    done(piece, DueKind.INSPECTION, date(2025, 2, 10), "failed")
    assert inspected_until(piece) == date(2025, 2, 9)


def test_an_inspection_after_a_stop_of_more_than_a_year_is_due_at_once(app: Flask) -> None:
    piece = lift()
    done(piece, DueKind.INSPECTION, date(2024, 5, 20))
    with db.transaction():
        db.session.add(stop(piece, date(2024, 9, 1), date(2026, 2, 1)))
    plan(piece)
    assert planned(piece)["inspection"] == date(2026, 2, 1)
    assert done(piece, DueKind.INSPECTION, date(2026, 2, 20), by="inspection:2").due_on == date(2027, 2, 28)  # type: ignore[union-attr]


def test_the_same_record_twice_is_noted_once(app: Flask) -> None:
    piece = lift()
    plan(piece)
    first = done(piece, DueKind.INSPECTION, date(2024, 5, 20))
    again = done(piece, DueKind.INSPECTION, date(2024, 5, 20))
    assert (first.id if first else None) == (again.id if again else "")
    with pytest.raises(Conflict):
        done(piece, DueKind.INSPECTION, date(2024, 5, 21))


def test_a_record_taken_back_leaves_the_plan_as_it_was(app: Flask) -> None:
    piece = lift()
    plan(piece)
    before = planned(piece)
    done(piece, DueKind.INSPECTION, date(2024, 5, 20))
    with db.transaction():
        actions.undone(db.session.get_one(Equipment, piece.id), by="inspection:1", actor="user:1")
    assert planned(piece) == before
    states = db.session.scalars(
        visible(SYSTEM, Due).where(Due.equipment_id == piece.id, Due.done_by == "inspection:1")
    ).all()
    assert [(due.state, due.done_on) for due in states] == [(DueState.SUPERSEDED, date(2024, 5, 20))]


def test_an_alteration_begins_the_cycle_anew(app: Flask) -> None:
    piece = lift()
    with db.transaction():
        actions.note_work(
            db.session.get_one(Equipment, piece.id),
            AlterationKind.ALTERATION,
            on=date(2026, 8, 5),
            by="inspection:9",
            actor="user:1",
        )
    assert planned(piece)["inspection"] == date(2027, 8, 31)


def test_an_approved_delay_moves_the_day_and_says_so(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    due = extend(piece, date(2025, 6, 30))
    assert (due.due_on, due.explanation["params"]["reason"]) == (date(2025, 6, 30), "疫情")
    assert extend(piece, date(2025, 8, 31), "设备返厂").due_on == date(2025, 8, 31)
    assert planned(piece) == {"inspection": date(2025, 8, 31), "end_of_life": date(2029, 3, 31)}
    assert plan(piece) is False


def test_the_bureau_sets_how_long_a_delay_is_believed(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    by = viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )
    with db.transaction():
        choose("delay_months", date(2026, 1, 1), {"value": "2"}, by=by)
    with pytest.raises(Invalid):
        extend(piece, date(2025, 6, 30))
    assert extend(piece, date(2025, 5, 31)).due_on == date(2025, 5, 31)


def test_a_delay_mistyped_as_too_long_can_be_made_shorter(app: Flask) -> None:
    piece = bottle()
    plan(piece)
    extend(piece, date(2026, 6, 30), "误录")
    assert extend(piece, date(2025, 6, 30), "更正").due_on == date(2025, 6, 30)
    assert planned(piece)["inspection"] == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (date(2025, 3, 31), "x", "until"),
        (date(2025, 1, 1), "x", "until"),
        (date(2035, 6, 30), "x", "until"),
        (date(9999, 12, 31), "x", "until"),
        (date(2025, 9, 1), " ", "reason"),
        (date(2025, 9, 1), "长" * 301, "reason"),
    ],
)
def test_a_delay_needs_a_later_day_and_a_reason(app: Flask, until: date, reason: str, field: str) -> None:
    piece = bottle()
    plan(piece)
    with pytest.raises(Invalid) as caught:
        extend(piece, until, reason)
    assert list(caught.value.fields) == [field]
