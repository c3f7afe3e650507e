"""Stamps and codes fill the form of a piece; values far from usual are asked before they are kept."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from equipment.files.models import Attachment
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session
from tests import make

SignIn = Callable[[User], FlaskClient]
STAMPS = "YA 323232 TP22.5 WP15 W52.1 V40.2 S5.7 16.03 30y O2"
OXYGEN = {"details.variety": "seamless", "details.medium": "O2", "serial": "323232", "made_on": "2016-03-01"}


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.station("白银示例气体有限公司"), Role.STATION_OWNER)


def typed(**more: str) -> dict[str, object]:
    return {"category": "cylinder", "area": make.TOWNSHIP, "owner_id": "白银示例气体有限公司", **more}


def values_in(page: str) -> dict[str, str]:
    """What stands in the fields of the piece."""
    piece = page.split('id="piece"')[1]
    boxes = re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', piece)
    chosen = re.findall(r'<select[^>]*? name="([^"]+)".*?</select>', piece, re.DOTALL)
    for name in chosen:
        options = piece.split(f' name="{name}"')[1].split("</select>")[0]
        boxes += [(name, value) for value in re.findall(r'value="([^"]*)" selected', options)]
    return dict(boxes)


def pieces() -> list[Equipment]:
    return list(session.scalars(visible(SYSTEM, Equipment).order_by(Equipment.id)))


def test_stamps_fill_the_empty_fields_and_nothing_is_saved(owner: User, signed_in: SignIn) -> None:
    page = signed_in(owner).post("/equipment/new", data=typed(marks=STAMPS, read="1", serial="323233"))
    assert page.status_code == 200
    filled = values_in(page.text)
    assert filled["details.tare_g"] == "52.1"
    assert filled["details.volume_ml"] == "40.2"
    assert filled["details.working_pressure_kpa"] == "15"
    assert filled["details.medium"] == "O2"
    assert filled["made_on"] == "2016-03-01"
    assert filled["serial"] == "323233"  # what was typed stays, and the other number is said
    assert "323232" in page.text
    assert "YA" in page.text
    assert pieces() == []


def test_a_piece_on_file_is_read_into_too_and_names_the_numbers_it_has_no_field_for(
    owner: User, signed_in: SignIn
) -> None:
    piece = make.equipment(
        "cylinder",
        details={"variety": "seamless", "medium": "O2"},
        owner_id=owner.organisation_id,
        medium="O2",
    )
    client = signed_in(owner)
    page = client.post(f"/equipment/{piece.id}/edit", data=typed(marks="W52.1", read="1"))
    assert values_in(page.text)["details.tare_g"] == "52.1"
    page = client.post(f"/equipment/{piece.id}/edit", data=typed(marks="1621234160000001", read="1"))
    assert "1621234160000001" in page.text.split('id="piece"')[1]


def test_a_lift_has_no_stamps_to_read(owner: User, signed_in: SignIn) -> None:
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=make.COUNTY)
    client = signed_in(bureau)
    assert 'name="read"' not in client.get("/equipment/new?category=elevator").text
    assert client.post("/equipment/new", data={"category": "elevator", "read": "1"}).status_code == 404


def test_a_tare_of_tons_is_asked_and_kept_where_it_stands_so(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    odd = typed(**OXYGEN) | {"details.volume_ml": "40", "details.tare_g": "1650"}
    page = client.post("/equipment/new", data=odd)
    assert page.status_code == 422
    boxes = set(re.findall(r'name="(as_marked[^"]+)"', page.text))
    assert boxes == {"as_marked.details.tare_g", "as_marked.details.volume_ml"}
    assert pieces() == []
    confirmed = odd | dict.fromkeys(boxes, "1")
    assert client.post("/equipment/new", data=confirmed).status_code == 302
    (piece,) = pieces()
    assert piece.details["tare_g"] == 1_650_000
    # on file so, it is not asked again; another odd value is
    again = typed(**OXYGEN) | {"details.volume_ml": "40", "details.tare_g": "1650", "address": "工业园"}
    assert client.post(f"/equipment/{piece.id}/edit", data=again).status_code == 302
    assert (
        client.post(f"/equipment/{piece.id}/edit", data=again | {"details.tare_g": "1651"}).status_code == 422
    )


def test_the_photo_of_the_stamps_is_kept_with_the_piece(owner: User, signed_in: SignIn) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (60, 40), "grey").save(photo, "JPEG")
    photo.seek(0)
    answer = signed_in(owner).post(
        "/equipment/new",
        data=typed(**OXYGEN) | {"photo": (photo, "stamp.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302
    (piece,) = pieces()
    attached = session.scalars(select(Attachment).where(Attachment.equipment_id == piece.id)).all()
    assert [document.kind for document in attached] == ["photo"]
    page = signed_in(owner).get(f"/equipment/{piece.id}/edit")
    assert str(attached[0].id) in page.text


def test_a_photo_that_is_none_loses_nothing_typed(owner: User, signed_in: SignIn) -> None:
    answer = signed_in(owner).post(
        "/equipment/new",
        data=typed(**OXYGEN) | {"photo": (io.BytesIO(b"no picture"), "stamp.jpg")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert values_in(answer.text)["serial"] == "323232"
    assert pieces() == []
