"""Batches of scans and results: every line is answered by itself, whatever the others are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from equipment.core.ids import new_id
from equipment.fills import batch_views
from equipment.fills.models import Fill, Scan
from equipment.storage import db
from equipment.web.problems import PROBLEMS, ProblemCode
from tests.fills.conftest import Hall, ago


def scan_of(hall: Hall, **more: Any) -> dict[str, Any]:
    return {
        "scan_id": str(new_id()),
        "code": hall.bottle().label_code,
        "gas": "LPG",
        "happened_at": ago(),
        **more,
    }


def result_of(hall: Hall, **more: Any) -> dict[str, Any]:
    """The result of a fill that was just opened."""
    scan = scan_of(hall)
    hall.send("POST", "/fills", scan)
    return {"fill_id": scan["scan_id"], "happened_at": ago(), "gross_g": 31000, **more}


def raw(hall: Hall, path: str, body: bytes, content_type: str = "application/json") -> TestResponse:
    headers = {"Authorization": f"Bearer {hall.token}", "Content-Type": content_type}
    return hall.client().post(f"/api/v1{path}", data=body, headers=headers)


def receipts(response: TestResponse) -> list[dict[str, Any]]:
    """Of either form: one object, or one a line."""
    assert response.status_code == 200, response.text
    if response.mimetype == "application/x-ndjson":
        return [json.loads(text) for text in response.text.splitlines()]
    answers: list[dict[str, Any]] = response.get_json()["answers"]
    return answers


def statuses(response: TestResponse) -> list[int]:
    return [receipt["status"] for receipt in receipts(response)]


MALFORMED = [
    pytest.param(b'{"scan_id": "7"', id="broken off"),
    pytest.param(b'"text"', id="a text"),
    pytest.param(b"[1]", id="a list"),
    pytest.param(b"null", id="nothing"),
    pytest.param(b'{"scan_id": 123456789012345678901234567890}', id="a number too large"),
    pytest.param(b'{"code": "A\\u0000"}', id="a NUL"),
    pytest.param(b'{"code": "\\ud800"}', id="half a character"),
    pytest.param(b"\xff\xfe", id="no text"),
    pytest.param(b"[" * 5000 + b"]" * 5000, id="a deep hole"),
]
NOT_IN_JSON = ("broken off", "half a character", "no text", "a deep hole")  # the whole of it is no JSON then


@pytest.mark.parametrize("bad", MALFORMED)
def test_a_malformed_line_is_its_own_answer(hall: Hall, bad: bytes) -> None:
    lines = [json.dumps(scan_of(hall)).encode(), bad, b"", json.dumps(scan_of(hall)).encode()]
    response = raw(hall, "/fills/batch", b"\n".join(lines), "application/x-ndjson")
    assert statuses(response) == [201, 422, 201]
    assert receipts(response)[1]["texts"] != []


@pytest.mark.parametrize("bad", [case for case in MALFORMED if case.id not in NOT_IN_JSON])
def test_a_malformed_member_of_the_list_is_its_own_answer(hall: Hall, bad: bytes) -> None:
    members = [json.dumps(scan_of(hall)).encode(), bad, json.dumps(scan_of(hall)).encode()]
    response = raw(hall, "/fills/batch", b'{"scans": [' + b",".join(members) + b"]}")
    assert statuses(response) == [201, 422, 201]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{", [""]),
        (b"[" * 5000 + b"]" * 5000, [""]),
        (b"[]", ["scans"]),
        (b'{"scans": {}}', ["scans"]),
        (b'{"scans": []}', ["scans"]),
        (b'{"scans": [1], "more": 2}', ["more"]),
        (b'{"scans": [' + b"1," * 10_000 + b"1]}", ["scans"]),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(hall: Hall, body: bytes, fields: list[str]) -> None:
    response = raw(hall, "/fills/batch", body)
    assert (response.status_code, list(response.get_json()["fields"])) == (422, fields)


def test_the_same_id_twice_in_a_batch_is_a_replay_or_a_conflict(hall: Hall) -> None:
    scan = scan_of(hall)
    lines = [scan, scan, {**scan, "bay": "2"}]
    response = hall.send("POST", "/fills/batch", {"scans": lines}, "en")
    assert statuses(response) == [201, 200, 409]
    assert receipts(response)[2] == {
        "line_no": 3,
        "kind": "scan",
        "outcome": "invalid",
        "scan_id": scan["scan_id"],
        "status": 409,
        "code": "other_content",
        "fields": ["bay"],
        "texts": ["differs from what this id said before"],
        "hint": PROBLEMS[ProblemCode.OTHER_CONTENT].hint,
    }
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 1


def test_lines_are_judged_in_chunks_and_answered_in_order(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_views, "CHUNK", 2)
    lines: list[Any] = [scan_of(hall), 7, 7, 7, scan_of(hall), scan_of(hall), 7]
    assert statuses(hall.send("POST", "/fills/batch", {"scans": lines})) == [
        201,
        422,
        422,
        422,
        201,
        201,
        422,
    ]


def test_results_of_a_batch_are_answered_line_by_line(hall: Hall, other: Hall) -> None:
    good, twice, foreign = result_of(hall), result_of(hall, result_id=str(new_id())), result_of(other)
    lines: list[Any] = [
        good,
        {**good, "gross_g": 30900},
        twice,
        twice,
        foreign,
        {**good, "fill_id": str(new_id())},
        {**good, "gross_g": "31000"},
        "nothing",
    ]
    response = hall.send("POST", "/fills/results", {"results": lines}, "en")
    assert statuses(response) == [200, 409, 200, 200, 404, 404, 422, 422]
    answers = receipts(response)
    assert answers[0] == {
        "line_no": 1,
        "kind": "result",
        "outcome": "new",
        "fill_id": good["fill_id"],
        "status": 200,
        "allowed": True,
        "reasons": [],
        "state": "filled",
        "net_g": 14500,
        "flags": ["no_pre_check"],
        "ledger": answers[0]["ledger"],
    }
    assert [answer["outcome"] for answer in answers] == [
        *("new", "invalid", "new", "replay", "invalid", "invalid", "invalid", "invalid")
    ]
    assert (answers[1]["fields"], answers[1]["texts"]) == (["gross_g"], ["recorded: 31000"])
    assert answers[6] == {
        "line_no": 7,
        "kind": "result",
        "outcome": "invalid",
        "fill_id": good["fill_id"],
        "status": 422,
        "code": "invalid",
        "fields": ["gross_g"],
        "texts": ["This cannot be read."],
        "hint": PROBLEMS[ProblemCode.INVALID].hint,
    }
    states = db.session.execute(select(Fill.organisation_id, Fill.state).order_by(Fill.received_at)).all()
    assert sorted(states) == sorted(
        [(hall.station.id, "filled"), (hall.station.id, "filled"), (other.station.id, "open")]
    )


def test_results_come_one_a_line_too_and_again(hall: Hall) -> None:
    lines = [result_of(hall), result_of(hall)]
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    first = raw(hall, "/fills/results", body, "application/x-ndjson")
    again = raw(hall, "/fills/results", body, "application/x-ndjson")
    assert statuses(first) == [200, 200]
    assert [receipt | {"outcome": "new"} for receipt in receipts(again)] == receipts(first)


def test_a_batch_is_for_those_who_fill(hall: Hall) -> None:
    assert hall.client().post("/api/v1/fills/results", json={"results": [1]}).status_code == 401
