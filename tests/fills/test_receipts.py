"""One batch of every kind of line as NDJSON: a receipt each, in order; what was receipted is on record, and the same
lines again are replays."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from equipment.core.ids import new_id
from equipment.fills import batch_views
from equipment.fills.batch_forms import LONGEST_LINE
from tests import make
from tests.fills.conftest import Hall
from tests.fills.test_whole_fills import CHECKS, alike, counts, fill_of, whole_of

NDJSON = "application/x-ndjson"
Line = dict[str, Any]


def posted(hall: Hall, body: bytes, accept: str = "", content_type: str = NDJSON) -> TestResponse:
    headers = {"Authorization": f"Bearer {hall.token}", "Content-Type": content_type, "Accept-Language": "en"}
    if accept:
        headers["Accept"] = accept
    return hall.client().post("/api/v1/fills/batch", data=body, headers=headers)


def receipts(response: TestResponse) -> list[Line]:
    assert (response.status_code, response.mimetype) == (200, NDJSON), response.text
    assert response.text.endswith("\n")
    return [json.loads(text) for text in response.text.splitlines()]


def body_of(*lines: Line | bytes) -> bytes:
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )


def in_three(whole: Line) -> tuple[Line, Line, Line]:
    """The same fill as scan, look-over and result."""
    scan = {name: value for name, value in whole.items() if name not in ("checks", "result")}
    of_fill = {"fill_id": whole["scan_id"], "happened_at": whole["happened_at"]}
    return scan, {**of_fill, "checks": whole["checks"]}, {**of_fill, **whole["result"]}


def told(receipt: Line) -> tuple[Any, ...]:
    return tuple(receipt.get(name) for name in ("line_no", "kind", "outcome", "status", "allowed", "state"))


def test_every_kind_of_line_has_its_receipt_with_verdict_and_ledger(hall: Hall) -> None:
    whole, overdue = whole_of(hall.bottle()), hall.bottle(inspection_due_on=make.days(-40))
    three = in_three(whole_of(hall.bottle()))
    refused = {**in_three(whole_of(overdue))[0]}
    body = body_of(whole, *three, refused)
    first = receipts(posted(hall, body))
    assert [told(receipt) for receipt in first] == [
        (1, "fill", "new", 201, True, "filled"),
        (2, "scan", "new", 201, True, None),
        (3, "checks", "new", 200, True, "open"),
        (4, "result", "new", 200, True, "filled"),
        (5, "scan", "refused", 201, False, None),
    ]
    assert [receipt.get("scan_id") or receipt["fill_id"] for receipt in first] == [
        *(whole["scan_id"], three[0]["scan_id"], three[0]["scan_id"], three[0]["scan_id"], refused["scan_id"])
    ]
    assert [receipt["ledger"]["seq"] for receipt in first] == [2, 1, 2, 3, 1]
    assert first[4]["reasons"] == ["R07"]
    before = counts()
    again = receipts(posted(hall, body))
    assert [(receipt["outcome"], receipt["allowed"]) for receipt in again] == [
        *(("replay", True),) * 4,
        ("replay", False),
    ]
    assert counts() == before


BOM, CUT = b"\xef\xbb\xbf", b'{"scan_id": "0192f0c4-0000-7000-8000-0000000'
LONG = b'{"scan_id": "' + b"7" * LONGEST_LINE + b'"}'
GBK = '{"bay": "三号秤"}'.encode("gbk")
ANSWERS = [
    # what stands between two good lines: (the status, code and text of its receipt), or none
    pytest.param(b"\n", None, id="an empty line"),
    pytest.param(b" \r\n", None, id="a blank line with CRLF"),
    pytest.param(LONG + b"\n", (413, "too_large", "At most 65536 bytes"), id="longer than allowed"),
    pytest.param(GBK + b"\n", (422, "invalid", "This is not UTF-8."), id="GBK, no UTF-8"),
    pytest.param(CUT + b"\n", (422, "invalid", "This is not JSON."), id="cut off"),
    pytest.param(b"\xff\xfe{\0\n", (422, "invalid", "This is not UTF-8."), id="UTF-16"),
    pytest.param(BOM + b"{}\n", (422, "invalid", "This is not JSON."), id="a byte order mark in the middle"),
    pytest.param(b"{}{}\n", (422, "invalid", "This is not JSON."), id="two in a line"),
    pytest.param(b"7\n", (422, "invalid", "This cannot be read."), id="a number"),
]


@pytest.mark.parametrize(("between", "answer"), ANSWERS)
def test_a_bad_line_spoils_itself_alone(hall: Hall, between: bytes, answer: tuple[Any, ...] | None) -> None:
    one, other = whole_of(hall.bottle()), whole_of(hall.bottle())
    first, *bad, last = receipts(posted(hall, body_of(one) + between + body_of(other)))
    assert [told(receipt)[:3] for receipt in (first, last)] == [(1, "fill", "new"), (3, "fill", "new")]
    assert [
        (line["line_no"], line["outcome"], line["status"], line["code"], *line["texts"]) for line in bad
    ] == ([(2, "invalid", *answer)] if answer else [])
    assert all(line["hint"] for line in bad)


def test_a_mark_at_the_beginning_carriage_returns_and_a_last_line_without_its_end_are_read(
    hall: Hall,
) -> None:
    lines = [whole_of(hall.bottle()) for _ in range(2)]
    body = BOM + b"\r\n".join(json.dumps(line).encode() for line in lines)
    assert [told(receipt)[:3] for receipt in receipts(posted(hall, body))] == [
        (1, "fill", "new"),
        (2, "fill", "new"),
    ]


def test_half_a_last_line_is_said_and_the_others_are_on_record(hall: Hall) -> None:
    one, other = whole_of(hall.bottle()), whole_of(hall.bottle())
    whole = body_of(one, other)
    first = receipts(posted(hall, whole[: len(body_of(one)) + 60]))
    assert [receipt["outcome"] for receipt in first] == ["new", "invalid"]
    assert [receipt["outcome"] for receipt in receipts(posted(hall, whole))] == ["replay", "new"]


def test_one_bad_line_in_ten_thousand(hall: Hall) -> None:
    scans = [in_three(whole_of(hall.bottle()))[0] for _ in range(100)]
    lines: list[Line | bytes] = scans * 100
    lines[6_283] = CUT
    answers = receipts(posted(hall, body_of(*lines)))
    outcomes = [receipt["outcome"] for receipt in answers]
    assert outcomes == ["new"] * 100 + ["replay"] * 6_183 + ["invalid"] + ["replay"] * 3_716
    assert counts()["scan"] == 100


def test_one_line_too_many_is_refused_as_a_whole(hall: Hall) -> None:
    answer = posted(hall, b"{}\n" * 10_001)
    assert (answer.status_code, answer.get_json()["code"], list(answer.get_json()["fields"])) == (
        *(422, "invalid"),
        ["scans"],
    )


@pytest.mark.parametrize(
    ("content_type", "accept", "as_lines"),
    [
        (NDJSON, "", True),
        (NDJSON, "*/*", True),
        (NDJSON, "application/json", False),
        ("application/json", "*/*", False),
        ("application/json", "application/x-ndjson, application/json;q=0.5", True),
    ],
)
def test_receipts_come_in_the_form_of_the_lines_unless_asked_otherwise(
    hall: Hall, content_type: str, accept: str, as_lines: bool
) -> None:
    body = b"{}\n" if content_type == NDJSON else b'{"scans": [{}]}'
    answer = posted(hall, body, accept, content_type)
    assert (answer.status_code, answer.mimetype == NDJSON) == (200, as_lines)


RESULTS: list[Line] = [
    {},
    {"gross_g": 31600},  # overfilled
    {"gross_g": 31},
    {"post_checks": {"Q01": False}},
    {"instrument": "none"},
]


@pytest.mark.parametrize("result", RESULTS)
def test_a_result_behind_its_scan_leaves_behind_what_the_two_messages_do(hall: Hall, result: Line) -> None:
    together, apart = (whole_of(hall.bottle(), result=result) for _ in range(2))
    scan, _look, came_out = in_three(together)
    (_scanned, behind) = receipts(posted(hall, body_of({**scan, "checks": CHECKS}, came_out)))
    by_itself = apart.pop("result")
    hall.send("POST", "/fills", apart)
    answer = hall.send("PUT", f"/fills/{apart['scan_id']}/result", by_itself)
    assert alike(fill_of(together["scan_id"])) == alike(fill_of(apart["scan_id"]))
    assert (behind["status"], behind.get("state")) == (answer.status_code, answer.get_json().get("state"))


def test_a_result_behind_its_scan_is_recorded_with_it(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the speed of whole fills, and without the bound on results that are recorded by themselves."""
    monkeypatch.setattr(batch_views, "record_with_members", None)
    monkeypatch.setattr(batch_views, "MOST_RESULTS", 0)
    monkeypatch.setattr(batch_views, "CHUNK", 2)
    pairs = [in_three(whole_of(hall.bottle())) for _ in range(5)]
    lines = [line for scan, _look, result in pairs for line in (scan, result)]
    first = receipts(posted(hall, body_of(*lines)))
    assert [told(receipt)[1:] for receipt in first] == [
        ("scan", "new", 201, True, None),
        ("result", "new", 200, True, "filled"),
    ] * 5
    again = receipts(posted(hall, body_of(*lines)))
    assert [receipt["outcome"] for receipt in again] == ["replay"] * 10
    assert [receipt["ledger"] for receipt in again] == [receipt["ledger"] for receipt in first]
    apart = [line for place in (0, 2) for scan, _look, line in (pairs[place],)]
    assert posted(hall, body_of(*apart)).status_code == 422


