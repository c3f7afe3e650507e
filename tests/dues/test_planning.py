"""Planning: what the category plans becomes open duties, once, and the days on the piece."""
from __future__ import annotations

from datetime import date

import pytest
import time_machine
from flask import Flask

from equipment import clock, db
from equipment.categories.planning import AlterationKind, DueKind
from equipment.dues import actions
from equipment.dues.models import Due
from equipment.dues.queries import life_of, open_due, open_dues
from equipment.dues.rules import DueState
from equipment.errors import Conflict, Invalid
from equipment.ledger.models import Event
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from tests import make

TODAY = date(2026, 11, 23)
LIFT = {"catalogue": "3110"}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel("2026-11-23 09:00:00+08:00", tick=False):
        yield


def lift(**more: object) -> Equipment:
    return make.equipment("elevator", **{"details": LIFT, "base_on": date(2023, 5, 17), "in_use_since": date(2023, 6, 1), **more})


def bottle(**more: object) -> Equipment:
    return make.equipment("cylinder", **{"details": {"variety": "lpg", "medium": "LPG"}, "made_on": date(2021, 3, 1), **more})


def planned(piece: Equipment) -> dict[str, date]:
    return {due.kind: due.due_on for due in open_dues(piece.id)}


def plan(piece: Equipment) -> bool:
    with db.transaction():
        return actions.plan_piece(db.session.get_one(Equipment, piece.id), by_actor="system")


def test_a_lift_gets_every_duty_of_its_category(app: Flask) -> None:
    piece = lift()
    assert plan(piece) is True
    assert planned(piece) == {
        "inspection": date(2024, 5, 31), "self_test": date(2025, 5, 31), "visit_year": date(2023, 6, 16), "governor_calibration": date(2025, 5, 17),
        "brake_test": date(2028, 5, 17), "self_check": date(2024, 5, 17),
    } | {}
    assert db.session.get_one(Equipment, piece.id).inspection_due_on == date(2024, 5, 31)


def test_planning_twice_changes_nothing(app: Flask) -> None:
    piece = lift()
    plan(piece)
    before = db.session.query(Event).count()
    assert plan(piece) is False
    assert db.session.query(Event).count() == before
