"""报检单: many pieces applied for at once, decided row by row by the body, taken back by the unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.errors import Invalid, NotFound
from equipment.core.visiting import VisitingOrder, arranged
from equipment.dues import applications, joint
from equipment.dues.duties import arranged_duty
from equipment.dues.models import Application, JointApplication
from equipment.dues.rules import ApplicationState
from equipment.dues.visiting import planned
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.dues.town import Town, fresh, lift, sound, town

SignIn = Callable[[User], FlaskClient]
S = ApplicationState


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2024-05-06 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


def apply_for(at: Town, *pieces: Equipment, wish_on: date | None = None) -> joint.AppliedJointly:
    with db.transaction():
        return joint.apply_jointly(
            [fresh(piece.id) for piece in pieces], by=at.viewer("officer"), wish_on=wish_on, note="上午"
        )


def states(made: JointApplication) -> list[ApplicationState]:
    return sorted(row.state for row in joint.rows_of(made))


def test_what_is_due_is_offered_by_site_until_it_is_applied_for(at: Town) -> None:
    near, far = lift(at, address="甲路1号"), lift(at, address="乙路9号")
    later = lift(at, base_on=date(2023, 12, 5))  # due 2024-12-31
    officer = at.viewer("officer")
    assert [row.id for row in joint.to_apply_for(officer, 60)] == [far.id, near.id]
    assert {row.id for row in joint.to_apply_for(officer, 400)} == {near.id, far.id, later.id}
    apply_for(at, near)
    assert [row.id for row in joint.to_apply_for(officer, 60)] == [far.id]
    assert joint.to_apply_for(at.viewer("stranger"), 400) == []


def test_many_pieces_stand_on_one_form_with_a_number_of_the_year(at: Town) -> None:
    pieces = [lift(at) for _ in range(3)]
    came = apply_for(at, *pieces, wish_on=date(2024, 5, 20))
    (made,) = came.joint
    assert (made.number, made.pieces, made.to_id, made.wish_on) == (
        "BJ-2024-0001",
        3,
        at.body.id,
        date(2024, 5, 20),
    )
    assert {row.equipment_id for row in joint.rows_of(made)} == {piece.id for piece in pieces}
    (second,) = apply_for(at, lift(at)).joint
    assert second.number == "BJ-2024-0002"


def test_one_form_goes_to_each_body_and_what_cannot_be_applied_for_is_counted(at: Town) -> None:
    other = make.organisation(OrganisationKind.BODY, "省特检院")
    mine, theirs, twice = lift(at), lift(at, inspection_body_id=other.id), lift(at)
    apply_for(at, twice)
    nobodys = lift(at, inspection_body_id=None)
    stranger = lift(at, use_unit_id=at.stranger.organisation_id)
    came = apply_for(at, mine, theirs, twice, nobodys, stranger)
    assert {(made.to_id, made.pieces) for made in came.joint} == {(at.body.id, 1), (other.id, 1)}
    assert dict(came.skipped) == {
        "Already applied for": 1,
        "No inspection body is assigned: ask the bureau.": 1,
        "Only the use unit or the owner applies for an inspection.": 1,
    }


def test_a_wish_in_the_past_is_no_wish(at: Town) -> None:
    with pytest.raises(Invalid) as caught:
        apply_for(at, lift(at), wish_on=date(2024, 5, 5))
    assert list(caught.value.fields) == ["wish_on"]


def test_the_body_gives_some_rows_a_day_and_refuses_one(at: Town, tmp_path: Path) -> None:
    early = lift(at, base_on=date(2023, 12, 5))  # counts from 2024-10-01
    (made,) = apply_for(at, lift(at), lift(at), lift(at), early).joint
    inspector = at.viewer("inspector")
    rows = {row.equipment_id: row for row in joint.rows_of(made)}
    refused = next(row for key, row in rows.items() if key != early.id)
    with db.transaction():
        joint.refuse_rows([refused], "现场无电", by=inspector)
    with db.transaction():
        came = joint.plan_rows(
            joint.rows_of(made), date(2024, 5, 20), by=inspector, inspector_id=at.inspector.id
        )
    assert (came.count, dict(came.skipped)) == (
        2,
        {
            "This application has been decided already.": 1,
            "An inspection on this day would be too early to count.": 1,
        },
    )
    assert states(made) == [S.ACCEPTED, S.ACCEPTED, S.APPLIED, S.REFUSED]
    assert sound(tmp_path)


def test_a_day_moves_with_a_reason_only(at: Town) -> None:
    (made,) = apply_for(at, lift(at), lift(at)).joint
    inspector = at.viewer("inspector")

    def plan(day: date, reason: str = "") -> joint.DecidedRows:
        with db.transaction():
            return joint.plan_rows(joint.rows_of(made), day, by=inspector, reason=reason)

    plan(date(2024, 5, 20))
    with pytest.raises(Invalid) as caught:
        plan(date(2024, 5, 22))
    assert list(caught.value.fields) == ["reason"]
    plan(date(2024, 5, 22), "检验员出差")
    assert {(row.planned_on, row.moved_for) for row in joint.rows_of(made)} == {
        (date(2024, 5, 22), "检验员出差")
    }


def test_nobody_of_another_body_is_sent(at: Town) -> None:
    (made,) = apply_for(at, lift(at)).joint
    with pytest.raises(Invalid) as caught, db.transaction():
        joint.plan_rows(
            joint.rows_of(made), date(2024, 5, 20), by=at.viewer("inspector"), inspector_id=at.officer.id
        )
    assert list(caught.value.fields) == ["inspector"]


def test_the_unit_takes_rows_back_until_they_are_decided(at: Town) -> None:
    (made,) = apply_for(at, lift(at), lift(at), lift(at)).joint
    first, second, _third = joint.rows_of(made)
    with db.transaction():
        joint.plan_rows([first], date(2024, 5, 20), by=at.viewer("inspector"))
        joint.refuse_rows([second], "资料不全", by=at.viewer("inspector"))
    with db.transaction():
        came = joint.withdraw_rows(joint.rows_of(made), by=at.viewer("officer"))
    assert (came.count, came.skipped.total()) == (2, 1)
    assert states(made) == [S.REFUSED, S.WITHDRAWN, S.WITHDRAWN]
    (other,) = apply_for(at, lift(at)).joint
    with pytest.raises(NotFound), db.transaction():
        joint.withdraw_rows(joint.rows_of(other), by=at.viewer("stranger"))


def test_each_side_hears_of_a_decision_once(at: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = apply_for(at, *[lift(at) for _ in range(5)]).joint
    heard: list[tuple[object, str]] = []
    monkeypatch.setattr(joint, "urgent", lambda duty: heard.append((duty.organisation_id, str(duty.text))))
    rows = list(joint.rows_of(made))
    with db.transaction():
        joint.plan_rows(rows[:4], date(2024, 5, 20), by=at.viewer("inspector"))
        joint.refuse_rows(rows[4:], "停电", by=at.viewer("inspector"))
    with db.transaction():
        joint.withdraw_rows(rows[:2], by=at.viewer("officer"))
    assert heard == [
        (at.unit.id, "The inspection of 4 pieces of BJ-2024-0001 is arranged for 2024-05-20"),
        (at.unit.id, "The inspection of 1 pieces of BJ-2024-0001 was not accepted: 停电"),
        (at.body.id, "2 pieces of BJ-2024-0001 were withdrawn that had a day"),
    ]


def test_the_day_before_is_told_to_whoever_goes_there(at: Town) -> None:
    piece = lift(at)
    (made,) = apply_for(at, piece).joint
    with db.transaction():
        joint.plan_rows(
            joint.rows_of(made), date(2024, 5, 20), by=at.viewer("inspector"), inspector_id=at.colleague.id
        )
    (row,) = joint.rows_of(made)
    duty = arranged_duty(row, {piece.id: fresh(piece.id)})
    assert (
        duty.holder_id,
        [(stage.days, [str(who) for who in stage.heard_by]) for stage in duty.stages][1],
    ) == (at.colleague.id, (1, ["responsible", "firm", "holder"]))


def test_the_days_of_an_inspector_are_his_own_in_visiting_order(at: Town) -> None:
    east, west = lift(at, address="东路1号"), lift(at, address="西路2号")
    (made,) = apply_for(at, west, east).joint
    with db.transaction():
        joint.plan_rows(
            joint.rows_of(made), date(2024, 5, 20), by=at.viewer("inspector"), inspector_id=at.inspector.id
        )
    inspector = at.viewer("inspector")
    window = (date(2024, 5, 20), date(2024, 5, 20))
    rows = db.session.scalars(joint.planned_visits(inspector, *window, at.inspector.id)).all()
    groups = arranged(planned(inspector, rows), VisitingOrder.SITE, None)
    assert [(group.heading, [row.record.equipment_id for row in group.rows]) for group in groups] == [
        ("锦绣家园物业 · 东路1号", [east.id]),
        ("锦绣家园物业 · 西路2号", [west.id]),
    ]
    assert db.session.scalars(joint.planned_visits(inspector, *window, at.colleague.id)).all() == []
    assert db.session.scalars(joint.planned_visits(at.viewer("officer"), *window)).all() == []


def test_the_pages_take_a_form_from_unit_to_body_and_back(at: Town, signed_in: SignIn) -> None:
    pieces = [lift(at), lift(at)]
    unit, body = signed_in(at.officer), signed_in(at.inspector)
    assert unit.get("/applications/new").status_code == 200
    sent = unit.post("/applications/new", data={"id": [str(piece.id) for piece in pieces], "note": "下午"})
    (made,) = db.session.scalars(visible(SYSTEM, JointApplication)).all()
    assert (sent.status_code, sent.location) == (302, f"/applications/joint/{made.id}")
    rows = [str(row.id) for row in joint.rows_of(made)]
    here = f"/applications/joint/{made.id}"
    missing = body.post(f"{here}/plan", data={"id": rows})
    assert (missing.status_code, states(made)) == (422, [S.APPLIED, S.APPLIED])
    planned_rows = body.post(f"{here}/plan", data={"id": rows[:1], "planned_on": "2024-05-20"})
    refused = body.post(f"{here}/refuse", data={"id": rows[1:], "reason": "资料不全"})
    assert (planned_rows.status_code, refused.status_code) == (302, 302)
    assert "资料不全" in unit.get(here).text
    assert unit.post(f"{here}/withdraw", data={"id": rows[:1]}).status_code == 302
    db.session.expire_all()
    assert states(made) == [S.REFUSED, S.WITHDRAWN]
    strange = signed_in(at.stranger)
    assert (strange.get(here).status_code, body.post(f"{here}/withdraw", data={"id": rows}).status_code) == (
        404,
        404,
    )


def test_one_tap_for_one_piece_stands_on_no_form(at: Town) -> None:
    piece = lift(at)
    with db.transaction():
        made = applications.apply(fresh(piece.id), by=at.viewer("officer"))
    assert (made.joint_id, made.state) == (None, S.APPLIED)
    assert db.session.scalars(visible(SYSTEM, Application)).all() == [made]
