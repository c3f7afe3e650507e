"""A clock that jumped, a mail server down for a day, a person who left, a jobs process that died: each heals by itself
where it can, and is said on /healthz, on the jobs page and to the administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.people.accounts import close_account, open_account
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role
from equipment.people.scope import visible
from equipment.reminders.actions import plan
from equipment.reminders.channels import ATTEMPTS, Sender
from equipment.reminders.models import Digest, Notice
from equipment.reminders.work import alarm
from equipment.storage import db
from equipment.tasks.models import JobRun
from equipment.tasks.queries import jobs_trouble
from equipment.tasks.rules import RunState
from jobs.runs import Jobs
from tests import make
from tests.reminders.conftest import City, Webhook, channel, today

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def chief(city: City) -> UUID:
    """The administrator."""
    return make.user(make.organisation("regulator", "市局", area=make.CITY), Role.ADMINISTRATOR).id


def person(key: UUID) -> User:
    db.session.rollback()
    return db.session.get_one(User, key)


def planned(on: date) -> None:
    """A night's planning, with its run on record."""
    outcome, now = plan(on), clock.now()
    with db.transaction() as current:
        current.add(
            JobRun(
                name="plan_notices",
                period=on.isoformat(),
                attempt=1,
                state=RunState.DONE,
                claimed_by="one",
                asked_by="schedule",
                started_at=now,
                finished_at=now,
                lease_until=now,
                outcome=outcome,
                message="",
            )
        )


def codes(prefix: str) -> list[str]:
    return [trouble.code for trouble in jobs_trouble() if trouble.code.startswith(prefix)]


def alarms(chief: UUID) -> list[str]:
    db.session.rollback()
    mine = visible(SYSTEM, Notice).where(Notice.user_id == chief, Notice.stage == "alarm")
    return sorted(notice.duty.partition(":")[0] for notice in db.session.scalars(mine))


def pages(browser: FlaskClient, text: str) -> tuple[bool, bool]:
    """Whether the jobs page and the first page say it."""
    return text in browser.get("/jobs").text, text in browser.get("/").text


def test_a_person_who_left_is_missed_by_name_until_somebody_hears_again(
    city: City, chief: UUID, client: FlaskClient, signed_in: Browser
) -> None:
    city.due("inspection", -2)
    planned(today())
    assert codes("nobody") == []
    with db.transaction():
        close_account(db.session.get_one(User, city.officer), by=SYSTEM)
    planned(today() + timedelta(days=1))
    assert codes("nobody") == ["nobody:1"]
    assert "nobody:1" in client.get("/healthz").get_json()["jobs"]["troubles"]
    text = "1家单位有待办事项，却没有人接收提醒：甲物业"
    browser = signed_in(person(chief))
    assert pages(browser, text) == (True, True)
    listed = browser.get("/organisations?nobody=1").text
    assert ("甲物业" in listed, "丙维保" in listed) == (True, False)
    alarm(today())
    alarm(today())
    assert alarms(chief).count("nobody") == 1
    planned(today() + timedelta(days=2))  # nothing new
    alarm(today())
    assert alarms(chief).count("nobody") == 1
    with db.transaction():
        open_account(db.session.get_one(User, city.officer), by=SYSTEM)
    assert codes("nobody") == []


def test_closing_the_last_account_that_hears_is_told_at_once(
    city: City, chief: UUID, signed_in: Browser
) -> None:
    browser = signed_in(person(chief))
    answer = browser.post(f"/people/{city.officer}/close", follow_redirects=True)
    assert "甲物业的事项不再有人接收提醒" in answer.text
    colleague = make.user(person(city.manager).organisation, Role.FIRM_MANAGER).id
    answer = browser.post(f"/people/{colleague}/close", follow_redirects=True)
    assert ("账号已停用" in answer.text, "不再有人接收提醒" in answer.text) == (True, False)


def test_a_mail_server_that_is_down_is_told_and_heals(
    city: City, chief: UUID, app: Flask, settings: Settings, webhook: Webhook, signed_in: Browser
) -> None:
    channel(city.officer, webhook.address("officer"))
    channel(city.supervisor, webhook.address("supervisor"))
    city.due("inspection", -2)
    webhook.status = 500
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)

    def deliver() -> None:
        with app.app_context():
            Sender("one", settings).deliver(today())

    with time_machine.travel(noon, tick=False) as now:
        plan(today())
        for _ in range(ATTEMPTS):
            deliver()
            now.shift(timedelta(minutes=11))
        assert codes("channels") == ["channels:webhook:2"]
        assert pages(signed_in(person(chief)), "2个通道中有2个未送达（对方未接收）") == (True, True)
        alarm(today())
        alarm(today())
        assert alarms(chief).count("channels") == 1
        webhook.status = 200
        now.shift(timedelta(days=1))
        deliver()
        assert (codes("channels"), len(webhook.received)) == ([], 2 * ATTEMPTS + 2)


def test_one_dead_address_is_on_the_page_and_wakes_nobody(
    city: City, chief: UUID, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, "http://127.0.0.1:9/dead")
    channel(city.supervisor, webhook.address("supervisor"))
    city.due("inspection", -2)
    plan(today())
    with app.app_context():
        Sender("one", settings).deliver(today())
    assert codes("channels") == ["channels:webhook:1"]
    alarm(today())
    assert alarms(chief).count("channels") == 0


@pytest.mark.parametrize("days", [1, 40, 365])
def test_what_a_clock_that_stood_ahead_planned_and_sent_is_planned_again_in_its_time(
    city: City, app: Flask, settings: Settings, webhook: Webhook, days: int
) -> None:
    channel(city.officer, webhook.address("officer"))
    city.due("inspection", 20)
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)

    def night() -> None:
        plan(today())
        with app.app_context():
            Sender("one", settings).deliver(today())

    with time_machine.travel(noon + timedelta(days=days), tick=False) as now:
        night()
        now.move_to(noon)
        night()
        stages = visible(SYSTEM, Notice).where(Notice.user_id == city.officer)
        assert [(row.stage, row.day) for row in db.session.scalars(stages)] == [("ahead_30", today())]
        assert [digest.day for digest in db.session.scalars(visible(SYSTEM, Digest))] == [today()]
        now.shift(timedelta(days=21))
        night()
        assert {row.stage for row in db.session.scalars(stages)} == {"ahead_30", "overdue_1"}
        assert db.session.scalar(select(func.count()).select_from(Digest)) == 2


def test_a_jobs_process_that_died_while_its_clock_stood_ahead_is_missed(client: FlaskClient) -> None:
    with time_machine.travel(clock.now() + timedelta(days=365), tick=False):
        Jobs("one", {}).beat()
    assert "jobs:silent" in client.get("/healthz").get_json()["jobs"]["troubles"]


def test_the_administrator_reads_on_his_first_page_that_nothing_is_planned_or_sent(
    city: City, chief: UUID, signed_in: Browser
) -> None:
    text = "后台进程已两分钟没有心跳"
    assert pages(signed_in(person(chief)), text) == (True, True)
    assert text not in signed_in(person(city.supervisor)).get("/").text
