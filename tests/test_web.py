"""What every page and every API route has from web.py and api.py: cookies that fit the line, texts any database takes, faults in the reader's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from pydantic import ValidationError
from sqlalchemy import select

from equipment.core import faults
from equipment.fills.forms import ResultMessage, ScanMessage
from equipment.people.models import Organisation, User
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
SCAN: dict[str, Any] = {
    "scan_id": "0192d3f0-0000-7000-8000-000000000001",
    "code": "A1",
    "gas": "LPG",
    "happened_at": "2026-11-23T08:30:00+08:00",
}


@pytest.mark.parametrize(
    ("base", "secure"), [("https://tz.test.cn", True), ("http://192.168.1.8:8000", False)]
)
def test_what_came_over_https_never_goes_over_plain_http(app: Flask, base: str, secure: bool) -> None:
    with app.app_context():
        mobile = make.user(make.station(), Role.OPERATOR, password=hash_password("stove-1234")).mobile
    client = app.test_client()
    signed = client.post("/sign-in", data={"mobile": mobile, "password": "stove-1234"}, base_url=base)
    kept = next(each for each in signed.headers.getlist("Set-Cookie") if each.startswith("session="))
    assert (signed.status_code, "; Secure" in kept) == (302, secure)
    assert client.get("/me", base_url=base).status_code == 200


def test_a_nul_that_nobody_types_is_no_part_of_a_text(app: Flask, signed_in: Sign) -> None:
    office = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    browser = signed_in(office)
    made = browser.post(
        "/organisations/new", data={"kind": "use_unit", "name": "\0某物业\0", "area": make.COUNTY}
    )
    assert made.status_code == 302
    assert db.session.scalars(
        select(Organisation.name).where(Organisation.kind == OrganisationKind.USE_UNIT)
    ).all() == ["某物业"]
    assert [
        browser.get(path).status_code for path in ("/equipment?q=LPG%00", "/T/AB%00CD", "/people?q=%00")
    ] == [200, 404, 200]


def test_a_nul_sent_by_a_device_is_refused_in_words(app: Flask) -> None:
    station = make.station()
    _device, token = make.device(
        station, DeviceKind.CONTROLLER, person=make.user(station, Role.OPERATOR, certificate="P")
    )
    sent = app.test_client().post(
        "/api/v1/fills",
        json={**SCAN, "code": "A\0"},
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "zh"},
    )
    assert (sent.status_code, sent.get_json()["fields"]) == (422, {"": "无法识别。"})


@pytest.mark.parametrize(
    ("model", "sent", "field", "said"),
    [
        (ScanMessage, {"gas": None}, "gas", "This cannot be read."),
        (ScanMessage, {"gas": "lpg gas"}, "gas", "This has not the form it should have."),
        (ScanMessage, {"code": ""}, "code", "This is needed."),
        (ScanMessage, {"code": "x" * 401}, "code", "At most 400 characters"),
        (ScanMessage, {"scan_id": "7"}, "scan_id", "This cannot be read."),
        (ScanMessage, {"happened_at": "yesterday"}, "happened_at", "This cannot be read."),
        (
            ScanMessage,
            {"happened_at": "2026-11-23T08:30:00"},
            "happened_at",
            "a time needs its offset, such as 2026-11-23T08:30:00+08:00",
        ),
        (ScanMessage, {"weight": 3}, "weight", "There is no such field."),
        (ResultMessage, {"gross_g": -1}, "gross_g", "At least 0"),
        (ResultMessage, {"gross_g": 99_000_000}, "gross_g", "At most 10000000"),
        (ResultMessage, {"gross_g": "heavy"}, "gross_g", "This cannot be read."),
    ],
)
def test_what_is_wrong_with_a_message_is_said_in_words(
    model: type[ScanMessage | ResultMessage], sent: dict[str, Any], field: str, said: str
) -> None:
    right = SCAN if model is ScanMessage else {"happened_at": SCAN["happened_at"]}
    with pytest.raises(ValidationError) as error:
        model.model_validate({**right, **sent})
    assert [(each["loc"], str(faults.fault_message(each))) for each in error.value.errors()] == [
        ((field,), said)
    ]
