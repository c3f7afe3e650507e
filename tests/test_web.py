"""What every page and every API route has from web.py and api.py: cookies that fit the line, texts any database takes, faults in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.test import TestResponse

from equipment import create_app
from equipment.core import faults
from equipment.core.config import Settings
from equipment.fills.forms import ResultMessage, ScanMessage
from equipment.maintenance.states import Direction, Fence
from equipment.people.models import Organisation, User
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage import db
from equipment.web import limits
from equipment.web.language import translate
from tests import make

Sign = Callable[[User], FlaskClient]
SCAN: dict[str, Any] = {
    "scan_id": "0192d3f0-0000-7000-8000-000000000001",
    "code": "A1",
    "gas": "LPG",
    "happened_at": "2026-11-23T08:30:00+08:00",
}


def cookies_set(answer: TestResponse) -> dict[str, set[str]]:
    """The attributes of the cookies that an answer sets, by name."""
    return {
        name: {part.strip().split("=")[0] for part in rest.split(";")[1:]}
        for name, _, rest in (header.partition("=") for header in answer.headers.getlist("Set-Cookie"))
    }


@pytest.mark.parametrize(
    ("base", "headers", "hops", "https"),
    [
        ("https://10.0.0.1:8443", {}, "0", True),  # --tls
        ("http://tz.test.cn", {}, "0", True),  # the PUBLIC_URL, whose proxy says nothing
        ("http://10.0.0.1", {"X-Forwarded-Proto": "https"}, "1", True),
        ("http://10.0.0.1", {"X-Forwarded-Proto": "https"}, "0", False),  # from anybody
        ("http://192.168.1.8:8000", {}, "0", False),
    ],
)
def test_over_https_every_cookie_of_ours_is_bound_to_this_host_and_to_https(
    app: Flask, settings: Settings, base: str, headers: dict[str, str], hops: str, https: bool
) -> None:
    with app.app_context():
        person = make.user(make.station(), Role.OPERATOR, password=hash_password("stove-1234"))
    typed = {"mobile": person.mobile, "password": "stove-1234"}
    asked = {"base_url": base, "headers": headers}
    served = app if hops == "0" else create_app(replace(settings, trusted_proxies=hops))
    served.config["WTF_CSRF_ENABLED"] = False
    client = served.test_client()
    signed = client.post("/sign-in", data=typed, **asked)
    client.post("/locale", data={"locale": "en"}, **asked)
    language = client.post("/locale", data={"locale": "en"}, **asked)
    cookies = cookies_set(signed) | cookies_set(language)
    prefix = "__Host-" if https else ""
    assert sorted(cookies) == [f"{prefix}{name}" for name in ("browser", "locale", "session")]
    for attributes in cookies.values():
        assert {"Path", "HttpOnly", "SameSite"} <= attributes
        assert ("Secure" in attributes, "Domain" in attributes) == (https, False)
    assert client.get("/me", **asked).status_code == 200
    if served is not app:
        served.extensions[limits.EXTENSION].store.close()


def test_a_session_planted_under_the_plain_name_opens_nothing_over_https(app: Flask) -> None:
    with app.app_context():
        person = make.user(make.station(), Role.OPERATOR, password=hash_password("stove-1234"))
    base, typed = "https://tz.test.cn", {"mobile": person.mobile, "password": "stove-1234"}
    victim, attacker = app.test_client(), app.test_client()
    assert attacker.post("/sign-in", data=typed, base_url=base).status_code == 302
    session = attacker.get_cookie("__Host-session", domain="tz.test.cn")
    assert session
    victim.set_cookie("session", session.value, domain="tz.test.cn")
    assert victim.get("/me", base_url=base).status_code == 302
    victim.set_cookie("__Host-session", session.value, domain="tz.test.cn")
    assert victim.get("/me", base_url=base).status_code == 200


def test_a_shared_device_enrolled_before_goes_on_under_the_new_name(app: Flask) -> None:
    _device, token = make.device(make.station(), DeviceKind.FLOOR)
    client, base = app.test_client(), "https://tz.test.cn"
    client.set_cookie("floor_device", token, domain="tz.test.cn")
    assert client.get("/floor/duty", base_url=base).status_code == 200
    renamed = client.get_cookie("__Host-floor_device", domain="tz.test.cn")
    assert renamed
    assert (renamed.value, renamed.secure, renamed.same_site) == (token, True, "Strict")
    assert client.get_cookie("floor_device", domain="tz.test.cn") is None
    assert client.get("/floor/duty", base_url=base).status_code == 200


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
        (ScanMessage, {"happened_at": 1767000000}, "happened_at", "This cannot be read."),
        (ScanMessage, {"happened_at": "1767000000"}, "happened_at", "This cannot be read."),
        (ScanMessage, {"happened_at": "20261123"}, "happened_at", "This cannot be read."),
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
        model.model_validate_json(json.dumps({**right, **sent}))
    assert [(each["loc"], str(faults.fault_message(each))) for each in error.value.errors()] == [
        ((field,), said)
    ]


def test_a_member_whose_value_is_empty_has_its_words(app: Flask) -> None:
    assert [
        translate(member, "zh_Hans_CN") for member in (PresenceGrade.NONE, Fence.NONE, Direction.EITHER)
    ] == ["未刷卡", "未提供定位", "签到或签退"]
    assert translate("", "zh_Hans_CN") == ""
