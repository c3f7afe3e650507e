"""What an operator of the machine does at its keyboard."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from equipment.core import clock
from equipment.people.models import Area, Organisation, User
from equipment.people.rules import Role
from equipment.storage import db
from tests import make


def run(app: Flask, *words: str) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=list(words))
    return outcome.exit_code, outcome.output.strip()


def test_a_set_up_link_is_printed_once_nobody_exists_and_refused_afterwards(app: Flask) -> None:
    code, link = run(app, "setup-link")
    assert (code, bool(re.fullmatch(r"https://tz\.test\.cn/setup/[\w-]{43}", link))) == (0, True)
    make.user(make.station(), Role.STATION_OWNER)
    assert run(app, "setup-link") == (
        1,
        "Error: There are users already; a set-up link is for the first start only.",
    )


def test_an_organisation_and_a_person_are_made_at_the_keyboard_and_the_person_signs_in(app: Flask) -> None:
    assert run(app, "people", "add-organisation", "station", "新站", make.COUNTY)[0] == 0
    code, answer = run(app, "people", "add", "新站", "钱师傅", "138 0000 0001", "--role", "operator")
    until, password = answer.splitlines()
    good_until = clock.site_time(clock.now() + timedelta(days=3))
    assert (code, until) == (0, f"It lets 钱师傅 in until {good_until:%Y-%m-%d %H:%M}.")
    browser = app.test_client()
    assert browser.post("/sign-in", data={"mobile": "13800000001", "password": password}).location == "/"
    code, again = run(app, "people", "reset", "13800000001")
    assert (code, again.splitlines()[1] != password) == (0, True)
    assert (
        app.test_client().post("/sign-in", data={"mobile": "13800000001", "password": password}).status_code
        == 422
    )


def test_what_cannot_be_made_is_said_and_nothing_is_made(app: Flask) -> None:
    assert run(app, "people", "add-organisation", "station", "新站", "999999") == (
        1,
        "Error: area: Choose an area of your own.",
    )
    assert run(app, "people", "add", "没有", "x", "13800000001", "--role", "operator") == (
        1,
        "Error: 0 organisations are called 没有",
    )
    assert run(app, "people", "reset", "13800000001") == (1, "Error: nobody signs in with this number")
    assert db.session.scalars(select(Organisation)).all() == []
    assert db.session.scalars(select(User)).all() == []


def test_areas_are_loaded_from_a_file(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("code,name\n620403,平川区\n", "utf-8")
    assert run(app, "areas", "load", str(file)) == (0, "1 added, 0 changed")
    assert db.session.get_one(Area, "620403").name == "平川区"