def test_what_was_sent_live_is_a_replay_in_the_batch(hall: Hall) -> None:
    """The answers were lost: the queue says the same again."""
    scan, look, result = in_three(whole_of(hall.bottle()))
    fill_id = scan["scan_id"]
    hall.send("POST", "/fills", scan)
    hall.send("PUT", f"/fills/{fill_id}/checks", {name: look[name] for name in ("checks", "happened_at")})
    live = {name: value for name, value in result.items() if name != "fill_id"}
    hall.send("PUT", f"/fills/{fill_id}/result", live)
    before = counts()
    answers = receipts(posted(hall, body_of(scan, look, result)))
    assert [(receipt["kind"], receipt["outcome"]) for receipt in answers] == [
        *(("scan", "replay"), ("checks", "replay"), ("result", "replay"))
    ]
    assert counts() == before


def test_a_look_over_that_fails_refuses_and_one_without_a_scan_waits(hall: Hall) -> None:
    scan, look, _result = in_three(whole_of(hall.bottle()))
    failing, lost = {**look, "checks": {"P01": False}}, {**look, "fill_id": str(new_id())}
    answers = receipts(posted(hall, body_of(scan, failing, lost, {**look, "checks": {"P99": True}})))
    assert [(receipt["kind"], receipt["outcome"], receipt["status"]) for receipt in answers] == [
        *(("scan", "new", 201), ("checks", "refused", 200)),
        *(("checks", "invalid", 404), ("checks", "invalid", 409)),
    ]
    assert (answers[1]["state"], answers[2]["code"]) == ("refused", "unknown_fill")


def request_over(address: str, hall: Hall, body: bytes) -> tuple[socket.socket, bytes]:
    there = urlsplit(address)
    connection = socket.create_connection((there.hostname, there.port or 80), timeout=20)
    head = (
        f"POST /api/v1/fills/batch HTTP/1.1\r\nHost: {there.netloc}\r\nAuthorization: Bearer {hall.token}\r\n"
        f"Content-Type: {NDJSON}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return connection, head.encode() + body


def test_a_connection_cut_while_it_is_answered_loses_nothing(hall: Hall, address: str) -> None:
    """All was sent, no receipt was read: the same lines again are replays, with the receipts that were lost."""
    body = body_of(*(whole_of(hall.bottle()) for _ in range(3)))
    connection, message = request_over(address, hall, body)
    connection.sendall(message)
    connection.recv(1)
    connection.close()
    before = counts()
    assert before["fill"] == 3
    assert [receipt["outcome"] for receipt in receipts(posted(hall, body))] == ["replay"] * 3
    assert counts() == before
