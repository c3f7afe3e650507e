"""Refused swipes have a page and a figure; a lost card in use is told in the minute, once a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.maintenance.models import Swipe
from equipment.people.models import User
from equipment.people.rules import SYSTEM, CardStatus, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.duty_rules import NOW
from equipment.reminders.channels import Sender
from equipment.reminders.models import Notice
from equipment.storage import db
from tests import make
from tests.exports import csv_of
from tests.maintenance.place import CODE, Place, lift_of, loosen, place
from tests.maintenance.test_swipes import change, send
from tests.reminders.conftest import Webhook, channel, webhook

Sign = Callable[[User], FlaskClient]
__all__ = ["webhook"]
STRANGER = "04DEADBEEF0001"


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


@pytest.fixture
def eyes(app: Flask, at: Place) -> dict[str, User]:
    """Who may look: the lift's firm and unit, the county and the city; and strangers to it."""
    rival = make.organisation(OrganisationKind.FIRM, "别家维保公司")
    county, elsewhere = (
        make.organisation(OrganisationKind.REGULATOR, area=area) for area in (make.COUNTY, make.ELSEWHERE)
    )
    made = {
        "boss": at.boss,
        "safe": at.safe,
        "supervisor": make.user(county, Role.SUPERVISOR),
        "rival": make.user(rival, Role.FIRM_MANAGER),
        "elsewhere": make.user(elsewhere, Role.SUPERVISOR),
        "rival technician": make.user(rival, Role.TECHNICIAN, name="外来师傅", certificate="T"),
    }
    for who in ("supervisor", "rival", "elsewhere", "rival technician"):
        loosen(made[who])
    return made


def rows(browser: FlaskClient, **filters: str) -> str:
    answer = browser.get("/swipes", query_string=filters)
    assert answer.status_code == 200
    return answer.text.split('id="list"')[1]


def test_an_unknown_card_is_seen_by_the_lifts_firm_its_unit_and_its_county_and_by_nobody_else(
    client: FlaskClient, at: Place, eyes: dict[str, User], signed_in: Sign
) -> None:
    send(client, at.reader[1], card=STRANGER)
    seen = {
        who: "…0001" in rows(signed_in(eyes[who]))
        for who in ("boss", "safe", "supervisor", "rival", "elsewhere")
    }
    assert seen == {"boss": True, "safe": True, "supervisor": True, "rival": False, "elsewhere": False}
    page = rows(signed_in(at.boss))
    for text in ("测试小区1号梯", "系统中没有这张卡", "拒绝", STRANGER[-4:]):
        assert text in page
    assert STRANGER not in page


def test_of_another_firms_person_the_lifts_firm_reads_the_firm_and_not_the_name(
    client: FlaskClient, at: Place, eyes: dict[str, User], signed_in: Sign
) -> None:
    card = make.card(eyes["rival technician"], "04A1B2C3D4E5F6")
    send(client, at.reader[1], card=card.uid)
    read = {
        who: [text in rows(signed_in(eyes[who])) for text in ("外来师傅", "别家维保公司", "不由贵单位维保")]
        for who in ("boss", "rival", "supervisor")
    }
    assert read["boss"][:2] == [False, True]
    assert read["rival"][:2] == [True, True]
    assert read["supervisor"][:2] == [True, True]
    assert "…E5F6" not in rows(signed_in(at.boss), q="外来师傅")  # nor is it found by that name


def test_the_list_is_narrowed_by_outcome_reason_person_card_lift_and_day(
    client: FlaskClient, at: Place, signed_in: Sign
) -> None:
    other = lift_of(at.firm, at.unit, code="8QK2M8D4XRWP3HT", name="另一台梯", address="解放路2号")
    loosen(other)
    reader = make.device(
        at.unit, DeviceKind.READER, equipment_id=other.id, created_at=clock.now() - timedelta(days=30)
    )
    change(at.bo_card, status=CardStatus.LOST)
    send(client, at.reader[1], card=STRANGER)
    send(client, reader[1], card=at.bo_card.uid)
    send(client, at.reader[1], card=at.anna_card.uid)
    send(client, at.reader[1], card=at.anna_card.uid)  # again: ignored
    boss, tail = signed_in(at.boss), at.bo_card.uid[-4:]
    day, tomorrow = clock.today(), clock.today() + timedelta(days=1)
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 2),
        ({"outcome": "ignored"}, 1),
        ({"outcome": "all"}, 4),
        ({"reason": "card_lost"}, 1),
        ({"reason": "card_unknown"}, 1),
        ({"q": "卜师傅"}, 1),
        ({"q": "04-de-ad-be-ef-00-01"}, 1),
        ({"q": tail}, 1),
        ({"q": "0001"}, 1),
        ({"q": "01"}, 0),  # too little of a number
        ({"lift": CODE}, 1),
        ({"lift": "解放路"}, 1),
        ({"lift": str(other.id), "outcome": "all"}, 1),
        ({"on_from": day.isoformat()}, 2),
        ({"on_from": tomorrow.isoformat()}, 0),
        ({"on_until": (day - timedelta(days=1)).isoformat()}, 0),
        ({"reason": "no such reason", "lift": CODE}, 1),
    ]
    assert [rows(boss, **filters).count('id="swipe-') for filters, _number in cases] == [
        number for _filters, number in cases
    ]


