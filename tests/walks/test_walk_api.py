"""What officers' phones send: each once however often it is told, refused in words, photos of any size."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.models import Attachment
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db
from equipment.walks.models import Walk
from equipment.walks.settling import WalkDecision
from equipment.walks.states import WalkOutcome, WalkSettlement
from tests import make
from tests.walks.conftest import OTHER_TOWNSHIP, Town, freed
from tests.walks.test_settling import decide, picture


@pytest.fixture
def walk(town: Town) -> Walk:
    town.lift(position="1")
    town.lift(position="2")
    fresh = town.open()
    freed(fresh)
    return fresh


def send(client: FlaskClient, walk: Walk, token: str, **changes: Any) -> TestResponse:
    message = {
        "message_id": str(new_id()),
        "row": 1,
        "outcome": "in_use",
        "happened_at": clock.now().isoformat(),
        **changes,
    }
    stated = {name: value for name, value in message.items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"/api/v1/walks/{walk.id}/outcomes", json=stated, headers=headers)


def send_photo(client: FlaskClient, walk: Walk, token: str, row: str, content: io.BytesIO) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    form = {"row": row, "photo": (content, "现场.jpg")}
    return client.post(f"/api/v1/walks/{walk.id}/photos", data=form, headers=headers)


def test_a_tap_is_on_record_and_the_same_again_is_the_same(
    town: Town, walk: Walk, client: FlaskClient
) -> None:
    token, key, at = town.token(), str(new_id()), clock.now().isoformat()
    first = send(client, walk, token, message_id=key, happened_at=at, note="有人乘坐")
    assert (first.status_code, first.json["again"], first.json["row"]["outcome"]) == (201, False, "in_use")
    again = send(client, walk, token, message_id=key, happened_at=at, note="有人乘坐")
    assert (again.status_code, again.json["again"]) == (200, True)
    other = send(client, walk, token, message_id=key, happened_at=at, note="无人")
    assert (other.status_code, set(other.json["fields"])) == (409, {"note"})
    assert town.rows(walk)[0].walked_by == town.officer.id


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"outcome": "vanished"}, 422),
        ({"outcome": None}, 422),
        ({"row": 0}, 422),
        ({"row": 99}, 404),
        ({"message_id": "x"}, 422),
        ({"happened_at": "gestern"}, 422),
        ({"note": "长" * 501}, 422),
        ({"latitude": None, "longitude": None}, 201),  # no position: nothing is lacking
        ({"latitude": 1000.0, "longitude": 5.0}, 201),  # nowhere on earth: kept without it
    ],
)
def test_bad_input(town: Town, walk: Walk, client: FlaskClient, changes: dict[str, Any], status: int) -> None:
    assert send(client, walk, town.token(), **changes).status_code == status


def test_another_offices_phone_and_a_units_get_nowhere(town: Town, walk: Walk, client: FlaskClient) -> None:
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=OTHER_TOWNSHIP)
    strangers = [
        make.user(neighbour, Role.SUPERVISOR),
        make.user(town.unit, Role.SAFETY_OFFICER),
        make.user(town.body, Role.INSPECTOR),
    ]
    tokens = [town.token(person) for person in strangers]
    admin = town.token(make.user(town.office, Role.ADMINISTRATOR))
    _device, system = make.device(town.body, DeviceKind.UPLOAD)
    for token in tokens:
        assert send(client, walk, token).status_code == 404
        assert send_photo(client, walk, token, "1", picture()).status_code == 404
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(f"/api/v1/walks/{walk.id}", headers=headers).status_code == 404
    assert send(client, walk, admin).status_code == 403
    assert send(client, walk, system).status_code == 403
    assert {row.outcome for row in town.rows(walk)} == {None}


def test_the_county_walks_a_row_too_and_reads_the_round(town: Town, walk: Walk, client: FlaskClient) -> None:
    token = town.token(town.settler)
    assert send(client, walk, token, row=2, outcome="absent").status_code == 201
    answer = client.get(f"/api/v1/walks/{walk.id}", headers={"Authorization": f"Bearer {token}"}).json
    assert [(row["row"], row["outcome"], row["unit"]) for row in answer["rows"]] == [
        (1, None, "万盛物业"),
        (2, "absent", "万盛物业"),
    ]


def test_a_row_that_was_settled_meanwhile_is_refused_in_words(
    town: Town, walk: Walk, client: FlaskClient
) -> None:
    town.tap(walk, 1, WalkOutcome.IN_USE)
    decide(town, walk, 1, WalkDecision(WalkSettlement.HAZARD))
    answer = send(client, walk, town.token(), outcome="stopped")
    assert (answer.status_code, answer.json["fields"]) == (
        409,
        {"outcome": "本行已被处理，此次核查结果未收入。"},
    )
    # what was photographed is kept all the same
    assert send_photo(client, walk, town.token(), "1", picture()).status_code == 201


def test_a_photo_is_kept_once(town: Town, walk: Walk, client: FlaskClient) -> None:
    token = town.token()
    ids = {send_photo(client, walk, token, "1", picture()).json["photo_id"] for _time in range(2)}
    assert len(ids) == 1
    photos = db.session.scalars(visible(SYSTEM, Attachment)).all()
    assert [(photo.subject_kind, photo.subject_id, photo.kind) for photo in photos] == [
        ("walk_row", town.rows(walk)[0].id, "photo")
    ]


@pytest.mark.parametrize("row", ["", "x", "0", "99", "１"])
def test_a_photo_of_no_row_is_refused(town: Town, walk: Walk, client: FlaskClient, row: str) -> None:
    assert send_photo(client, walk, town.token(), row, picture()).status_code == 404


def test_what_is_no_photo_and_one_of_40_mb_are_refused(town: Town, walk: Walk, client: FlaskClient) -> None:
    token = town.token()
    assert send_photo(client, walk, token, "1", io.BytesIO(b"%PDF-1.4")).status_code == 422
    headers = {"Authorization": f"Bearer {token}"}
    begins = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    huge = client.post(
        f"/api/v1/walks/{walk.id}/photos",
        data=begins + picture().getvalue() + bytes(40 * 1024 * 1024) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers=headers,
    )
    assert (huge.status_code, huge.json["title"]) == (413, "文件超过允许的大小，请缩小照片或拆分文件。")
    assert (
        client.post(f"/api/v1/walks/{walk.id}/photos", data={"row": "1"}, headers=headers).status_code == 422
    )
    assert db.session.scalars(visible(SYSTEM, Attachment)).all() == []
