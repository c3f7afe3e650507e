"""Delivery: one digest per channel and day, exactly once, tried again when the other side does not answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.reminders.actions import close_channel, open_channel, plan
from equipment.reminders.channels import ATTEMPTS, Sender
from equipment.reminders.models import Digest, Notice
from equipment.reminders.queries import channels
from equipment.reminders.states import ChannelKind, DigestState, NoticeState
from equipment.storage import db
from tests.reminders.conftest import City, Webhook, channel, today

ROOT = Path(__file__).resolve().parents[2]


def deliver(app: Flask, settings: Settings, worker: str = "one") -> dict[str, int]:
    with app.app_context():
        return Sender(worker, settings).deliver(today())


def states(user_id: object) -> set[NoticeState]:
    db.session.rollback()
    return {
        notice.state
        for notice in db.session.scalars(visible(SYSTEM, Notice).where(Notice.user_id == user_id))
    }


def test_a_recipient_gets_one_digest_a_day_with_everything_in_it(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    for number in range(3):
        city.due("inspection", -2, city.add_lift(f"{number}#"))
    plan(today())
    assert (deliver(app, settings), deliver(app, settings)) == (
        {"opened": 1, "sent": 1, "failed": 0},
        {"opened": 0, "sent": 0, "failed": 0},
    )
    (sent,) = webhook.received
    assert (
        sent["path"],
        len(sent["message"].splitlines()),
        sent["message"].splitlines()[-1].endswith("https://tz.test.cn/inbox"),
    ) == ("/officer", 2, True)
    assert (states(city.officer), states(city.supervisor)) == ({NoticeState.SENT}, {NoticeState.INBOX})


def test_a_digest_never_has_a_thousand_lines(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    for number in range(25):
        city.due("inspection", 3, city.add_lift(f"{number}#"))
    plan(today())
    with db.transaction() as current:  # 25 that stand alone
        current.execute(update(Notice).values(topic=""))
    deliver(app, settings)
    assert len(webhook.received[0]["message"].splitlines()) == 22


def test_a_digest_speaks_its_readers_language(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    channel(city.supervisor, webhook.address("supervisor"))
    with db.transaction() as current:
        current.get_one(User, city.supervisor).locale = "en"
    city.due("inspection", -2)
    plan(today())
    deliver(app, settings)
    titles = {sent["path"]: sent["title"] for sent in webhook.received}
    assert titles == {"/officer": "有 1 件事等您处理", "/supervisor": "1 matter waits for you"}


def test_an_organisations_own_channel_gets_one_digest_for_all_its_people(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("group"), organisation=True)
    city.due("inspection", -2)
    plan(today())
    deliver(app, settings)
    assert ([sent["path"] for sent in webhook.received], states(city.officer)) == (
        ["/group"],
        {NoticeState.SENT},
    )


def test_many_deliverers_at_once_send_each_digest_once(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    for number in range(5):
        channel(city.officer, webhook.address(f"officer{number}"))
    city.due("inspection", -2)
    plan(today())
    threads = [threading.Thread(target=deliver, args=(app, settings, f"w{number}")) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(sent["path"] for sent in webhook.received) == [f"/officer{number}" for number in range(5)]


PROCESS = """
import sys
from equipment import create_app
from equipment.core import clock
from equipment.core.config import Settings
from equipment.reminders.actions import plan
from equipment.reminders.channels import Sender
settings = Settings.from_environment()
app = create_app(settings)
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    plan(clock.today())
    Sender(sys.argv[1], settings).deliver(clock.today())
"""


def test_two_processes_that_plan_and_deliver_at_once_send_exactly_one(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    for number in range(3):
        channel(city.officer, webhook.address(f"officer{number}"))
        city.due("inspection", -2, city.add_lift(f"{number}#"))
    env = {
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
        "PATH": "/usr/bin:/bin",
        "PUBLIC_URL": "https://tz.test.cn",
        "WEBHOOK_NETWORKS": settings.webhook_networks,
    }
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, f"p{number}"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [(process.communicate(timeout=180), process.returncode)[1] for process in both] == [0, 0]
    assert sorted(sent["path"] for sent in webhook.received) == ["/officer0", "/officer1", "/officer2"]
    assert (
        db.session.scalars(visible(SYSTEM, Notice).where(Notice.user_id == city.officer)).all().__len__() == 3
    )


def test_what_was_not_taken_is_sent_again_after_a_pause_and_given_up_after_five_times(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    city.due("inspection", -2)
    plan(today())
    webhook.status = 500
    start = clock.now()
    with time_machine.travel(start, tick=False) as now:
        assert (deliver(app, settings)["failed"], deliver(app, settings)["failed"], states(city.officer)) == (
            1,
            0,
            {NoticeState.FAILED},
        )
        for _ in range(ATTEMPTS + 2):
            now.shift(timedelta(minutes=11))
            if clock.today() == clock.site_day(start):
                deliver(app, settings)
        assert len(webhook.received) <= ATTEMPTS


def test_a_digest_that_failed_once_arrives_when_the_other_side_is_back(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    city.due("inspection", -2)
    webhook.status = 500
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)
    with time_machine.travel(noon, tick=False) as now:
        plan(today())
        deliver(app, settings)
        webhook.status = 200
        now.shift(timedelta(minutes=11))
        assert deliver(app, settings) == {"opened": 0, "sent": 1, "failed": 0}
    assert states(city.officer) == {NoticeState.SENT}


def test_a_digest_claimed_by_a_process_that_died_is_sent_by_the_next(
    city: City, app: Flask, settings: Settings, webhook: Webhook
) -> None:
    channel(city.officer, webhook.address("officer"))
    city.due("inspection", -2)
    noon = clock.site_midnight(clock.today()) + timedelta(hours=12)
    with time_machine.travel(noon, tick=False) as now:
        plan(today())
        with app.app_context():
            dead = Sender("dead", settings)
            webhook.status = 500
            dead.deliver(today())
            with db.transaction() as current:
                current.scalars(visible(SYSTEM, Digest)).one().state = DigestState.SENDING
        webhook.status = 200
        now.shift(timedelta(minutes=5))
        assert deliver(app, settings)["sent"] == 0
        now.shift(timedelta(minutes=6))
        assert deliver(app, settings)["sent"] == 1


def test_channels_belong_to_their_person_and_a_webhook_needs_an_administrator(city: City) -> None:
    officer, stranger = (viewer_of(db.session.get_one(User, key)) for key in (city.officer, city.stranger))
    with db.transaction():
        mine = open_channel(ChannelKind.MAIL, " li@tz.cn ", of_organisation=False, by=officer).id
    with pytest.raises(Invalid), db.transaction():
        open_channel(ChannelKind.MAIL, "li@tz.cn", of_organisation=False, by=officer)
    with pytest.raises(NotAllowed), db.transaction():
        open_channel(ChannelKind.WEBHOOK, "http://10.0.0.1/", of_organisation=False, by=officer)
    with pytest.raises(NotAllowed), db.transaction():
        open_channel(ChannelKind.MAIL, "all@tz.cn", of_organisation=True, by=officer)
    with pytest.raises(NotFound), db.transaction():
        close_channel(mine, by=stranger)
    assert ([each.id for each in channels(officer)], channels(stranger)) == ([mine], [])
    with db.transaction():
        close_channel(mine, by=officer)
    assert channels(officer) == []