def test_the_file_holds_what_the_list_shows(
    client: FlaskClient, at: Place, settings: Settings, signed_in: Sign
) -> None:
    change(at.bo_card, status=CardStatus.LOST)
    send(client, at.reader[1], card=at.bo_card.uid)
    _head, line = csv_of(settings, signed_in(at.boss), "/swipes")
    assert line[2:3] + line[4:9] == [
        "测试小区1号梯 人民路1号",
        "签到被拒绝",
        "该卡已挂失。",
        f"…{at.bo_card.uid[-4:]}",
        "卜师傅",
        "测试维保公司",
    ]


def test_a_technician_has_no_page_of_swipes_and_an_inspector_neither(
    at: Place, signed_in: Sign, app: Flask
) -> None:
    body = make.organisation(OrganisationKind.BODY)
    assert signed_in(at.anna).get("/swipes").status_code == 403
    assert signed_in(make.user(body, Role.INSPECTOR)).get("/swipes").status_code == 403


def test_first_pages_say_how_many_swipes_were_refused(
    client: FlaskClient, at: Place, eyes: dict[str, User], signed_in: Sign
) -> None:
    assert "拒绝的刷卡" not in signed_in(at.boss).get("/").text
    for _ in range(8):
        send(client, at.reader[1], card=STRANGER)
    page = re.sub(r"\s+", "", signed_in(at.boss).get("/").text)
    assert (">8<" in page.split("拒绝的刷卡")[1], "系统中没有这张卡" in page) == (True, True)
    beside = re.sub(r"\s+", "", signed_in(eyes["supervisor"]).get("/briefing/beside").text)
    assert ">8<" in beside.split("拒绝的刷卡")[1]
    assert "拒绝的刷卡" not in signed_in(eyes["elsewhere"]).get("/briefing/beside").text
    with time_machine.travel(clock.now() + timedelta(days=8), tick=True):
        assert "拒绝的刷卡" not in signed_in(at.boss).get("/").text


def lost_notices() -> list[Any]:
    db.session.rollback()
    notices = visible(SYSTEM, Notice).where(Notice.stage == NOW, Notice.duty.startswith("card:"))
    return list(db.session.scalars(notices))


def test_a_lost_card_in_use_reaches_its_manager_in_the_minute_once_a_day(
    client: FlaskClient, at: Place, app: Flask, settings: Settings, webhook: Webhook, signed_in: Sign
) -> None:
    change(at.bo_card, status=CardStatus.LOST)
    channel(at.boss.id, webhook.address("boss"))
    channel(at.anna.id, webhook.address("anna"))

    def delivered() -> int:
        with app.app_context():
            Sender("one", replace(settings, webhook_networks="127.0.0.0/8")).deliver_now(clock.now())
        return len(webhook.received)

    start = clock.site_midnight(clock.today()) + timedelta(hours=10)
    with time_machine.travel(start, tick=True) as now:
        send(client, at.reader[1], card=at.bo_card.uid)
        send(client, at.reader[1], card=at.bo_card.uid)
        assert {notice.user_id for notice in lost_notices()} == {at.boss.id}
        assert delivered() == 1
        for text in ("测试小区1号梯", "卜师傅"):
            assert text in webhook.received[0]["message"]
        now.shift(timedelta(hours=3))
        send(client, at.reader[1], card=at.bo_card.uid)
        assert delivered() == 1
        first = db.session.scalars(select(Swipe.id).order_by(Swipe.received_at)).first()
        notice = lost_notices()[0]
        assert notice.link == f"/swipes?reason=card_lost#swipe-{first}"
        page = signed_in(at.boss).get(notice.link).text
        assert f'id="swipe-{first}"' in page
        now.shift(timedelta(days=1))
        send(client, at.reader[1], card=at.bo_card.uid)
        assert delivered() == 2
