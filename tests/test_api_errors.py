"""The table of problems: one in code, served, printed in docs/api.md, and named by every problem body
(tests/contract.py looks at each answer that any test sees)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import ROOT
from equipment.people.rules import DeviceKind
from equipment.web.language import translate
from equipment.web.problems import BY_STATUS, PROBLEMS, ProblemCode
from tests import make
from tests.contract import code_faults
from tests.fills.conftest import Hall, ago, hall_of

TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.fixture
def hall(app: Flask) -> Hall:
    return hall_of(app)


def test_every_code_has_a_row_and_every_status_a_code() -> None:
    assert list(PROBLEMS) == list(ProblemCode)
    assert {status: PROBLEMS[code].http for status, code in BY_STATUS.items()} == {
        status: status for status in BY_STATUS
    }
    assert {code for code, row in PROBLEMS.items() if row.retryable} == {
        *("unknown_fill", "not_yet", "too_slow", "too_many", "fault", "busy", "database_away", "disk_full")
    }


def test_the_table_is_served_in_both_languages_and_asked_for_with_its_tag(client: FlaskClient) -> None:
    english = client.get("/api/v1/errors", headers={"Accept-Language": "en"})
    chinese = client.get("/api/v1/errors", headers={"Accept-Language": "zh-CN"})
    rows = english.get_json()["errors"]
    assert [(row["code"], row["http"], row["retryable"], row["field"], row["hint"]) for row in rows] == [
        (code, *row) for code, row in PROBLEMS.items()
    ]
    hints = [row["hint"] for row in chinese.get_json()["errors"]]
    assert hints == [translate(row.hint, "zh_Hans_CN") for row in PROBLEMS.values()]
    assert all(re.search(r"[\u4e00-\u9fff]", hint) for hint in hints)
    tag = {"If-None-Match": english.headers["ETag"]}
    assert client.get("/api/v1/errors", headers={**tag, "Accept-Language": "en"}).status_code == 304
    assert client.get("/api/v1/errors", headers={**tag, "Accept-Language": "zh-CN"}).status_code == 200


def test_the_page_prints_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (yes|no) \| (?:`(\w+)`|—) \| (.+) \|$", TEXT, re.M)
    assert rows == [
        (code, str(row.http), "yes" if row.retryable else "no", row.field, row.hint)
        for code, row in PROBLEMS.items()
    ]


CASES: list[Any] = [
    pytest.param("GET", "/fills/open", None, "nobody's", "unknown_sender", id="no token"),
    pytest.param("POST", "/swipes", {}, None, "wrong_device", id="a controller at a reader's route"),
    pytest.param("GET", "/nothing", None, None, "no_address", id="no such address"),
    pytest.param("PATCH", "/fills", {}, None, "wrong_method", id="no such method"),
    pytest.param("POST", "/fills", {"scan_id": 7}, None, "invalid", id="a field"),
    pytest.param("PUT", "/fills/{new}/result", "result", None, "unknown_fill", id="a result without scan"),
    pytest.param("GET", "/fills/passes", None, None, "not_yet", id="no list yet"),
]


@pytest.mark.parametrize(("method", "path", "body", "token", "code"), CASES)
def test_problems_name_their_code(
    hall: Hall, method: str, path: str, body: Any, token: str | None, code: str
) -> None:
    body = {"happened_at": ago(), "gross_g": 31000} if body == "result" else body
    headers = {"Authorization": f"Bearer {token or hall.token}"}
    address = "/api/v1" + path.format(new="0192f0c4-0000-7000-8000-000000000000")
    answer = hall.client().open(address, method=method, json=body, headers=headers)
    assert (answer.get_json()["code"], answer.status_code) == (code, PROBLEMS[ProblemCode(code)].http)


def test_a_route_that_is_limited_says_how_many_are_left(hall: Hall) -> None:
    _device, token = make.device(hall.station, DeviceKind.FLOOR)
    post = {"json": {}, "headers": {"Authorization": f"Bearer {token}"}}
    answers = [hall.client().post("/api/v1/duty", **post) for _ in range(61)]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"60s";q=60;w=60'}
    left = [re.fullmatch(r'"60s";r=(\d+);t=(\d+)', answer.headers["RateLimit"]) for answer in answers]
    assert [int(match[1]) for match in left if match] == [*range(59, -1, -1), 0]
    assert all(0 < int(match[2]) <= 60 for match in left if match)
    assert (answers[-1].status_code, answers[-1].get_json()["code"]) == (429, "too_many")
    assert int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("status", "problem", "fault"),
    [
        (422, {"code": "invalid", "fields": {}}, []),
        (422, {"code": "invalid"}, ["here as invalid without fields"]),
        (422, {}, ["here with no code of the table"]),
        (422, {"code": "made_up"}, ["here with no code of the table"]),
        (409, {"code": "busy"}, ["here as busy, which is 503"]),
        (415, {"code": "bad_request"}, []),
    ],
)
def test_a_problem_without_its_row_is_noticed(status: int, problem: dict[str, Any], fault: list[str]) -> None:
    assert code_faults("here", status, problem) == fault
