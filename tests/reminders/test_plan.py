"""Planning: one notice per duty, stage and recipient, whatever the number of planners, and never to the wrong person."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.dues.models import Due, PaperDue
from equipment.dues.rules import DueState, PaperDueKind
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.reminders import actions
from equipment.reminders.actions import plan
from equipment.reminders.models import Notice
from equipment.reminders.queries import inbox, unread_count
from equipment.storage import db
from tests import make
from tests.reminders.conftest import City, today


def heard() -> set[tuple[UUID, str]]:
    db.session.rollback()
    return {(notice.user_id, notice.stage) for notice in db.session.scalars(visible(SYSTEM, Notice))}


def test_each_stage_is_heard_once_by_those_it_is_for(city: City) -> None:
    city.due("inspection", -2)
    assert plan(today())["notices"] == 2
    assert plan(today())["notices"] == 0
    assert heard() == {(city.officer, "overdue_1"), (city.supervisor, "overdue_1")}


def test_the_next_stage_is_a_new_notice(city: City) -> None:
    city.due("inspection", 40)
    plan(today())
    plan(today() + timedelta(days=15))
    assert heard() == {(city.officer, "ahead_60"), (city.officer, "ahead_30")}


def test_visits_are_heard_by_the_firm(city: City) -> None:
    city.due("visit_half_month", 1)
    plan(today())
    assert heard() == {(city.manager, "ahead_2")}


def test_what_is_far_away_is_heard_by_nobody(city: City) -> None:
    city.due("inspection", 200)
    assert plan(today()) == {
        "duties": 0,
        "notices": 0,
        "obsolete": 0,
        "unheard": 0,
        "unheard_of": {},
        "unheard_new": [],
    }


def test_many_planners_at_once_make_each_notice_once(city: City) -> None:
    for number in range(12):
        city.due("inspection", -number * 10, city.add_lift(f"{number}#"))
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.append(plan(today())["notices"])) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    count = db.session.scalar(select(func.count()).select_from(Notice))
    assert (sum(made), count) == (
        count,
        23,
    )  # twelve officers, eleven supervisors: what is due today is not overdue


def test_nobody_hears_of_a_piece_he_may_not_see(city: City) -> None:
    for kind, days in (
        ("inspection", -40),
        ("visit_half_month", -8),
        ("self_test", -3),
        ("end_of_life", 3),
        ("brake_test", -31),
    ):
        city.due(kind, days)
    plan(today())
    told = db.session.scalars(visible(SYSTEM, Notice)).all()
    assert {notice.user_id for notice in told} == {city.officer, city.manager, city.supervisor}
    for notice in told:
        who = viewer_of(db.session.get_one(User, notice.user_id))
        assert (
            db.session.scalar(visible(who, Equipment).where(Equipment.id == notice.equipment_id)) is not None
        )


def test_a_notice_whose_duty_is_done_is_no_longer_needed(city: City) -> None:
    done, moved = city.due("inspection", -2), city.due("inspection", -2, city.add_lift("4#"))
    plan(today())
    with db.transaction() as current:
        current.execute(update(Due).where(Due.id == done).values(state=DueState.DONE, done_on=clock.today()))
        current.execute(update(Due).where(Due.id == moved).values(due_on=make.days(300)))
    assert plan(today())["obsolete"] == 4
    assert unread_count(viewer_of(db.session.get_one(User, city.officer))) == 0


def test_the_holder_of_a_certificate_hears_of_it(city: City) -> None:
    technician = db.session.get_one(User, city.technician)
    with db.transaction() as current:
        merged = current.merge(technician)
        owner = merged.organisation_id
        held = make.Certificate(
            id=new_id(),
            organisation_id=owner,
            user_id=city.technician,
            code="T",
            number="T1",
            valid_from=make.days(-100),
            valid_until=make.days(20),
        )
        current.add(held)
        current.add(
            PaperDue(
                organisation_id=owner,
                id=new_id(),
                kind=PaperDueKind.CERTIFICATE,
                subject_id=held.id,
                title="工人 T",
                state=DueState.OPEN,
                due_on=make.days(20),
            )
        )
    plan(today())
    assert heard() == {(city.technician, "ahead_30"), (city.manager, "ahead_30")}


def test_more_rows_than_one_transaction_holds_are_all_planned(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "ROWS", 3)
    for number in range(8):
        city.due("inspection", 5, city.add_lift(f"{number}#"))
    assert plan(today())["notices"] == 16


def test_the_inbox_shows_ones_own_unread_first_and_reading_is_for_oneself_only(city: City) -> None:
    city.due("inspection", -2)
    city.due("self_test", 5, city.add_lift("4#"))
    plan(today())
    officer = viewer_of(db.session.get_one(User, city.officer))
    stranger = viewer_of(db.session.get_one(User, city.stranger))
    mine = [notice.id for notice in db.session.scalars(inbox(officer))]
    assert (len(mine), unread_count(officer), db.session.scalars(inbox(stranger)).all()) == (2, 2, [])
    with db.transaction():
        assert (actions.read(mine[:1], by=stranger), actions.read(mine[:1], by=officer)) == (0, 1)
    assert (unread_count(officer), [notice.id for notice in db.session.scalars(inbox(officer))]) == (
        1,
        [mine[1], mine[0]],
    )
