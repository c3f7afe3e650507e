"""A centre's system brings calls and steps, a technician's phone his arrival; each message counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from equipment.calls.models import RescueCall
from equipment.calls.states import CallState
from equipment.core import clock
from equipment.intake.models import Receipt
from equipment.maintenance.models import Visit
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.storage import db
from equipment.web import cursors
from tests import make
from tests.calls.conftest import Town, again, at


class Sender:
    def __init__(self, app: Flask, token: str) -> None:
        self.client, self.headers = app.test_client(), {"Authorization": f"Bearer {token}"}

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)


def call_body(**more: Any) -> dict[str, Any]:
    return {
        "call_id": str(uuid4()),
        "number": "JY20261103001",
        "called_at": at(5).isoformat(),
        "code": "620001",
        "trapped": 2,
        "caller_phone": "13900001111",
        **more,
    }


def step(kind: str, minutes: float, **more: Any) -> dict[str, Any]:
    return {"step_id": str(uuid4()), "step": kind, "happened_at": at(minutes).isoformat(), **more}


def test_a_call_is_known_again_and_other_content_is_a_conflict(app: Flask, town: Town) -> None:
    centre, body = Sender(app, town.token()), call_body()
    first, again_, other = (
        centre.post("/rescue/calls", **body),
        centre.post("/rescue/calls", **body),
        centre.post("/rescue/calls", **{**body, "trapped": 3}),
    )
    assert [answer.status_code for answer in (first, again_, other)] == [201, 200, 409]
    assert list(other.json["fields"]) == ["trapped"]
    assert first.json["equipment_id"] == str(town.lift.id)
    assert first.json["lift_known"] is True
    assert "13900001111" not in first.get_data(as_text=True)
    kept = db.session.scalars(select(Receipt.content)).all()
    assert not any("13900001111" in content for content in kept)  # it is blanked one day, the receipt stays


@pytest.mark.parametrize(
    ("more", "status", "fields"),
    [
        ({"code": "999999", "address": "不知哪栋"}, 201, []),
        ({"code": "999999"}, 201, []),  # what was said instead of a code is where it is
        ({"code": "", "address": ""}, 422, ["address"]),
        ({"arrived_at": -9}, 422, ["arrived_at"]),
        ({"arrived_at": 3, "released_at": 2}, 422, ["released_at"]),
        ({"called_at": 200}, 422, ["called_at"]),
        ({"cause": "ghosts", "released_at": 4}, 422, ["cause"]),
        ({"trapped": "2"}, 422, ["trapped"]),
    ],
)
def test_what_cannot_be_is_said_and_an_unknown_lift_is_not_lost(
    app: Flask, town: Town, more: dict[str, Any], status: int, fields: list[str]
) -> None:
    called = at(5)
    timed = {
        name: (called + timedelta(minutes=value)).isoformat() if name.endswith("_at") else value
        for name, value in more.items()
    }
    answer = Sender(app, town.token()).post("/rescue/calls", **call_body(**timed))
    assert (answer.status_code, list(answer.json.get("fields", {}))) == (status, fields)
    if status == 201:
        assert answer.json["flags"] == ["unknown_lift"]


def test_a_call_that_is_over_comes_whole(app: Flask, town: Town) -> None:
    times = {name: at(minutes).isoformat() for name, minutes in (("arrived_at", 40), ("released_at", 35))}
    body = call_body(called_at=at(55).isoformat(), people=2, injured=0, cause="door", **times)
    answer = Sender(app, town.token()).post("/rescue/calls", **body)
    assert (answer.json["state"], answer.json["arrival"]) == ("closed", "on_time")
    assert answer.json["flags"] == ["late_entry"]


def test_steps_of_a_centre_count_once_each(app: Flask, town: Town) -> None:
    centre, body = Sender(app, town.token()), call_body(called_at=at(20).isoformat())
    centre.post("/rescue/calls", **body)
    path = f"/rescue/calls/{body['call_id']}/steps"
    arrived = step("arrived", 10)
    answers = [
        centre.post(path, **step("dispatched", 19, phone="0943-8000001")),
        centre.post(path, **step("answered", 18, eta_minutes=10)),
        centre.post(path, **arrived),
        centre.post(path, **arrived),
        centre.post(path, **step("arrived", 9)),
        centre.post(path, **step("released", 11)),  # before the arrival
        centre.post(path, **step("released", 5, people=2, injured=0)),
        centre.post(path, **step("closed", 1, cause="door", text="门锁触点")),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 200, 409, 422, 201, 201]
    assert answers[-1].json["state"] == "closed"
    assert answers[-1].json["dispatches"][0]["eta_minutes"] == 10


def test_a_stranger_sees_and_changes_nothing(app: Flask, town: Town) -> None:
    call = town.call(3)
    other = make.organisation(OrganisationKind.FIRM, "别家")
    stranger = Sender(app, make.device(other, DeviceKind.UPLOAD)[1])
    assert stranger.get(f"/rescue/calls/{call.id}").status_code == 404
    assert stranger.post(f"/rescue/calls/{call.id}/steps", **step("arrived", 1)).status_code == 404
    firms = Sender(app, make.device(town.firm, DeviceKind.UPLOAD)[1])
    assert firms.get(f"/rescue/calls/{call.id}").status_code == 200
    assert firms.post("/rescue/calls", **call_body()).status_code == 403
    assert firms.post(f"/rescue/calls/{call.id}/steps", **step("closed", 1, cause="door")).status_code == 403


def test_a_list_is_read_on(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta())
    call = town.call(3)
    answer = Sender(app, town.token()).get("/rescue/calls?since=1970-01-01T00:00:00Z").json
    assert [row["call_id"] for row in answer["calls"]] == [str(call.id)]
    causes = Sender(app, town.token()).get("/rescue/causes").json["causes"]
    assert [row["code"] for row in causes][:3] == ["external", "human", "door"]
    assert not any(row["verified"] for row in causes)


def test_a_technicians_phone_says_arrived_and_released(app: Flask, town: Town) -> None:
    call, phone = town.call(12), Sender(app, town.phone())
    path = f"/rescue/calls/{call.id}/steps"
    assert phone.post(path, **step("arrived", 0)).status_code == 201
    assert phone.post(path, **step("arrived", 0)).status_code == 201  # a second tap is no fault of his
    released = phone.post(path, **step("released", 0, people=1, injured=0, cause="door", text="触点"))
    assert (released.status_code, released.json["state"], released.json["cause"]) == (201, "released", "door")
    assert released.json["arrived_how"] == "button"


def swipe_body(code: str, **more: Any) -> dict[str, Any]:
    return {"swipe_id": str(uuid4()), "happened_at": clock.now().isoformat(), "code": code, **more}


def test_arriving_by_scan_opens_no_visit(app: Flask, town: Town) -> None:
    call, phone = town.call(12), Sender(app, town.phone())
    code = town.lift.label_code or ""
    answer = phone.post("/swipes", **swipe_body(code, direction="rescue", how="camera"))
    assert (answer.json["outcome"], answer.json["visit_id"]) == ("rescue", None)
    done = again(call)
    assert (done.state, done.arrived_how, done.arrived_by) == (CallState.ARRIVED, "swipe", town.technician.id)
    assert db.session.scalars(select(Visit)).all() == []
    second = phone.post("/swipes", **swipe_body(code, direction="rescue"))
    assert (second.json["outcome"], second.json["reasons"][0]["code"]) == ("ignored", "no_rescue")


def test_a_card_at_the_reader_during_a_call_is_the_arrival(app: Flask, town: Town) -> None:
    call = town.call(12)
    reader = Sender(app, make.device(town.firm, DeviceKind.READER, equipment_id=town.lift.id)[1])
    card = make.card(town.technician)
    answer = reader.post("/swipes", **{k: v for k, v in swipe_body("", card=card.uid).items() if k != "code"})
    assert (answer.json["outcome"], answer.json["visit_id"]) == ("rescue", None)
    assert again(call).arrived_how == "swipe"


def test_a_maintenance_swipe_during_a_call_opens_its_visit_and_is_the_arrival_too(
    app: Flask, town: Town
) -> None:
    call, phone = town.call(12), Sender(app, town.phone())
    answer = phone.post("/swipes", **swipe_body(town.lift.label_code or "", direction="in"))
    assert answer.json["outcome"] == "opened"
    assert again(call).state == CallState.ARRIVED


def test_another_firms_swipe_is_no_arrival_unless_it_was_sent(app: Flask, town: Town) -> None:
    call, centre = town.call(12), Sender(app, town.token())
    helper = make.organisation(OrganisationKind.FIRM, "邻近维保")
    person = make.user(helper, Role.TECHNICIAN, certificate="T")
    phone = Sender(app, make.device(helper, DeviceKind.PHONE, person=person)[1])
    code = town.lift.label_code or ""
    phone.post("/swipes", **swipe_body(code, direction="rescue"))
    assert again(call).arrived_at is None
    sent = step("dispatched", 1, level="2", firm="邻近维保")
    assert centre.post(f"/rescue/calls/{call.id}/steps", **sent).status_code == 201
    assert phone.get(f"/rescue/calls/{call.id}").status_code == 200
    phone.post("/swipes", **swipe_body(code, direction="rescue"))
    assert again(call).state == CallState.ARRIVED


def test_a_lift_without_a_call_is_swiped_as_ever(app: Flask, town: Town) -> None:
    phone = Sender(app, town.phone())
    assert phone.post("/swipes", **swipe_body(town.lift.label_code or "")).json["outcome"] == "opened"
    assert db.session.scalars(select(RescueCall)).all() == []
