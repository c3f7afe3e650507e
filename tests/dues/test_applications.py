"""报检: asked by the unit, accepted and dated by the body, answered by the inspection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.dues import actions, applications
from equipment.dues.models import Application
from equipment.dues.queries import open_due
from equipment.dues.rules import ApplicationState
from equipment.people.models import User
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.regulation.planning import DueKind
from equipment.storage import db
from tests.dues.town import Town, bottle, fresh, lift, town

SignIn = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2024-05-06 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def apply(piece: Equipment, by: Viewer) -> Application:
    with db.transaction():
        return applications.apply(fresh(piece.id), by=by)


def state_of(made: Application) -> ApplicationState:
    return db.session.get_one(Application, (made.equipment_id, made.id), populate_existing=True).state


def test_one_tap_applies_and_a_second_is_the_same_application(at: Town) -> None:
    piece = lift(at)
    first, again = apply(piece, at.viewer("officer")), apply(piece, at.viewer("officer"))
    assert (first.id, first.state, first.body_id) == (again.id, "applied", at.body.id)


def test_the_body_accepts_dates_and_moves_the_day(at: Town) -> None:
    made = apply(lift(at), at.viewer("officer"))
    for day, reason in ((date(2024, 5, 20), ""), (date(2024, 5, 22), "仪器送检")):
        with db.transaction():
            applications.accept(
                applications.application(at.viewer("inspector"), made.id),
                day,
                by=at.viewer("inspector"),
                reason=reason,
            )
    found = db.session.get_one(Application, (made.equipment_id, made.id), populate_existing=True)
    assert (found.state, found.planned_on, found.accepted_by) == (
        "accepted",
        date(2024, 5, 22),
        at.inspector.id,
    )


@pytest.mark.parametrize(
    ("day", "problem"),
    [(date(2024, 5, 1), "This day has passed."), (date(2024, 2, 28), "This day has passed.")],
)
def test_a_day_that_has_passed_is_no_day(at: Town, day: date, problem: str) -> None:
    made = apply(lift(at), at.viewer("officer"))
    with pytest.raises(Invalid) as caught, db.transaction():
        applications.accept(
            applications.application(at.viewer("inspector"), made.id), day, by=at.viewer("inspector")
        )
    assert {name: message.msgid for name, message in caught.value.fields.items()} == {"planned_on": problem}


def test_a_day_too_early_to_count_is_not_accepted(at: Town) -> None:
    piece = lift(at, base_on=date(2023, 12, 5))  # due 2024-12-31, counts from 2024-10-01
    made = apply(piece, at.viewer("officer"))
    with pytest.raises(Invalid) as caught, db.transaction():
        applications.accept(
            applications.application(at.viewer("inspector"), made.id),
            date(2024, 9, 30),
            by=at.viewer("inspector"),
        )
    assert caught.value.fields["planned_on"].params == {"earliest": "2024-10-01"}


def test_the_inspection_answers_the_application(at: Town) -> None:
    piece = lift(at)
    made = apply(piece, at.viewer("officer"))
    with db.transaction():
        actions.done(
            fresh(piece.id), DueKind.INSPECTION, on=date(2024, 5, 6), by="inspection:1", conclusion="passed"
        )
    assert state_of(made) == ApplicationState.DONE
    assert apply(piece, at.viewer("officer")).id != made.id


def test_a_refused_application_is_final_and_a_new_one_may_follow(at: Town) -> None:
    piece = lift(at)
    made = apply(piece, at.viewer("officer"))
    with db.transaction():
        applications.refuse(
            applications.application(at.viewer("inspector"), made.id), "资料不全", by=at.viewer("inspector")
        )
    with pytest.raises(Conflict), db.transaction():
        applications.withdraw(
            applications.application(at.viewer("officer"), made.id), by=at.viewer("officer")
        )
    assert state_of(made) == ApplicationState.REFUSED
    assert apply(piece, at.viewer("officer")).id != made.id


# Who does what to whose application: only the applicant withdraws, only the body of the piece accepts.
@pytest.mark.parametrize(
    ("who", "deed"),
    [("stranger", "withdraw"), ("inspector", "withdraw"), ("officer", "accept"), ("supervisor", "accept")],
)
def test_nobody_decides_what_is_not_his(at: Town, who: str, deed: str) -> None:
    made, by = apply(lift(at), at.viewer("officer")), at.viewer(who)
    found = db.session.get_one(Application, (made.equipment_id, made.id))
    decide = {
        "withdraw": lambda: applications.withdraw(found, by=by),
        "accept": lambda: applications.accept(found, date(2024, 5, 20), by=by),
    }[deed]
    with pytest.raises(NotFound), db.transaction():
        decide()


def test_a_bulk_tap_counts_what_it_left_out(at: Town) -> None:
    first, second, without_body = lift(at), lift(at), lift(at, inspection_body_id=None)
    apply(first, at.viewer("officer"))
    with db.transaction():
        came = applications.apply_for_many(
            [fresh(each.id) for each in (first, second, without_body)], by=at.viewer("officer")
        )
    assert (came.count, came.skipped) == (
        1,
        {"Already applied for": 1, "No inspection body is assigned: ask the bureau.": 1},
    )


def test_the_page_applies_for_ones_own_pieces_only(at: Town, signed_in: SignIn) -> None:
    mine, bottle_of_station = lift(at), bottle(at)
    answer = signed_in(at.officer).post(
        "/applications", data={"id": [str(mine.id), str(bottle_of_station.id)]}
    )
    assert answer.status_code == 302
    assert [applications.pending_application(each.id) is not None for each in (mine, bottle_of_station)] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("who", "status", "sees"),
    [
        ("inspector", 200, True),
        ("officer", 200, True),
        ("stranger", 200, False),
        ("supervisor", 200, True),
        ("owner", 200, False),
    ],
)
def test_the_list_of_applications_shows_to_each_his_own(
    at: Town, signed_in: SignIn, who: str, status: int, sees: bool
) -> None:
    apply(lift(at, own_number="7号梯"), at.viewer("officer"))
    page = signed_in(getattr(at, who)).get("/applications")
    assert (page.status_code, "7号梯" in page.text) == (status, sees)


def test_what_names_no_application_is_left_out(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    assert signed_in(at.officer).post("/applications", data={"id": ["x", str(piece.id)]}).status_code == 302
    assert (
        signed_in(at.inspector)
        .post("/applications/accept", data={"id": "x", "planned_on": "2024-05-20"})
        .status_code
        == 302
    )
    assert {made.state for made in db.session.query(Application)} == {ApplicationState.APPLIED}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("window=overdue", {"超期甲"}),
        ("window=30", {"超期甲", "月内乙"}),
        ("window=", {"超期甲", "月内乙", "明年丙"}),
        ("window=30&applied=yes", {"月内乙"}),
        ("window=30&applied=no", {"超期甲"}),
        ("window=&category=cylinder", set()),
        ("window=30&area=620402", {"超期甲", "月内乙"}),
        ("window=30&area=620421", set()),
        ("window=&month=2023-09", {"超期甲"}),
        ("window=&month=9999-12", set()),
        ("window=&month=x", {"超期甲", "月内乙", "明年丙"}),
    ],
)
def test_what_is_due_by_every_filter(at: Town, signed_in: SignIn, query: str, seen: set[str]) -> None:
    lift(at, own_number="超期甲", base_on=date(2022, 9, 1))
    asked = lift(at, own_number="月内乙")
    lift(at, own_number="明年丙", base_on=date(2024, 4, 1))
    apply(asked, at.viewer("officer"))
    page = signed_in(at.supervisor).get(f"/dues?{query}").text
    assert {name for name in ("超期甲", "月内乙", "明年丙") if name in page} == seen


def test_a_delay_is_approved_by_the_bureau_and_read_by_all(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    address = f"/dues/{piece.id}/inspection/extend"
    assert (
        signed_in(at.officer).post(address, data={"until": "2024-07-31", "reason": "疫情"}).status_code == 403
    )
    assert (
        signed_in(at.supervisor).post(address, data={"until": "2024-05-01", "reason": "疫情"}).status_code
        == 422
    )
    assert (
        signed_in(at.supervisor).post(address, data={"until": "2024-07-31", "reason": "疫情"}).status_code
        == 302
    )
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    assert due.due_on == date(2024, 7, 31)
    assert "疫情" in signed_in(at.officer).get("/dues?window=").text
