"""What a number of the bureau opens is what the number is about."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.rules import FindingSource
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.identifiers import add_identifier
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.regulation.clauses import Grade
from equipment.reports import indicators
from equipment.reports.listing import devices_table
from equipment.storage import db
from equipment.web.language import translate
from tests import make

Browser = Callable[[User], FlaskClient]


def chief() -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.SUPERVISOR)


def test_the_pieces_behind_a_rate_name_their_hazards(app: Flask, signed_in: Browser) -> None:
    who, lift = chief(), make.equipment("elevator", name="1号梯").id
    with db.transaction():
        found = findings.find(
            db.session.get_one(Equipment, lift),
            source=FindingSource.MANUAL,
            description="门锁短接",
            clause="4.6b",
            by=viewer_of(who),
        )
        hazards.confirm(found, Grade.MAJOR, "4.6b", make.days(7), by=viewer_of(who), still_used=True)
    browser = signed_in(who)
    numerator = browser.get("/rates/devices?definition=H2&part=part").text
    assert ("门锁短接" in numerator, "重大" in numerator) == (True, True)
    table = devices_table(viewer_of(who), {"key": "H2", "part": "part", "args": {}}, translate)
    assert [row[7] for row in table.rows] == ["在用、停止使用"]
    assert "门锁短接" not in browser.get("/rates/devices?definition=H2&part=whole").text


def test_a_share_of_plates_and_codes_opens_those_without(app: Flask, signed_in: Browser) -> None:
    who = chief()
    plated = make.equipment("elevator", serial="PLATED").id
    make.equipment("elevator", serial="BARE")
    make.equipment("cylinder", serial="CODED", code="2B2EM98YQ3N6K40")
    make.equipment("cylinder", serial="UNCODED")
    with db.transaction():
        piece = db.session.get_one(Equipment, plated)
        add_identifier(piece, IdentifierKind.RFID, "04AABBCCDDEE", by=SYSTEM)
    urls = {shown.key: shown.url for shown in indicators.indicators(viewer_of(who), make.CITY, clock.today())}
    browser = signed_in(who)
    plates, coded = browser.get(urls["plates"]).text, browser.get(urls["coded"]).text
    assert (">BARE<" in plates, ">PLATED<" in plates) == (True, False)
    assert (">UNCODED<" in coded, ">CODED<" in coded) == (True, False)
