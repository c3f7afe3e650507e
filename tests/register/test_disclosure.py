"""The codes of a lift occur on no page and in no file of its maintenance firm's people: typed at home they would prove
a visit that nobody made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.maintenance.api import record_swipe
from equipment.maintenance.swiping import SwipeMessage
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.actions import add_identifier
from equipment.register.disclosure import masked, shown_code, shown_number
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import IdentifierKind, Outcome
from equipment.storage import db
from tests import make
from tests.exports import csv_of
from tests.maintenance.place import CODE, Place, place

NUMBERS = {
    IdentifierKind.RFID: "04A1B2C3D4E5F6",
    IdentifierKind.PLATE_QR: "https://yjcz.example.cn/lift?code=6204028812",
    IdentifierKind.MAKER_QR: "MQR99887766",
    IdentifierKind.PLATFORM_NO: "PT77665544",
}
SECRETS = (CODE, "7QK2M-8D4XR-WP3HT", "04A1B2C3D4E5F6", "6204028812", "MQR99887766", "PT77665544")


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    with db.transaction():
        for kind, value in NUMBERS.items():
            add_identifier(db.session.get_one(Equipment, made.lift.id), kind, value, by=SYSTEM)
    return made


def pages_of(app: Flask, at: Place, visit_id: Any) -> list[str]:
    """Every page that shows something of the lift or lists lifts."""
    known = {"equipment_id": at.lift.id, "visit_id": visit_id}
    addresses = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and set(rule.arguments) <= known.keys() and "/api/" not in rule.rule:
            if rule.endpoint in ("static", "signing.sign_out"):
                continue
            with app.test_request_context():
                addresses.append(app.url_for(rule.endpoint, **{name: known[name] for name in rule.arguments}))
    return addresses


@pytest.mark.parametrize("role", ["anna", "boss"])
def test_no_page_of_the_firm_shows_a_code_of_the_lift(
    app: Flask, at: Place, signed_in: Callable[[User], FlaskClient], role: str
) -> None:
    with app.test_request_context():
        answer, _ = record_swipe(SwipeMessage(new_id(), clock.now(), code=CODE), at.viewer(at.anna))
    browser, leaks, read = signed_in(getattr(at, role)), [], 0
    for address in pages_of(app, at, answer["visit_id"]):
        page = browser.get(address)
        read += page.status_code == 200
        leaks += [(address, secret) for secret in SECRETS if page.status_code == 200 and secret in page.text]
    assert leaks == []
    assert read >= 12
    own = browser.get(f"/equipment/{at.lift.id}").text
    assert masked(CODE) in own
    assert masked("6204028812") in own


def test_the_use_unit_and_the_bureau_see_them(at: Place, signed_in: Callable[[User], FlaskClient]) -> None:
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    for user in (at.safe, bureau):
        page = signed_in(user).get(f"/equipment/{at.lift.id}")
        assert [secret for secret in SECRETS[1:] if secret not in page.text] == []


def test_the_export_of_the_firm_has_the_ends_alone(
    settings: Settings, at: Place, signed_in: Callable[[User], FlaskClient]
) -> None:
    text = str(csv_of(settings, signed_in(at.boss), "/equipment"))
    assert [secret for secret in SECRETS if secret in text] == []
    assert masked(CODE) in text


def test_a_short_number_is_hidden_whole() -> None:
    firm = Viewer(name="", organisation_id=new_id(), organisation_kind=OrganisationKind.FIRM)
    assert shown_number(firm, IdentifierKind.RFID, "12345") == "•••"
    assert shown_number(firm, IdentifierKind.EQUIPMENT_CODE, "3110620400") == "3110620400"
    assert shown_code(firm, "") == ""


@pytest.mark.parametrize(
    "scanned",
    [
        "https://yjcz.example.cn/lift?code=6204028812",
        "https://other.example.cn/p/6204028812",
        "6204028812",
        "6204-0288-12",
        "６２０４０２８８１２\r",
    ],
)
def test_a_plate_is_known_by_its_address_its_last_part_and_its_number(at: Place, scanned: str) -> None:
    found = resolve(scanned)
    assert (found.outcome, found.equipment_id, found.identifier) == (
        Outcome.FOUND,
        at.lift.id,
        IdentifierKind.PLATE_QR,
    )
