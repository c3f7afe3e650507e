"""日历: what a calendar program reads of a person's days, under an address that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from equipment.calendars.actions import close_feed, feed_for, open_feed
from equipment.calendars.queries import days_of
from equipment.calendars.rules import CalendarDay, calendar_text, escaped, folded
from equipment.dues import joint
from equipment.dues.models import Application
from equipment.people.models import User
from equipment.storage import db
from equipment.web.language import translate
from tests.dues.town import Town, fresh, lift, town

SignIn = Callable[[User], FlaskClient]
HOST = "https://tracker.example"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2024-05-06 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Town:
    return town()


@pytest.mark.parametrize(
    ("text", "value"),
    [("a,b;c", "a\\,b\\;c"), ("一\n二", "一\\n二"), ("back\\slash", "back\\\\slash"), ("\r\n", "\\n")],
)
def test_what_has_a_meaning_in_a_text_is_escaped(text: str, value: str) -> None:
    assert escaped(text) == value


@pytest.mark.parametrize("line", ["", "x" * 75, "x" * 76, "SUMMARY:" + "电梯定期检验" * 20, "é" * 200])
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(line: str) -> None:
    parts = list(folded(line))
    assert [part for part in parts if len(part.encode()) > 75] == []
    assert parts[0] + "".join(part.removeprefix(" ") for part in parts[1:]) == line


def test_a_calendar_reads_as_the_standard_has_it() -> None:
    day = CalendarDay("application-1", date(2024, 12, 31), "检验：1号梯", 3, "人民路1号", cancelled=True)
    at = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)
    lines = calendar_text([day], name="特种设备", host="h", at=at).split("\r\n")
    assert lines[:3] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Special Equipment Lifecycle Tracker//calendar//ZH",
    ]
    assert lines[8:-2] == [
        "BEGIN:VEVENT",
        "UID:application-1@h",
        "DTSTAMP:20240506T010000Z",
        "SEQUENCE:3",
        "DTSTART;VALUE=DATE:20241231",
        "DTEND;VALUE=DATE:20250101",
        "SUMMARY:检验：1号梯",
        "LOCATION:人民路1号",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]
    assert lines[-2:] == ["END:VCALENDAR", ""]


def planned(at: Town) -> Application:
    """An inspection with a day and an inspector."""
    piece = lift(at)
    with db.transaction():
        (made,) = joint.apply_jointly([fresh(piece.id)], by=at.viewer("officer")).joint
    with db.transaction():
        joint.plan_rows(
            joint.rows_of(made), date(2024, 5, 20), by=at.viewer("inspector"), inspector_id=at.inspector.id
        )
    return joint.rows_of(made)[0]


def entries(at: Town, who: str) -> list[CalendarDay]:
    days = days_of(at.viewer(who), translate, HOST)
    return [day for day in days if day.key.startswith("application-")]


def test_an_inspection_stands_in_the_calendars_of_unit_and_inspector(at: Town) -> None:
    row = planned(at)
    for who in ("officer", "inspector"):
        (day,) = entries(at, who)
        assert (day.key, day.on, day.cancelled) == (f"application-{row.id}", date(2024, 5, 20), False)
    assert (entries(at, "colleague"), entries(at, "stranger")) == ([], [])


def test_a_moved_day_keeps_its_key_with_a_higher_number_and_one_taken_back_is_cancelled(at: Town) -> None:
    row = planned(at)
    (before,) = entries(at, "officer")
    with db.transaction():
        joint.plan_rows([row], date(2024, 5, 22), by=at.viewer("inspector"), reason="出差")
    (moved,) = entries(at, "officer")
    assert (moved.key, moved.on, moved.sequence > before.sequence) == (before.key, date(2024, 5, 22), True)
    with db.transaction():
        joint.withdraw_rows([row], by=at.viewer("officer"))
    (gone,) = entries(at, "inspector")
    assert (gone.key, gone.cancelled, gone.sequence > moved.sequence) == (before.key, True, True)


def test_a_unit_has_the_last_days_of_its_own_pieces(at: Town) -> None:
    piece = lift(at)
    keys = {(day.on, day.url) for day in days_of(at.viewer("officer"), translate, HOST)}
    assert (date(2024, 5, 31), f"{HOST}/equipment/{piece.id}") in keys
    assert days_of(at.viewer("stranger"), translate, HOST) == []


def test_a_secret_address_answers_until_it_is_taken_back(at: Town, client: FlaskClient) -> None:
    planned(at)
    with db.transaction():
        first = open_feed(by=at.viewer("inspector"))
    page = client.get(f"/calendar/{first}.ics")
    assert (page.status_code, page.mimetype, "UID:application-" in page.text) == (200, "text/calendar", True)
    assert client.get(f"/calendar/{first[:-1]}x.ics").status_code == 404
    with db.transaction():
        second = open_feed(by=at.viewer("inspector"))
    assert (feed_for(first), feed_for(second) is not None) == (None, True)
    with db.transaction():
        close_feed(by=at.viewer("inspector"))
    assert client.get(f"/calendar/{second}.ics").status_code == 404


def test_an_account_that_is_closed_has_no_calendar(at: Town) -> None:
    with db.transaction():
        token = open_feed(by=at.viewer("inspector"))
    with db.transaction():
        db.session.get_one(User, at.inspector.id).active = False
    assert feed_for(token) is None


def test_the_page_shows_the_address_once(at: Town, signed_in: SignIn) -> None:
    browser = signed_in(at.officer)
    shown = browser.post("/calendar/open").text
    assert "/calendar/" in shown
    assert ".ics" in shown
    assert 'id="address"' not in browser.get("/calendar").text
    assert browser.get("/calendar.ics").status_code == 200
    assert browser.post("/calendar/close").status_code == 302
