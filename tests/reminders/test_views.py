"""The inbox and the channels on screen."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role
from equipment.people.scope import visible
from equipment.reminders.actions import plan
from equipment.reminders.models import Channel, Notice
from equipment.reminders.queries import unread_count
from equipment.storage import db
from equipment.tasks.models import Task
from tests import make
from tests.reminders.conftest import City, today

Browser = Callable[[User], FlaskClient]


def person(key: object) -> User:
    found = db.session.get_one(User, key)
    db.session.refresh(found)
    return found


def test_the_inbox_tells_what_waits_in_the_readers_language_and_counts_it_on_the_bell(
    city: City, signed_in: Browser
) -> None:
    city.due("inspection", -2)
    plan(today())
    browser = signed_in(person(city.officer))
    page = browser.get("/inbox").get_data(as_text=True)
    assert ("3#梯：定期检验" in page, "未读" in page, 'aria-hidden="true">1<' in page) == (True, True, True)
    assert "没有待处理的提醒" in signed_in(person(city.stranger)).get("/inbox").get_data(as_text=True)


def test_reading_a_notice_leads_to_its_thing_and_is_nobody_elses_business(
    city: City, signed_in: Browser
) -> None:
    city.due("inspection", -2)
    plan(today())
    (notice,) = db.session.scalars(visible(SYSTEM, Notice).where(Notice.user_id == city.officer))
    key, link = notice.id, notice.link
    assert signed_in(person(city.stranger)).post(f"/inbox/{key}/read").status_code == 404
    answer = signed_in(person(city.officer)).post(f"/inbox/{key}/read")
    assert (
        answer.status_code,
        answer.headers["Location"],
        unread_count(viewer_of(person(city.officer))),
    ) == (303, link, 0)


def test_all_can_be_marked_as_read_at_once(city: City, signed_in: Browser) -> None:
    for kind in ("inspection", "self_test", "end_of_life"):
        city.due(kind, -2)
    plan(today())
    assert signed_in(person(city.officer)).post("/inbox/read", data={"id": "x"}).status_code == 303
    assert unread_count(viewer_of(person(city.officer))) == 3
    assert signed_in(person(city.officer)).post("/inbox/read").status_code == 303
    assert (
        unread_count(viewer_of(person(city.officer))),
        unread_count(viewer_of(person(city.supervisor))),
    ) == (0, 3)


def test_a_channel_is_set_up_tested_through_a_task_and_removed(city: City, signed_in: Browser) -> None:
    browser = signed_in(person(city.officer))
    assert browser.post("/channels", data={"kind": "mail", "address": "li@tz.cn"}).status_code == 303
    (channel,) = db.session.scalars(visible(SYSTEM, Channel))
    key = channel.id
    assert "li@tz.cn" in browser.get("/channels").get_data(as_text=True)
    answer = browser.post(f"/channels/{key}/test")
    db.session.rollback()
    (task,) = db.session.scalars(visible(SYSTEM, Task))
    assert (answer.headers["Location"], task.kind, task.input) == (
        f"/tasks/{task.id}",
        "channel_test",
        {"channel": str(key)},
    )
    assert [
        signed_in(person(city.stranger)).post(f"/channels/{key}/{change}").status_code
        for change in ("test", "close")
    ] == [404, 404]
    assert browser.post(f"/channels/{key}/close").status_code == 303
    assert "li@tz.cn" not in browser.get("/channels").get_data(as_text=True)


def test_a_wrong_address_is_explained_at_its_field_and_kept(city: City, signed_in: Browser) -> None:
    answer = signed_in(person(city.officer)).post("/channels", data={"kind": "mail", "address": "li"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "邮箱地址不正确。" in page, 'value="li"' in page) == (422, True, True)


def test_a_webhook_to_anywhere_is_for_administrators(city: City, signed_in: Browser) -> None:
    refused = signed_in(person(city.officer)).post(
        "/channels", data={"kind": "webhook", "address": "http://127.0.0.1/"}
    )
    chief = make.user(make.organisation("regulator", area=make.CITY), Role.ADMINISTRATOR)
    browser = signed_in(chief)

    def answer(address: str) -> tuple[int, bool]:
        page = browser.post("/channels", data={"kind": "webhook", "address": address})
        return page.status_code, "内部网络" in page.text

    assert refused.status_code == 422
    assert answer("http://127.0.0.1/") == (303, False)  # the operator of this server named the loopback
    assert answer("https://hooks.test.cn/in") == (303, False)
    assert [answer(f"http://{host}/") for host in ("10.0.0.1", "169.254.169.254", "[fe80::1]")] == [
        (422, True)
    ] * 3
    rows = visible(SYSTEM, Channel).order_by(Channel.id)
    assert [row.address for row in db.session.scalars(rows)] == [
        "http://127.0.0.1/",
        "https://hooks.test.cn/in",
    ]


def test_pages_are_there_in_english_too(city: City, signed_in: Browser) -> None:
    browser = signed_in(person(city.officer))
    browser.set_cookie("locale", "en")
    assert "Where reminders go" in browser.get("/channels").get_data(as_text=True)
