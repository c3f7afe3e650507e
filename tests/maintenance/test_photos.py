"""Photos of items: what a phone says of time, place and origin, and what is remarkable about it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.maintenance.models import VisitPhoto
from equipment.maintenance.photo_rules import PhotoClaim, photo_marks
from equipment.maintenance.states import Fence, PhotoDoubt, PhotoSource
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.rules import SYSTEM, DeviceKind, Role
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, place
from tests.maintenance.test_pages import Browser, picture

NOW = clock.now()
TEN = timedelta(minutes=10)
INSIDE = Fence.INSIDE


@pytest.mark.parametrize(
    ("claim", "fence", "doubted", "marks"),
    [
        (PhotoClaim(NOW, PhotoSource.CAMERA, None, NOW), INSIDE, False, []),
        (PhotoClaim(NOW, PhotoSource.CAMERA), Fence.NONE, False, [PhotoDoubt.NO_POSITION]),
        (PhotoClaim(NOW, PhotoSource.GALLERY), INSIDE, False, [PhotoDoubt.GALLERY]),
        (PhotoClaim(NOW, PhotoSource.CAMERA, None, NOW - TEN), INSIDE, False, []),
        (
            PhotoClaim(NOW, PhotoSource.CAMERA, None, NOW - TEN - timedelta(seconds=1)),
            INSIDE,
            False,
            [PhotoDoubt.ORIGINAL],
        ),
        (PhotoClaim(NOW), Fence.OUTSIDE, True, [PhotoDoubt.CLOCK, PhotoDoubt.PLACE]),
        (PhotoClaim(), Fence.UNREADABLE, False, [PhotoDoubt.UNREADABLE]),
        (PhotoClaim(NOW), Fence.COARSE, False, []),
    ],
)
def test_what_is_remarkable_about_a_photo(
    claim: PhotoClaim, fence: Fence, doubted: bool, marks: list[PhotoDoubt]
) -> None:
    assert photo_marks(claim, fence, doubted, TEN) == marks


@pytest.fixture
def at(app: Flask) -> Place:
    found = place()
    with db.transaction():
        swipe(SwipeMessage(new_id(), clock.now(), code=CODE), by=found.viewer(found.anna))
    return found


def send(at: Place, client: FlaskClient, image: io.BytesIO, **facts: str) -> dict[str, object]:
    token = make.device(at.firm, DeviceKind.PHONE, person=at.anna)[1]
    answer = client.post(
        f"/api/v1/visits/{at.visit().id}/photos?lift={at.lift.id}",
        data={"code": "A-1-06", "photo": (image, "a.jpg"), **facts},
        headers={"Authorization": f"Bearer {token}"},
    )
    return {"status": answer.status_code, **answer.get_json()}


def photos(at: Place) -> list[VisitPhoto]:
    db.session.rollback()
    db.session.expire_all()
    wanted = select(VisitPhoto).where(VisitPhoto.equipment_id == at.lift.id)
    return list(db.session.scalars(wanted.order_by(VisitPhoto.received_at)))


def test_a_photo_is_kept_with_what_the_phone_says(at: Place, client: FlaskClient) -> None:
    taken = clock.now() - timedelta(seconds=20)
    facts = {
        "taken_at": taken.isoformat(),
        "source": "camera",
        "stamped": "1",
        "latitude": "36.54",
        "longitude": "104.13",
    }
    answer = send(at, client, picture(), accuracy_m="8", original_at=taken.isoformat(), **facts)
    (photo,) = photos(at)
    assert (answer["status"], answer["marks"]) == (201, {})
    assert (photo.taken_at, photo.source, photo.stamped, photo.accuracy_m) == (
        taken,
        PhotoSource.CAMERA,
        True,
        8,
    )
    assert (photo.fence, photo.latitude) == (Fence.UNPLACED, 365_400_000)
    assert at.visit().answers["A-1-06"]["photo"] == str(photo.id)


def test_the_same_photo_twice_is_one(at: Place, client: FlaskClient) -> None:
    first, again = send(at, client, picture()), send(at, client, picture())
    assert (first["photo_id"], len(photos(at))) == (again["photo_id"], 1)


@pytest.mark.parametrize(
    ("facts", "mark"),
    [
        ({}, "no_position"),
        ({"latitude": "999", "longitude": "104"}, "unreadable"),
        ({"latitude": "nan", "longitude": "x"}, "unreadable"),
        ({"latitude": "0", "longitude": "0"}, "unreadable"),
        ({"source": "gallery"}, "gallery"),
        ({"taken_at": "2001-01-01T00:00:00+08:00"}, "clock"),
    ],
)
def test_no_photo_is_lost_for_what_its_phone_says(
    at: Place, client: FlaskClient, facts: dict[str, str], mark: str
) -> None:
    answer = send(at, client, picture(), **facts)
    assert (answer["status"], mark in answer["marks"]) == (201, True)  # type: ignore[operator]


def test_a_forged_time_counts_from_when_the_photo_arrived(at: Place, client: FlaskClient) -> None:
    for number, said in enumerate(("2001-01-01T00:00:00+08:00", "2099-01-01T00:00:00+08:00", "gestern")):
        send(at, client, picture((60 + number, 40)), taken_at=said)
    assert all(abs(photo.taken_at - clock.now()) < timedelta(minutes=2) for photo in photos(at))


def test_an_evidence_item_is_asked_where_the_lift_is_built_so(app: Flask, signed_in: Browser) -> None:
    at = place()
    with db.transaction():
        lift = db.session.get_one(Equipment, at.lift.id)
        change(lift, {"details": {"brake": "drum_lever"}}, by=SYSTEM)
    page = signed_in(at.safe).get(f"/equipment/{at.lift.id}").get_data(as_text=True)
    assert "拆解保养取证" in page


def test_no_photo_at_all_is_said_in_plain_words(at: Place, client: FlaskClient) -> None:
    answer = send(at, client, io.BytesIO(b""))
    assert (answer["status"], len(photos(at))) == (422, 0)


def test_a_colleague_of_another_firm_adds_no_photo(at: Place, client: FlaskClient) -> None:
    other = make.organisation(at.firm.kind, "另一维保公司")
    rival = make.user(other, Role.TECHNICIAN, name="外人", certificate="T")
    token = make.device(other, DeviceKind.PHONE, person=rival)[1]
    answer = client.post(
        f"/api/v1/visits/{at.visit().id}/photos?lift={at.lift.id}",
        data={"code": "A-1-06", "photo": (picture(), "a.jpg")},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code in (403, 404)
    assert photos(at) == []
