"""信息有误: the photo of stamp and ring, from the floor and from the desk, and what happens to what is no photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from equipment.core.ids import new_id
from equipment.files import store
from equipment.files.models import Attachment
from equipment.fills.corrections import settle_wrong_file
from equipment.fills.models import Fill
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago

LIMIT = 4000
SignedIn = Callable[[User], FlaskClient]


def picture(colour: str = "red", form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, form)
    return out.getvalue()


def refused(hall: Hall, treatment: str = "wrong_file") -> tuple[Equipment, str]:
    """A bottle past its day on file, and what was done with it."""
    bottle = hall.bottle(inspection_due_on=make.days(-30))
    fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    if treatment:
        hall.send("POST", f"/fills/{fill_id}/treatment", {"treatment": treatment, "happened_at": ago()})
    return bottle, fill_id


def send(hall: Hall, fill_id: str, content: bytes | None, name: str = "photo.jpg") -> TestResponse:
    form = {} if content is None else {"photo": (io.BytesIO(content), name)}
    headers = {"Authorization": f"Bearer {hall.token}", "Accept-Language": "zh-CN"}
    return hall.client().post(
        f"/api/v1/fills/{fill_id}/photos", data=form, headers=headers, content_type="multipart/form-data"
    )


def kept() -> list[Attachment]:
    db.session.rollback()
    found = list(db.session.scalars(select(Attachment).order_by(Attachment.at)))
    db.session.expunge_all()
    return found


def status(client: FlaskClient, url: str) -> int:
    with client.get(url) as answer:
        return answer.status_code


def test_a_photo_from_the_floor_is_seen_by_station_and_bureau_and_by_nobody_else(
    hall: Hall, other: Hall, signed_in: SignedIn
) -> None:
    bottle, fill_id = refused(hall)
    answer = send(hall, fill_id, picture())
    (photo,) = kept()
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    seers = [make.user(hall.station, Role.STATION_OWNER), make.user(bureau, Role.SUPERVISOR)]
    strangers = [make.user(other.station, Role.STATION_OWNER)]
    page, file = f"/fills/{bottle.id}/{fill_id}", f"/files/{bottle.id}/{photo.id}"
    assert (answer.status_code, answer.get_json(), photo.subject_kind, str(photo.subject_id)) == (
        201,
        {"photo_id": str(photo.id)},
        "fill",
        fill_id,
    )
    for user in seers:
        client = signed_in(user)
        assert (file in client.get(page).get_data(as_text=True), status(client, file)) == (True, 200)
    for user in strangers:
        client = signed_in(user)
        assert (status(client, page), status(client, file)) == (404, 404)


def test_the_same_photo_again_is_the_one_that_is_there(hall: Hall) -> None:
    _, fill_id = refused(hall)
    answers = [
        send(hall, fill_id, picture(colour)).get_json()["photo_id"] for colour in ("red", "red", "blue")
    ]
    assert (answers[0] == answers[1], answers[2] != answers[0], len(kept())) == (True, True, 2)


NO_PHOTO: tuple[tuple[str, bytes | None, int, str], ...] = (
    ("nothing", None, 422, "请拍摄钢印照片。"),
    ("an empty file", b"", 422, "文件是空的。"),
    ("a text", b"hello", 422, "只接受照片（JPEG、PNG、WebP）。"),
    ("a PDF", b"%PDF-1.4\n%%EOF", 422, "只接受照片（JPEG、PNG、WebP）。"),
    ("a cut off photo", picture()[:80], 422, "照片已损坏，请重拍。"),
    (
        "more than the server takes",
        b"\xff\xd8\xff" + bytes(LIMIT),
        413,
        "文件超过允许的大小，请缩小照片或拆分文件。",
    ),
)


@pytest.mark.parametrize(("said", "content", "status", "words"), NO_PHOTO, ids=[case[0] for case in NO_PHOTO])
def test_what_is_no_photo_says_why_and_loses_nothing(
    hall: Hall, said: str, content: bytes | None, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hall.app.config, "MAX_CONTENT_LENGTH", LIMIT)
    bottle, fill_id = refused(hall)
    answer = send(hall, fill_id, content)
    told = answer.get_json()
    db.session.rollback()
    fill = db.session.get_one(Fill, (bottle.id, UUID(fill_id)))
    assert (answer.status_code, answer.mimetype, told.get("fields", {}).get("photo", told["title"])) == (
        status,
        "application/problem+json",
        words,
    )
    assert (fill.treatment, kept(), send(hall, fill_id, picture()).status_code) == ("wrong_file", [], 201)


def settled(_hall: Hall, bottle: Equipment, fill_id: str) -> UUID:
    by = viewer_of(
        db.session.merge(
            make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.SUPERVISOR)
        )
    )
    with db.transaction():
        return settle_wrong_file(
            db.session.get_one(Fill, (bottle.id, UUID(fill_id))), "检验日期已更正", by=by
        ).id


def nothing(_hall: Hall, _bottle: Equipment, _fill_id: str) -> None:
    """The bottle was set aside for another reason."""


@pytest.mark.parametrize(
    ("treatment", "then"), [("", nothing), ("inspect", nothing), ("wrong_file", settled)]
)
def test_only_a_bottle_that_waits_for_its_record_is_photographed(
    hall: Hall, treatment: str, then: Callable[[Hall, Equipment, str], object]
) -> None:
    bottle, fill_id = refused(hall, treatment)
    then(hall, bottle, fill_id)
    answer = send(hall, fill_id, picture())
    assert (answer.status_code, list(answer.get_json()["fields"]), kept()) == (422, ["photo"], [])


def test_another_station_and_an_unknown_fill_are_not_found(hall: Hall, other: Hall) -> None:
    _, fill_id = refused(hall)
    assert (
        send(other, fill_id, picture()).status_code,
        send(hall, str(new_id()), picture()).status_code,
        kept(),
    ) == (404, 404, [])


def test_the_photo_stays_with_the_record_that_was_put_right(hall: Hall, signed_in: SignedIn) -> None:
    bottle, fill_id = refused(hall)
    send(hall, fill_id, picture())
    made = settled(hall, bottle, fill_id)
    (photo,) = kept()
    page = (
        signed_in(make.user(hall.station, Role.STATION_OWNER))
        .get(f"/fills/{bottle.id}/{made}")
        .get_data(as_text=True)
    )
    assert (str(made) != fill_id, f"/files/{bottle.id}/{photo.id}" in page, 'name="photo"' in page) == (
        True,
        True,
        False,
    )


def test_the_desk_adds_a_photo_and_is_told_what_is_none(hall: Hall, signed_in: SignedIn) -> None:
    bottle, fill_id = refused(hall)
    client, page = signed_in(make.user(hall.station, Role.OPERATOR)), f"/fills/{bottle.id}/{fill_id}"
    asked = client.get(page).get_data(as_text=True)
    wrong = client.post(
        f"{page}/photos", data={"photo": (io.BytesIO(b"hello"), "a.jpg")}, follow_redirects=True
    )
    right = client.post(
        f"{page}/photos", data={"photo": (io.BytesIO(picture(form="PNG")), "a.png")}, follow_redirects=True
    )
    (photo,) = kept()
    assert 'capture="environment"' in asked
    assert (wrong.status_code, "只接受照片（JPEG、PNG、WebP）。" in wrong.get_data(as_text=True)) == (
        200,
        True,
    )
    assert (
        f"/files/{bottle.id}/{photo.id}" in right.get_data(as_text=True),
        store.path_of(photo.sha256).is_file(),
    ) == (True, True)


def test_whoever_sees_a_record_of_another_station_adds_nothing_to_it(
    hall: Hall, other: Hall, signed_in: SignedIn
) -> None:
    bottle = other.bottle(use_unit_id=hall.station.id, inspection_due_on=make.days(-30))
    fill_id = other.scan(bottle.label_code or "").get_json()["fill_id"]
    other.send("POST", f"/fills/{fill_id}/treatment", {"treatment": "wrong_file", "happened_at": ago()})
    client, page = signed_in(make.user(hall.station, Role.OPERATOR)), f"/fills/{bottle.id}/{fill_id}"
    seen = client.get(page)
    answer = client.post(f"{page}/photos", data={"photo": (io.BytesIO(picture()), "a.jpg")})
    assert (seen.status_code, 'name="photo"' in seen.get_data(as_text=True), answer.status_code, kept()) == (
        200,
        False,
        403,
        [],
    )
