"""Lots over HTTP: a controller at the station, a phone at the body; every message twice."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from equipment.core.ids import new_id
from equipment.people.rules import DeviceKind
from equipment.register.models import Equipment
from tests import make
from tests.dues.town import Town
from tests.lots.town import bottle, happened


class Line:
    """The devices of both sides."""

    def __init__(self, app: Flask, at: Town) -> None:
        self.app, self.at = app, at
        self.station = make.device(at.station, DeviceKind.CONTROLLER, person=at.owner)[1]
        self.body = make.device(at.body, DeviceKind.PHONE, person=at.inspector)[1]
        self.bare = make.device(at.station, DeviceKind.UPLOAD)[1]

    def send(self, method: str, path: str, token: str, **body: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        return self.app.test_client().open(
            f"/api/v1{path}", method=method, json={**happened(), **body}, headers=headers
        )

    def get(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().get(f"/api/v1{path}", headers=headers).json

    def opened_lot(self, *bottles: Equipment) -> str:
        lot_id = str(new_id())
        assert (
            self.send("POST", "/lots", self.station, lot_id=lot_id, body_id=str(self.at.body.id)).status_code
            == 201
        )
        for piece in bottles:
            scan = {"scan_id": str(new_id()), "code": piece.label_code}
            assert self.send("POST", f"/lots/{lot_id}/bottles", self.station, **scan).status_code == 200
        return lot_id


@pytest.fixture
def lane(app: Flask, at: Town) -> Line:
    return Line(app, at)


def test_a_lot_goes_its_way_and_every_message_may_come_twice(lane: Line, at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot_id = lane.opened_lot(one, two)
    again = lane.send("POST", "/lots", lane.station, lot_id=lot_id, body_id=str(at.body.id))
    assert (again.status_code, again.json["number"]) == (201, "2025-0001")
    scan = {"scan_id": str(new_id()), "code": one.label_code}
    twice = [lane.send("POST", f"/lots/{lot_id}/bottles", lane.station, **scan) for _ in range(2)]
    assert [(answer.status_code, answer.json["again"]) for answer in twice] == [(200, True)] * 2
    for _ in range(2):
        handed = lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.station, carrier="老王")
        assert (handed.status_code, handed.json["state"]) == (200, "on_way")
    arrival = {"scan_id": str(new_id()), "code": one.label_code}
    came = [lane.send("POST", f"/lots/{lot_id}/arrivals", lane.body, **arrival) for _ in range(2)]
    assert [(answer.json["again"], answer.json["bottle"]["state"]) for answer in came] == [
        (False, "received"),
        (True, "received"),
    ]
    for _ in range(2):
        signed = lane.send("PUT", f"/lots/{lot_id}/receipt", lane.body, note="")
        assert (signed.json["state"], signed.json["bottles"]) == ("received", {"received": 1, "missing": 1})
    assert lane.get(f"/lots/{lot_id}", lane.station)["rows"][1]["difference"] == "missing"


def test_the_same_id_with_another_bottle_is_a_conflict(lane: Line, at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot_id, scan_id = lane.opened_lot(), str(new_id())
    first = lane.send("POST", f"/lots/{lot_id}/bottles", lane.station, scan_id=scan_id, code=one.label_code)
    other = lane.send("POST", f"/lots/{lot_id}/bottles", lane.station, scan_id=scan_id, code=two.label_code)
    assert (first.status_code, other.status_code, list(other.json["fields"])) == (200, 409, ["code"])


def test_the_whole_lot_is_received_by_its_number(lane: Line, at: Town) -> None:
    lot_id = lane.opened_lot(bottle(at), bottle(at))
    lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.station)
    assert lane.send("PUT", f"/lots/{lot_id}/receipt", lane.body, all=3).status_code == 409
    assert lane.send("PUT", f"/lots/{lot_id}/receipt", lane.body, all=2).json["bottles"] == {"received": 2}


def test_what_is_wrong_is_said_at_its_field(lane: Line, at: Town) -> None:
    lot_id = lane.opened_lot()
    refused = lane.send(
        "POST", f"/lots/{lot_id}/bottles", lane.station, scan_id=str(new_id()), code="NICHTS0001"
    )
    assert (refused.status_code, refused.json["fields"]) == (
        422,
        {"code": "No bottle on file has this code or number."},
    )
    empty = lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.station)
    assert (empty.status_code, empty.json["title"] != "") == (422, True)
    nobody = lane.send("POST", "/lots", lane.station, lot_id=str(new_id()), body_id=str(new_id()))
    assert list(nobody.json["fields"]) == ["body_id"]


def test_nobody_hands_over_without_a_person(lane: Line, at: Town) -> None:
    lot_id = lane.opened_lot(bottle(at))
    assert lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.bare).status_code == 403


def test_each_side_does_its_own(lane: Line, at: Town) -> None:
    one = bottle(at)
    lot_id = lane.opened_lot(one)
    scan = {"scan_id": str(new_id()), "code": one.label_code}
    assert lane.send("POST", f"/lots/{lot_id}/bottles", lane.body, **scan).status_code == 404
    lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.station)
    assert lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.body).status_code == 404
    assert lane.send("POST", f"/lots/{lot_id}/arrivals", lane.station, **scan).status_code in (403, 404)
    assert [lot["lot_id"] for lot in lane.get("/lots?since=2025-01-01T00:00:00Z", lane.body)["lots"]] == []


def test_the_bench_speaks_over_http_and_every_message_may_come_twice(lane: Line, at: Town) -> None:
    one, two, three = bottle(at), bottle(at), bottle(at)
    lot_id = lane.opened_lot(one, two, three)
    lane.send("PUT", f"/lots/{lot_id}/hand-over", lane.station)
    lane.send("PUT", f"/lots/{lot_id}/receipt", lane.body, all=3)
    reasons = lane.get("/scrap-reasons", lane.body)["varieties"]
    assert (len(reasons["seamless"]), len(reasons["lpg"]), reasons["wound"]) == (23, 9, reasons["general"])
    scrap = {"result_id": str(new_id()), "code": one.label_code, "verdict": "scrap", "reasons": ["l6"]}
    for _ in range(2):
        answer = lane.send("POST", f"/lots/{lot_id}/results", lane.body, **scrap)
        assert (answer.status_code, answer.json["bottle"]["verdict"]) == (200, "scrap")
    other = lane.send("POST", f"/lots/{lot_id}/results", lane.body, **{**scrap, "reasons": ["l7"]})
    assert (other.status_code, list(other.json["fields"])) == (409, ["reasons"])
    lacking = {**scrap, "result_id": str(new_id()), "reasons": []}
    assert list(lane.send("POST", f"/lots/{lot_id}/results", lane.body, **lacking).json["fields"]) == [
        "reasons"
    ]
    assert lane.send("PUT", f"/lots/{lot_id}/pass-rest", lane.body, count=3).status_code == 409
    rest = lane.send("PUT", f"/lots/{lot_id}/pass-rest", lane.body, count=2).json
    assert (rest["count"], rest["problems"], rest["bottles"]) == (2, [], {"judged": 3})
    out = {"on": "2025-03-10", "reviewed_by": "周审"}
    first = lane.send("PUT", f"/lots/{lot_id}/leave", lane.body, **out).json
    again = lane.send("PUT", f"/lots/{lot_id}/leave", lane.body, **out, report_no="PJ-7").json
    assert (first["count"], first["state"], again["count"], again["report_no"]) == (3, "finished", 0, "PJ-7")
    numbers = [row["inspection_id"] is not None for row in again["rows"]]
    assert numbers == [True, True, True]
