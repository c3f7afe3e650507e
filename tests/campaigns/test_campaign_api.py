"""What officers' phones send: each once however often it is told, refused in words, photos once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from equipment.campaigns import actions
from equipment.campaigns.models import CampaignPhoto, CampaignRow
from equipment.campaigns.states import CampaignRowState
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import User
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db
from tests import make
from tests.campaigns.conftest import BARE_TOWNSHIP, Bureau, freed
from tests.walks.test_settling import picture


@pytest.fixture
def row(bureau: Bureau) -> CampaignRow:
    bureau.lift(position="1")
    fresh = bureau.rows(bureau.running())[0]
    freed(fresh)
    return fresh


def send(client: FlaskClient, of: CampaignRow, token: str, **changes: Any) -> TestResponse:
    message = {
        "message_id": str(new_id()),
        "row": str(of.id),
        "outcome": "sound",
        "happened_at": clock.now().isoformat(),
        **changes,
    }
    stated = {name: value for name, value in message.items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"/api/v1/campaigns/{of.list_id}/outcomes", json=stated, headers=headers)


def send_photo(
    client: FlaskClient, of: CampaignRow, token: str, content: io.BytesIO, **form: str
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    parts = {"row": str(of.id), "item": "1", **form, "photo": (content, "现场.jpg")}
    return client.post(f"/api/v1/campaigns/{of.list_id}/photos", data=parts, headers=headers)


def test_a_check_is_on_record_and_the_same_again_is_the_same(
    bureau: Bureau, row: CampaignRow, client: FlaskClient
) -> None:
    token, key, at = bureau.token(), str(new_id()), clock.now().isoformat()
    faulty = {
        "outcome": "faulty",
        "failed": [{"item": 1, "text": "过期"}],
        "message_id": key,
        "happened_at": at,
    }
    first = send(client, row, token, **faulty)
    assert (first.status_code, first.json["again"], first.json["text"]) == (201, False, "已查有问题")
    assert first.json["row"]["problems"] == [
        {"item": 1, "text": "使用标志在有效期内：过期", "put_right": False}
    ]
    again = send(client, row, token, **faulty)
    assert (again.status_code, again.json["again"]) == (200, True)
    other = send(client, row, token, **(faulty | {"note": "补充"}))
    assert (other.status_code, set(other.json["fields"])) == (409, {"note"})
    answer = client.get(f"/api/v1/campaigns/{row.list_id}", headers={"Authorization": f"Bearer {token}"})
    assert [(one["row"], one["state"]) for one in answer.json["rows"]] == [(1, "faulty")]
    assert [(one["item"], one["key"]) for one in answer.json["items"]] == [(1, True), (2, False), (3, False)]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"outcome": "vanished"}, 422),
        ({"outcome": None}, 422),
        ({"row": "1"}, 422),
        ({"row": "01234567-89ab-7def-8123-456789abcdef"}, 404),
        ({"happened_at": "gestern"}, 422),
        ({"note": "长" * 501}, 422),
        ({"outcome": "faulty"}, 422),
        ({"outcome": "faulty", "failed": [{"item": 9}]}, 422),
        ({"outcome": "absent"}, 422),
        ({"outcome": "absent", "why": "sold"}, 422),
        ({"outcome": "absent", "why": "removed"}, 201),
        ({"latitude": 1000.0, "longitude": 5.0}, 201),  # nowhere on earth: kept without it
    ],
)
def test_bad_input(
    bureau: Bureau, row: CampaignRow, client: FlaskClient, changes: dict[str, Any], status: int
) -> None:
    assert send(client, row, bureau.token(), **changes).status_code == status


def test_another_offices_phone_and_a_units_get_nowhere(
    bureau: Bureau, row: CampaignRow, client: FlaskClient
) -> None:
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=BARE_TOWNSHIP)
    strangers: list[User] = [
        make.user(neighbour, Role.SUPERVISOR),
        make.user(bureau.unit, Role.SAFETY_OFFICER),
    ]
    for token in [bureau.token(person) for person in strangers]:
        assert send(client, row, token).status_code == 404
        assert send_photo(client, row, token, picture()).status_code == 404
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(f"/api/v1/campaigns/{row.list_id}", headers=headers).status_code == 404
    admin = bureau.token(make.user(bureau.office, Role.ADMINISTRATOR))
    _device, system = make.device(bureau.unit, DeviceKind.UPLOAD)
    assert send(client, row, admin).status_code == 403
    assert send(client, row, system).status_code == 403
    state = db.session.get_one(CampaignRow, row.id).state
    assert state is CampaignRowState.TO_CHECK


def test_a_withdrawn_campaign_refuses_in_words_and_keeps_the_photo(
    bureau: Bureau, row: CampaignRow, client: FlaskClient
) -> None:
    with db.transaction():
        actions.withdraw(bureau.fresh_of(row), "另行部署", by=bureau.by(bureau.issuer))
    answer = send(client, row, bureau.token())
    assert (answer.status_code, answer.json["fields"]) == (
        409,
        {"outcome": "本行动已撤销，此次检查结果未收入。"},
    )
    assert send_photo(client, row, bureau.token(), picture()).status_code == 201


def test_a_photo_is_kept_once_and_read_by_whoever_sees_the_row(
    bureau: Bureau, row: CampaignRow, client: FlaskClient, signed_in: Any
) -> None:
    token = bureau.token()
    digests = {send_photo(client, row, token, picture()).json["sha256"] for _time in range(2)}
    photos = db.session.scalars(visible(SYSTEM, CampaignPhoto)).all()
    assert [(photo.row_id, photo.item_no, {photo.sha256}) for photo in photos] == [(row.id, 1, digests)]
    path = f"/campaigns/rows/{row.id}/photos/{digests.pop()}"
    with signed_in(bureau.settler).get(path) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert signed_in(bureau.settler).get(f"/campaigns/rows/{row.id}/photos/{'0' * 64}").status_code == 404
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=BARE_TOWNSHIP)
    assert signed_in(make.user(neighbour, Role.SUPERVISOR)).get(path).status_code == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"row": ""}, 404),
        ({"row": "x"}, 404),
        ({"row": "01234567-89ab-7def-8123-456789abcdef"}, 404),
        ({"item": "１"}, 404),
        ({"item": "x"}, 404),
    ],
)
def test_a_photo_of_no_row_is_refused(
    bureau: Bureau, row: CampaignRow, client: FlaskClient, form: dict[str, str], status: int
) -> None:
    assert send_photo(client, row, bureau.token(), picture(), **form).status_code == status


def test_what_is_no_photo_is_refused(bureau: Bureau, row: CampaignRow, client: FlaskClient) -> None:
    token = bureau.token()
    assert send_photo(client, row, token, io.BytesIO(b"%PDF-1.4")).status_code == 422
    headers = {"Authorization": f"Bearer {token}"}
    bare = client.post(f"/api/v1/campaigns/{row.list_id}/photos", data={"row": str(row.id)}, headers=headers)
    assert bare.status_code == 422
    assert db.session.scalars(visible(SYSTEM, CampaignPhoto)).all() == []
