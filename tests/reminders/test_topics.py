"""A station that owns thousands of bottles hears of each kind in one line with its list, and loses no notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.core.verdict import Citation
from equipment.dues.models import Due
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role
from equipment.people.scope import visible
from equipment.register.duty_rules import NOW
from equipment.reminders.actions import plan
from equipment.reminders.channels import Sender
from equipment.reminders.models import Notice
from equipment.reminders.queries import unread_count
from equipment.reminders.sources import duty_sources
from equipment.reminders.topics import topic_of
from equipment.storage import db
from tests import make
from tests.reminders.conftest import City, Webhook, channel, today

Browser = Callable[[User], FlaskClient]


class Station:
    """An owner with bottles that are due."""

    def __init__(self) -> None:
        station = make.station()
        self.id, self.owner = station.id, make.user(station, Role.STATION_OWNER).id

    def bottle(self, days: int, kind: str = "inspection", **more: object) -> UUID:
        piece = make.equipment("cylinder", owner_id=self.id)
        with db.transaction() as current:
            made = Due(
                equipment_id=piece.id,
                id=new_id(),
                kind=kind,
                due_on=make.days(days),
                citation=Citation("TSG 23").as_json(),
                explanation={"msgid": "by rule"},
                state="open",
                organisation_id=self.id,
                area=piece.area,
                category="cylinder",
                planned_at=clock.now(),
                **more,
            )
            current.add(made)
            return made.id


@pytest.fixture
def station(app: Flask) -> Station:
    return Station()


def owner(station: Station) -> User:
    db.session.rollback()
    return db.session.get_one(User, station.owner)


def lines(page: str) -> list[str]:
    """The lines of the inbox, without marks."""
    return [
        re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", cell)).strip()
        for cell in re.findall(r'<td data-label="提醒">(.*?)</td>', page, re.DOTALL)
    ]


def test_98_bottles_are_one_line_with_their_list_and_98_notices(
    station: Station, app: Flask, settings: Settings, webhook: Webhook, signed_in: Browser
) -> None:
    channel(station.owner, webhook.address("owner"))
    for number in range(98):
        station.bottle(-3 if number < 60 else 20)
    plan(today())
    browser = signed_in(owner(station))
    page = browser.get("/inbox").text
    assert lines(page) == ["定期检验（气瓶）：98项，其中60项已超期 逐条查看"]
    assert unread_count(viewer_of(owner(station))) == 1
    link = re.search(r'href="(/dues[^"]*)"', page)
    assert link is not None
    there = link[1].replace("&amp;", "&")
    assert (there, "共 98 只" in browser.get(there).text) == (
        "/dues?kind=inspection&category=cylinder&window=30",
        True,
    )
    with app.app_context():
        Sender("one", settings).deliver(today())
    (sent,) = webhook.received
    assert sent["title"] == "有 98 件事等您处理"
    assert sent["message"].splitlines() == [
        f"- 定期检验（气瓶）：98项，其中60项已超期 https://tz.test.cn{there}",
        "打开消息: https://tz.test.cn/inbox",
    ]
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 98


def test_the_notices_of_a_line_are_there_one_by_one_and_are_read_together(
    station: Station, signed_in: Browser
) -> None:
    for _ in range(3):
        station.bottle(-3)
    station.bottle(-3, "end_of_life")
    plan(today())
    browser = signed_in(owner(station))
    assert len(lines(browser.get("/inbox").text)) == 2
    one_by_one = browser.get("/inbox?topic=due:inspection:cylinder:").text
    assert ("定期检验（气瓶）</h1>" in one_by_one, len(lines(one_by_one))) == (True, 3)
    notices = visible(SYSTEM, Notice).where(Notice.topic == "due:inspection:cylinder:")
    ids = [notice.id for notice in db.session.scalars(notices)]
    browser.post("/inbox/read", data={"id": ids[:1]})
    assert unread_count(viewer_of(owner(station))) == 2
    browser.post("/inbox/read?topics=1", data={"id": ids[1:2]})
    assert unread_count(viewer_of(owner(station))) == 1
    assert len(lines(browser.get("/inbox").text)) == 2


def test_nobody_reads_the_topic_of_another(station: Station, city: City, signed_in: Browser) -> None:
    station.bottle(-3)
    station.bottle(-3)
    plan(today())
    mine = visible(SYSTEM, Notice).where(Notice.user_id == station.owner)
    ids = [str(notice.id) for notice in db.session.scalars(mine)]
    stranger = signed_in(db.session.get_one(User, city.stranger))
    assert lines(stranger.get("/inbox?topic=due:inspection:cylinder:").text) == []
    stranger.post("/inbox/read?topics=1", data={"id": ids})
    assert unread_count(viewer_of(owner(station))) == 1


WINDOWS = [
    # days left to the last of them -> the list that shows all of them
    (-1, "overdue"),
    (0, "30"),
    (30, "30"),
    (31, "60"),
    (61, "90"),
    (91, "all"),
]


@pytest.mark.parametrize(("days", "window"), WINDOWS)
def test_the_list_reaches_as_far_as_the_notices(app: Flask, days: int, window: str) -> None:
    topic = topic_of("due:visit_half_month:elevator:", today() + timedelta(days=days), today())
    assert topic.link == f"/dues?kind=visit_half_month&category=elevator&window={window}"


@pytest.mark.parametrize("origin", ["unknown", "failed"])
def test_what_is_not_known_and_what_failed_stand_apart(
    station: Station, signed_in: Browser, origin: str
) -> None:
    for _ in range(2):
        station.bottle(-3, origin=origin)
    station.bottle(-3)
    plan(today())
    page = signed_in(owner(station)).get("/inbox").text
    words = {"unknown": "检验情况不明", "failed": "不合格"}[origin]
    assert f"定期检验（气瓶），{words}：2项 逐条查看" in lines(page)
    assert f"window={origin}" in page


def test_what_is_told_in_the_minute_stands_alone(city: City) -> None:
    for number in range(2):
        city.due("inspection", -2, city.add_lift(f"{number}#"))
    plan(today())
    with make.writing():
        for notice in db.session.scalars(visible(SYSTEM, Notice)):
            notice.stage = NOW
    assert unread_count(viewer_of(db.session.get_one(User, city.officer))) == 2


def test_topics_of_every_source_have_a_name(app: Flask) -> None:
    sample = {"due": "due:inspection:cylinder:"}
    named = [
        topic_of(sample.get(source.prefix, f"{source.prefix}:"), today(), today()).what.msgid
        for source in duty_sources
        if source.topic
    ]
    assert len(set(named)) == len(named) >= 11
