"""The second factor: a standard authenticator's codes, each good once; recovery codes; a lost phone; a server that
requires it. The codes are computed here after RFC 6238, by nobody's library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger.models import Event
from equipment.people.models import RecoveryCode, SecondFactor, SignIn, User
from equipment.people.rules import OrganisationKind, Role, SignInOutcome
from equipment.people.scope import SYSTEM, visible
from equipment.reminders.models import Notice
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
PASSWORD = "gansu-baiyin-7"
MODE = "offered"


def code_at(key: str, at: datetime) -> str:
    """RFC 6238 with HMAC-SHA-1, 30 seconds, six digits: what every authenticator shows."""
    secret = base64.b32decode(key.replace("-", "").replace(" ", "").upper())
    digest = hmac.new(secret, struct.pack(">Q", int(at.timestamp()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_the_codes_of_this_test_are_those_of_the_standard() -> None:
    key = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B, the last six digits
    cases = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: code_at(key, datetime.fromtimestamp(at, tz=clock.now().tzinfo)) for at in cases} == cases


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, totp=getattr(request, "param", MODE))


def person(app: Flask, role: Role = Role.ADMINISTRATOR, **more: object) -> User:
    with app.app_context():
        hashed = hash_password(PASSWORD)
    kind = OrganisationKind.REGULATOR if role is not Role.STATION_OWNER else OrganisationKind.STATION
    made = make.user(make.organisation(kind, area=make.CITY), role, password=hashed, **more)
    db.session.expunge(made)
    return made


def verbs(user: User) -> list[str]:
    db.session.rollback()
    events = select(Event.verb).where(Event.subject == f"user:{user.id}").order_by(Event.seq)
    return list(db.session.scalars(events))


def set_up(browser: FlaskClient) -> tuple[str, list[str]]:
    """The secret key and the recovery codes of whoever has signed in."""
    page = browser.get("/me/second").text
    key = re.search(r'data-copy="([A-Z2-7-]+)"', page)
    assert key
    typed = {"second_code": code_at(key[1], clock.now()), "password": PASSWORD}
    done = browser.post("/me/second", data=typed)
    assert done.status_code == 201
    return key[1], re.findall(r"<li><code>([\w-]+)</code></li>", done.text)


def begin(app: Flask, user: User) -> FlaskClient:
    """A browser whose person has shown the right password."""
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"mobile": user.mobile, "password": PASSWORD, "next": "/me"})
    assert answer.location == "/sign-in/second"
    return browser


def enter(browser: FlaskClient, code: str) -> tuple[int, str]:
    answer = browser.post("/sign-in/second", data={"second_code": code})
    return answer.status_code, answer.headers.get("Location", "")


def outcomes() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(SignIn).where(SignIn.address != "").order_by(SignIn.id))
    return [(str(row.means), str(row.outcome)) for row in rows]


def test_password_and_code_open_a_session_and_no_code_opens_two(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    with time_machine.travel(clock.now(), tick=False) as now:
        key, codes = set_up(signed_in(chief))
        assert (len(codes), len(set(codes)), verbs(chief)) == (10, 10, ["second_factor_set"])
        browser = begin(app, chief)
        assert browser.get("/me").status_code == 302  # the password alone opens nothing
        assert enter(browser, code_at(key, clock.now()))[0] == 422  # used when it was set up
        now.shift(timedelta(seconds=30))
        fresh = code_at(key, clock.now())
        assert enter(browser, f" {fresh[:3]} {fresh[3:]} ") == (302, "/me")
        assert browser.get("/me").status_code == 200
        assert enter(begin(app, chief), fresh)[0] == 422
        now.shift(timedelta(seconds=60))
        slow = begin(app, chief)
        assert enter(slow, code_at(key, clock.now() - timedelta(seconds=30))) == (302, "/me")  # a slow clock
    assert sorted(outcomes()) == [
        *[("password", "half")] * 3,
        *[("second", "done")] * 2,
        *[("second", "wrong")] * 2,
    ]


def test_the_secret_stands_nowhere_in_clear(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    browser = signed_in(chief)
    key, codes = set_up(browser)
    bare = key.replace("-", "")
    factor = db.session.scalars(select(SecondFactor)).one()
    assert bare not in factor.secret
    assert "enckey" in factor.secret
    hashes = set(db.session.scalars(select(RecoveryCode.code_hash)))
    assert (len(hashes), hashes & {code.replace("-", "") for code in codes}) == (10, set())
    for payload in db.session.scalars(select(Event.payload)):
        assert bare not in str(payload)
        assert factor.secret not in str(payload)
    assert bare not in browser.get("/me/second").text
    assert all(code not in browser.get("/me/second").text for code in codes)


def test_it_is_set_up_by_whoever_knows_the_password_and_has_the_code(app: Flask, signed_in: Sign) -> None:
    browser = signed_in(person(app))
    key = re.search(r'data-copy="([A-Z2-7-]+)"', browser.get("/me/second").text)
    assert key
    right, wrong = code_at(key[1], clock.now()), code_at(key[1], clock.now() + timedelta(hours=1))
    assert browser.post("/me/second", data={"second_code": right, "password": "x"}).status_code == 422
    page = browser.post("/me/second", data={"second_code": wrong, "password": PASSWORD})
    assert (page.status_code, "验证码不对" in page.text, key[1] in page.text) == (422, True, True)
    assert db.session.scalars(select(SecondFactor)).all() == []


def test_a_recovery_code_lets_in_once_and_new_ones_end_the_earlier(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    own = signed_in(chief)
    _key, codes = set_up(own)
    assert enter(begin(app, chief), codes[0].upper().replace("-", " ")) == (302, "/me")
    assert enter(begin(app, chief), codes[0])[0] == 422
    assert re.search(r"剩余恢复码</dt><dd>9<", own.get("/me/second").text)
    assert own.post("/me/second/codes", data={"password": "x"}).status_code == 422
    fresh = re.findall(
        r"<li><code>([\w-]+)</code>", own.post("/me/second/codes", data={"password": PASSWORD}).text
    )
    assert (len(fresh), set(fresh) & set(codes)) == (10, set())
    assert enter(begin(app, chief), codes[1])[0] == 422
    assert enter(begin(app, chief), fresh[0]) == (302, "/me")
    assert verbs(chief) == [
        "second_factor_set",
        "recovery_code_used",
        "recovery_codes_renewed",
        "recovery_code_used",
    ]


def test_wrong_codes_lock_the_place_and_strangers_without_the_password_lock_nothing(
    app: Flask, signed_in: Sign
) -> None:
    chief = person(app)
    with time_machine.travel(clock.now(), tick=False) as now:
        key, codes = set_up(signed_in(chief))
        now.shift(timedelta(minutes=1))
        thief = {"REMOTE_ADDR": "203.0.113.7"}
        browser = app.test_client()
        typed = {"mobile": chief.mobile, "password": PASSWORD}
        browser.post("/sign-in", data=typed, environ_base=thief)
        for _ in range(6):
            browser.post("/sign-in/second", data={"second_code": "000000"}, environ_base=thief)
        assert verbs(chief)[-1] == "locked"
        right = {"second_code": code_at(key, clock.now())}
        locked = browser.post("/sign-in/second", data=right, environ_base=thief)
        assert (locked.status_code, "锁定" in locked.text) == (422, True)
        recovery = {"second_code": codes[0]}
        assert browser.post("/sign-in/second", data=recovery, environ_base=thief).status_code == 422
        assert enter(begin(app, chief), right["second_code"]) == (302, "/me")  # the person himself, elsewhere
    assert ("password", "wrong") not in outcomes()
    assert app.test_client().post("/sign-in/second", data={"second_code": "1"}).location == "/sign-in"


def test_half_a_sign_in_ends_soon_with_a_new_password_and_when_it_was_used(
    app: Flask, signed_in: Sign
) -> None:
    chief = person(app)
    _key, codes = set_up(signed_in(chief))
    late = begin(app, chief)
    with db.transaction():
        for row in db.session.scalars(select(SignIn).where(SignIn.outcome == SignInOutcome.HALF)):
            row.at -= timedelta(minutes=11)
    assert enter(late, codes[0]) == (302, "/sign-in")
    ended = begin(app, chief)
    with db.transaction():
        db.session.get_one(User, chief.id).fs_uniquifier = "anew"
    assert enter(ended, codes[0]) == (302, "/sign-in")
    used = begin(app, chief)
    cookie = used.get_cookie("session")
    assert cookie
    assert enter(used, codes[0]) == (302, "/me")
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert enter(thief, codes[1]) == (302, "/sign-in")


def test_a_lost_phone_is_helped_by_who_answers_for_him_and_he_is_told(app: Flask, signed_in: Sign) -> None:
    chief, helper = person(app, name="周主任"), person(app, name="吴主任")
    set_up(signed_in(chief))
    stranger = signed_in(person(app, Role.SUPERVISOR))
    assert stranger.post(f"/people/{chief.id}/second/reset").status_code == 403
    browser = signed_in(helper)
    assert "取消双因素" in browser.get(f"/people/{chief.id}").text
    assert browser.post(f"/people/{chief.id}/second/reset").status_code == 302
    assert (verbs(chief), db.session.scalars(select(SecondFactor)).all()) == (
        ["second_factor_set", "second_factor_taken_away"],
        [],
    )
    assert db.session.scalars(select(RecoveryCode)).all() == []
    (notice,) = db.session.scalars(visible(SYSTEM, Notice)).all()
    assert (notice.user_id, notice.text["params"]) == (chief.id, {"name": "吴主任"})
    told = signed_in(chief)
    assert "吴主任取消了您的双因素" in told.get("/inbox").text
    sign = {"mobile": chief.mobile, "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=sign).location == "/"
    assert browser.post(f"/people/{chief.id}/second/reset").status_code == 302  # a second tap changes nothing
    assert len(verbs(chief)) == 2


def test_an_operator_of_the_machine_helps_the_last_administrator(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    set_up(signed_in(chief))
    outcome = app.test_cli_runner().invoke(args=["people", "reset-second", chief.mobile])
    assert (outcome.exit_code, db.session.scalars(select(SecondFactor)).all()) == (0, [])
    nobody = app.test_cli_runner().invoke(args=["people", "reset-second", "13900000000"])
    assert nobody.exit_code == 1


def test_it_is_switched_off_with_the_password(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    browser = signed_in(chief)
    set_up(browser)
    assert browser.post("/me/second/off", data={"password": "x"}).status_code == 422
    assert browser.post("/me/second/off", data={"password": PASSWORD}).location == "/me"
    assert (verbs(chief)[-1], db.session.scalars(visible(SYSTEM, Notice)).all()) == (
        "second_factor_taken_away",
        [],
    )


@pytest.mark.parametrize("settings", ["required"], indirect=True)
def test_a_server_that_requires_it_lets_those_roles_do_nothing_before(app: Flask, signed_in: Sign) -> None:
    chief, supervisor, owner = (
        person(app, role) for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.STATION_OWNER)
    )
    for somebody in (chief, supervisor):
        browser = signed_in(somebody)
        assert {browser.get(path).location for path in ("/", "/people", "/me")} == {"/me/second"}
        set_up(browser)
        assert browser.get("/people").status_code == 200
        assert browser.post("/me/second/off", data={"password": PASSWORD}).status_code == 403
    assert signed_in(owner).get("/").status_code == 200
    assert signed_in(owner).get("/me/second").status_code == 404
    assert signed_in(person(app)).post("/sign-out").location == "/sign-in"


@pytest.mark.parametrize("settings", ["off"], indirect=True)
def test_a_server_without_it_asks_nobody(app: Flask, signed_in: Sign) -> None:
    chief = person(app)
    assert signed_in(chief).get("/me/second").status_code == 404
    assert "双因素" not in signed_in(chief).get("/me").text
    answer = app.test_client().post("/sign-in", data={"mobile": chief.mobile, "password": PASSWORD})
    assert answer.location == "/"


def test_a_mode_that_there_is_not_is_told() -> None:
    assert Settings(totp="sometimes").misread()[0].startswith("TOTP cannot be understood")
