"""Signing in: one answer for everything wrong, a lock, a forced first change, an idle desk, a form that is not lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password, verify_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger.models import Event
from equipment.people import accounts, setup
from equipment.people.codes import pin_fault
from equipment.people.credentials import set_password
from equipment.people.models import KeptForm, SetupLink, SignIn, User
from equipment.people.queries import answering_for, viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.signing import safe_next
from equipment.rules import actions as rules
from equipment.shell.work import tidy_sign_ins, work
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from tests import make

PASSWORD = "gansu-baiyin-7"


@pytest.fixture
def person(app: Flask) -> User:
    with app.app_context():
        hashed = hash_password(PASSWORD)
    made = make.user(make.station(), Role.STATION_OWNER, password=hashed, mobile="13912345678")
    db.session.expunge(made)
    return made


def sign_in(client: FlaskClient, mobile: str, password: str, **more: str) -> tuple[int, str]:
    answer = client.post("/sign-in", data={"mobile": mobile, "password": password, **more})
    return answer.status_code, answer.headers.get("Location", "") or answer.text


def verbs(subject: str) -> list[str]:
    return list(db.session.scalars(select(Event.verb).where(Event.subject == subject).order_by(Event.seq)))


def refreshed(user: User) -> User:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(User, user.id)


def test_a_person_signs_in_with_number_and_password_and_lands_on_the_first_page(
    client: FlaskClient, person: User
) -> None:
    assert sign_in(client, person.mobile, PASSWORD) == (302, "/")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "typed", ["139 1234 5678", "+86 13912345678", "１３９１２３４５６７８", " 139-1234-5678 "]
)
def test_the_number_may_be_typed_as_people_type_it(client: FlaskClient, person: User, typed: str) -> None:
    assert sign_in(client, typed, PASSWORD) == (302, "/")


def test_an_unknown_number_a_wrong_password_and_a_locked_account_get_the_same_answer(
    app: Flask, person: User
) -> None:
    def fault(mobile: str, password: str) -> tuple[int, list[str]]:
        status, page = sign_in(app.test_client(), mobile, password)
        return status, re.findall(r'class="field-error".*?<span>(.*?)</span>', page, re.S)

    unknown, wrong = fault("13900000000", "x"), fault(person.mobile, "x")
    for _ in range(4):
        fault(person.mobile, "x")
    assert unknown == wrong == fault(person.mobile, PASSWORD)
    assert unknown[0] == 422
    assert len(unknown[1]) == 1


def later(**more: float) -> None:
    """As if all sign-ins so far had happened that much earlier."""
    with db.transaction():
        for row in db.session.scalars(select(SignIn)):
            row.at -= timedelta(**more)


def test_five_wrong_passwords_lock_the_account_there_and_each_further_one_doubles_the_wait(
    app: Flask, client: FlaskClient, person: User
) -> None:
    for _ in range(5):
        sign_in(client, person.mobile, "wrong")
    assert sign_in(client, person.mobile, PASSWORD)[0] == 422
    later(minutes=15, seconds=1)
    assert sign_in(client, person.mobile, "wrong")[0] == 422
    later(minutes=29)
    assert sign_in(client, person.mobile, PASSWORD)[0] == 422
    later(minutes=2)
    assert sign_in(client, person.mobile, PASSWORD) == (302, "/")
    assert verbs(f"user:{person.id}") == ["locked", "locked"]
    outcomes = [row.outcome for row in db.session.scalars(select(SignIn).order_by(SignIn.id))]
    assert outcomes == ["wrong"] * 5 + ["locked", "wrong", "locked", "done"]


def elsewhere(number: int) -> dict[str, dict[str, str]]:
    return {"environ_base": {"REMOTE_ADDR": f"203.0.113.{number}"}}


def test_strangers_lock_nobody_out_of_a_browser_or_address_he_used_before(app: Flask, person: User) -> None:
    own = app.test_client()
    sign_in(own, person.mobile, PASSWORD)
    own.post("/sign-out")
    for stranger in range(40):
        told = {"mobile": person.mobile, "password": "wrong"}
        assert app.test_client().post("/sign-in", data=told, **elsewhere(stranger)).status_code == 422
    right = {"mobile": person.mobile, "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=right, **elsewhere(99)).status_code == 422
    assert own.post("/sign-in", data=right, **elsewhere(99)).status_code == 302
    assert app.test_client().post("/sign-in", data=right).status_code == 302


def test_refusals_are_on_file_for_as_long_as_the_setting_says(
    client: FlaskClient, person: User, settings: Settings
) -> None:
    sign_in(client, person.mobile, "wrong")
    sign_in(client, "13900000009", "wrong")
    kept = list(db.session.execute(select(SignIn.user_id, SignIn.outcome, SignIn.address)))
    assert kept == [(person.id, "wrong", "127.0.0.1"), (None, "wrong", "127.0.0.1")]
    later(days=int(settings.sign_in_days) - 1)
    kept_for = timedelta(days=int(settings.sign_in_days))
    assert tidy_sign_ins(kept_for) == 0
    later(days=2)
    assert (tidy_sign_ins(kept_for), int(settings.sign_in_days) >= 183) == (2, True)


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser with a copy of another one's session cookie."""
    thief = app.test_client()
    cookie = client.get_cookie("session")  # its plain name: these tests come over HTTP
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    return thief


@pytest.mark.parametrize("way", ["/sign-out", "/sign-out/everywhere"])
def test_signing_out_ends_the_session_on_the_server(
    app: Flask, client: FlaskClient, person: User, way: str
) -> None:
    other = app.test_client()
    sign_in(other, person.mobile, PASSWORD)
    sign_in(client, person.mobile, PASSWORD)
    thief = copied(app, client)
    assert thief.get("/me").status_code == 200
    client.post(way)
    assert thief.get("/me").status_code == 302
    assert other.get("/me").status_code == (200 if way == "/sign-out" else 302)


@pytest.mark.parametrize(
    ("signed", "seen", "status"),
    [
        (timedelta(hours=23), timedelta(minutes=119), 200),
        (timedelta(hours=25), timedelta(minutes=1), 302),
        (timedelta(hours=3), timedelta(minutes=126), 302),
    ],
    ids=["in use", "too old", "idle"],
)
def test_a_session_ends_by_age_and_by_idleness_on_the_server(
    client: FlaskClient, person: User, signed: timedelta, seen: timedelta, status: int
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    with db.transaction():
        row = db.session.scalars(select(SignIn)).one()
        row.at, row.seen_at = clock.now() - signed, clock.now() - seen
    assert client.get("/me").status_code == status


def test_that_a_session_is_used_is_written_down_every_five_minutes(client: FlaskClient, person: User) -> None:
    def seen_after(minutes: float) -> bool:
        with db.transaction():
            row = db.session.scalars(select(SignIn)).one()
            row.seen_at = before = clock.now() - timedelta(minutes=minutes)
        client.get("/me")
        db.session.rollback()
        db.session.expire_all()
        return db.session.scalars(select(SignIn.seen_at)).one() != before

    sign_in(client, person.mobile, PASSWORD)
    assert (seen_after(4), seen_after(6)) == (False, True)


def test_my_account_lists_my_sign_ins_and_refusals(client: FlaskClient, person: User) -> None:
    sign_in(client, person.mobile, "wrong")
    sign_in(client, person.mobile, PASSWORD)
    page = client.get("/me").text
    assert [page.count(text) for text in ("登录成功", "密码、PIN 或验证码不对", "127.0.0.1", "本浏览器")] == [
        1,
        1,
        2,
        1,
    ]


def test_a_deactivated_person_cannot_sign_in_and_his_open_session_ends(
    client: FlaskClient, person: User
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    with db.transaction():
        db.session.get_one(User, person.id).active = False
    assert client.get("/").status_code == 302
    assert sign_in(client, person.mobile, PASSWORD)[0] == 422


def test_an_address_that_tries_too_often_has_to_wait(app: Flask, client: FlaskClient) -> None:
    answers = [sign_in(client, "", "")[0] for _ in range(31)]
    assert answers == [200] * 30 + [429]


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/equipment?page=2", "/equipment?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        (None, "/"),
        ("/sign-in?next=/", "/"),
        ("\\\\evil.example", "/"),
        ("/me\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_after_signing_in_one_never_lands_on_another_host(app: Flask, target: str | None, lands: str) -> None:
    with app.test_request_context():
        assert safe_next(target) == lands


def test_signing_out_ends_the_session(client: FlaskClient, person: User) -> None:
    sign_in(client, person.mobile, PASSWORD)
    assert client.post("/sign-out").location == "/sign-in"
    assert client.get("/").location == "/sign-in?next=/"


def test_a_password_given_by_somebody_else_must_be_changed_before_anything_else(
    client: FlaskClient, person: User
) -> None:
    with db.transaction():
        db.session.get_one(User, person.id).must_change = True
    sign_in(client, person.mobile, PASSWORD)
    assert client.get("/").location == "/me/password"
    assert client.get("/me").location == "/me/password"
    changed = client.post(
        "/me/password",
        data={"password": PASSWORD, "new_password": "lanzhou-huanghe-9", "again": "lanzhou-huanghe-9"},
    )
    assert changed.location == "/"
    assert client.get("/").status_code == 200
    assert sign_in(client.application.test_client(), person.mobile, PASSWORD)[0] == 422


@pytest.mark.parametrize(
    "new",
    [
        "short1",
        "12345678",
        "aaaaaaaa",
        "13912345678x",
        "abcdefgh",
        "onlyletters",
        "password1",
        "P@ssw0rd2026!",
        "123qweasd",
        "Woaini520",
    ],
)
def test_a_password_that_is_easy_to_guess_is_not_taken(client: FlaskClient, person: User, new: str) -> None:
    sign_in(client, person.mobile, PASSWORD)
    assert (
        client.post(
            "/me/password", data={"password": PASSWORD, "new_password": new, "again": new}
        ).status_code
        == 422
    )


def test_a_new_password_ends_every_other_session(app: Flask, client: FlaskClient, person: User) -> None:
    other = app.test_client()
    sign_in(client, person.mobile, PASSWORD)
    sign_in(other, person.mobile, PASSWORD)
    client.post(
        "/me/password",
        data={"password": PASSWORD, "new_password": "lanzhou-huanghe-9", "again": "lanzhou-huanghe-9"},
    )
    assert [client.get("/").status_code, other.get("/").status_code] == [200, 302]


def expire(client: FlaskClient, app: Flask) -> None:
    """What the server sees after the desk stood idle: our signature, but too old."""
    app.permanent_session_lifetime = timedelta(seconds=-1)


def test_an_idle_desk_is_signed_out_and_a_fetch_is_told_so(
    app: Flask, client: FlaskClient, person: User
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    expire(client, app)
    assert client.get("/me").location == "/sign-in?next=/me"
    assert client.get("/me", headers={"HX-Request": "true"}).status_code == 401
    assert client.post("/me/pin", headers={"Accept": "application/json"}).status_code == 401


def test_what_was_typed_on_an_expired_session_is_kept_and_sent_again_by_the_same_person(
    app: Flask, client: FlaskClient, person: User
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    expire(client, app)
    away = client.post(
        "/me/pin", data={"csrf_token": "old", "note": "<b>三号阀漏气</b>", "pin": "4711"}
    ).location
    app.permanent_session_lifetime = timedelta(minutes=120)
    kept = re.fullmatch(r"/sign-in\?kept=([\w-]+)", away)
    assert kept
    back = client.post("/sign-in", data={"mobile": person.mobile, "password": PASSWORD, "kept": kept[1]})
    page = client.get(back.location).text
    assert 'action="/me/pin"' in page
    assert 'name="note" value="&lt;b&gt;三号阀漏气&lt;/b&gt;"' in page
    assert "4711" not in page


def test_nobody_else_gets_a_kept_form_and_strangers_leave_none(
    app: Flask, client: FlaskClient, person: User, signed_in: Callable[[User], FlaskClient]
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    expire(client, app)
    token = client.post("/me/pin", data={"note": "x"}).location.split("kept=")[1]
    app.permanent_session_lifetime = timedelta(minutes=120)
    other = make.user(make.station("别的站"), Role.STATION_OWNER)
    assert signed_in(other).get(f"/sign-in/again/{token}").location == "/"
    assert app.test_client().post("/me/pin", data={"note": "x"}).location == "/sign-in"
    assert len(db.session.scalars(select(KeptForm)).all()) == 1


def test_the_language_is_remembered_for_the_browser_and_the_person(client: FlaskClient, person: User) -> None:
    sign_in(client, person.mobile, PASSWORD)
    assert client.post("/locale", data={"locale": "en", "next": "/me"}).location == "/me"
    assert refreshed(person).locale == "en"
    assert 'lang="en"' in client.get("/").text
    assert client.post("/locale", data={"locale": "tlh"}).status_code == 422


def first(token: str, client: FlaskClient) -> int:
    told = {
        "organisation": "白银市市场监督管理局",
        "name": "李四",
        "mobile": "13900000001",
        "new_password": PASSWORD,
        "again": PASSWORD,
    }
    return client.post(f"/setup/{token}", data=told).status_code


def test_the_set_up_link_makes_one_administrator_once(app: Flask, client: FlaskClient) -> None:
    with db.transaction():
        token = setup.make_setup_token()
    assert [first(token, client), first(token, app.test_client())] == [302, 404]
    assert client.get("/").status_code == 200
    made = db.session.scalars(select(User)).one()
    assert (made.role_names, made.organisation.kind, made.must_change) == (
        {Role.ADMINISTRATOR, Role.SUPERVISOR},
        OrganisationKind.REGULATOR,
        False,
    )


def test_a_set_up_link_ends_after_an_hour_and_when_a_newer_one_is_made(
    app: Flask, client: FlaskClient
) -> None:
    with db.transaction():
        old = setup.make_setup_token()
    with db.transaction():
        new = setup.make_setup_token()
    assert client.get(f"/setup/{old}").status_code == 404
    with db.transaction():
        for link in db.session.scalars(select(SetupLink)):
            link.expires_at = clock.now()
    assert client.get(f"/setup/{new}").status_code == 404


def test_over_https_a_browser_is_told_to_stay_there(client: FlaskClient) -> None:
    secure = client.get("/sign-in", base_url="https://localhost").headers
    assert "max-age" in secure["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
    assert client.get("/api/v1/ping").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("pin", "good"),
    [
        ("4711", True),
        ("8305", True),
        ("20815", True),
        ("739164", True),
        ("31415926", True),
        *((weak, False) for weak in ("0000", "1111", "7777777", "1234", "4321", "2345678", "9876")),
        *((weak, False) for weak in ("1357", "2468", "8642", "1212", "6969", "123123", "12341234")),
        *((weak, False) for weak in ("1122", "112233", "7788", "1221", "123321", "2580", "1314", "5201314")),
        *((weak, False) for weak in ("1990", "2026", "199001", "19900101", "168168")),
        *((weak, False) for weak in ("5678", "1234567", "39123")),  # parts of his number
        *((none, False) for none in ("123", "123456789", "12a4", "")),
    ],
)
def test_a_pin_that_a_colleague_would_try_first_is_not_taken(pin: str, good: bool) -> None:
    assert (pin_fault(pin, "13912345678") is None) is good


def pin(client: FlaskClient, pin: str, password: str) -> tuple[int, list[str]]:
    answer = client.post("/me/pin", data={"pin": pin, "again": pin, "password": password})
    return answer.status_code, re.findall(r'class="field-error".*?<span>(.*?)</span>', answer.text, re.S)


def test_a_pin_is_set_by_whoever_knows_the_password_and_guesses_are_counted(
    app: Flask, client: FlaskClient, person: User
) -> None:
    def count(*outcomes: str) -> int:
        rows = select(SignIn.outcome).where(SignIn.outcome.in_(outcomes))
        return len(db.session.scalars(rows).all())

    sign_in(client, person.mobile, PASSWORD)
    assert pin(client, "4711", "") == (422, ["此项必填。"])
    assert pin(client, "4321", PASSWORD) == (422, ["太容易被猜到，请换一个。"])
    assert (count("wrong"), refreshed(person).pin_hash) == (0, None)
    for _ in range(5):
        status, texts = pin(client, "4711", "guess")
        assert (status, texts) == (422, ["当前密码不正确，或账号因多次输错已被锁定。"])
    assert (count("wrong"), count("locked"), verbs(f"user:{person.id}")) == (5, 0, ["locked"])
    assert pin(client, "4711", PASSWORD)[0] == 422
    assert (count("wrong"), count("locked"), refreshed(person).pin_hash) == (5, 1, None)
    later(minutes=16)
    assert pin(client, "4711", PASSWORD) == (302, [])
    first = refreshed(person).pin_hash
    assert (verbs(f"user:{person.id}"), count("done")) == (["locked", "pin_set"], 1)
    assert pin(client, "8305", PASSWORD) == (302, [])
    with app.app_context():
        assert verify_password("8305", refreshed(person).pin_hash)
        assert verify_password("4711", first)


def given(app: Flask, person: User, password: str, by: Viewer = SYSTEM) -> None:
    with app.app_context():
        hashed = hash_password(password)
    with db.transaction():
        accounts.reset_password(db.session.get_one(User, person.id), hashed, by=by)


ONE_TIME = "h7kq-m2xp-9tdw"


def test_a_one_time_password_expires_and_says_whom_to_ask(
    app: Flask, client: FlaskClient, person: User, signed_in: Callable[[User], FlaskClient]
) -> None:
    station = refreshed(person).organisation
    colleague = make.user(station, Role.STATION_OWNER, name="赵站长")
    make.user(station, Role.OPERATOR, name="钱师傅")
    given(app, person, ONE_TIME)
    until = refreshed(person).one_time_until
    assert until is not None
    assert timedelta(hours=71, minutes=59) < until - clock.now() < timedelta(hours=72)
    with time_machine.travel(until - timedelta(seconds=5), tick=False):
        assert sign_in(app.test_client(), person.mobile, ONE_TIME) == (302, "/")
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        status, page = sign_in(client, person.mobile, ONE_TIME)
        assert (
            status,
            f"这个一次性密码已过期。请向下面的人要一个新的：赵站长（{station.name}）" in page,
        ) == (422, True)
        assert client.get("/me").status_code == 302
        assert "一次性密码" not in sign_in(client, person.mobile, "wrong-guess")[1]
        outcomes = db.session.scalars(select(SignIn.outcome).where(SignIn.at == clock.now())).all()
        assert sorted(outcomes) == ["expired", "wrong"]

        browser = signed_in(colleague)
        assert "一次性密码已过期" in browser.get(f"/people/{person.id}").text
        listed = browser.get("/people?state=waiting").text
        assert (listed.count("一次性密码已过期"), "钱师傅" in listed) == (1, False)
        assert f'formaction="/people/{person.id}/reset"' in listed
        fresh = browser.post(f"/people/{person.id}/reset").text
        password = re.search(r'data-copy="([\w-]+)"', fresh)
        good_until = clock.site_time(refreshed(person).one_time_until)
        assert password
        assert f"{good_until:%Y-%m-%d %H:%M}" in fresh
        assert sign_in(client, person.mobile, password[1]) == (302, "/")


def test_where_nobody_of_the_organisation_answers_the_nearest_administrator_is_named(
    app: Flask, person: User
) -> None:
    body = make.organisation(OrganisationKind.BODY, area=make.TOWNSHIP)
    inspector = make.user(body, Role.INSPECTOR, area=make.TOWNSHIP)
    assert answering_for(inspector) == []
    city = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    county = make.organisation(OrganisationKind.REGULATOR, "白银区局", area=make.COUNTY)
    make.user(make.organisation(OrganisationKind.REGULATOR, area=make.ELSEWHERE), Role.ADMINISTRATOR)
    chief = make.user(city, Role.ADMINISTRATOR, name="周主任")
    assert answering_for(inspector) == ["周主任（市局）"]
    make.user(county, Role.ADMINISTRATOR, name="吴科长")
    assert answering_for(inspector) == ["吴科长（白银区局）", "周主任（市局）"]
    assert answering_for(chief) == []


def test_how_long_a_one_time_password_is_good_is_the_bureaus_to_say(app: Flask, person: User) -> None:
    by = viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )
    with db.transaction():
        rules.choose("one_time_days", clock.today(), {"value": "7"}, cite="会议纪要", by=by)
    given(app, person, ONE_TIME)
    until = refreshed(person).one_time_until
    assert until is not None
    assert timedelta(days=6, hours=23) < until - clock.now() < timedelta(days=7)
    with db.transaction():
        set_password(db.session.get_one(User, person.id), "!", by=SYSTEM)
    assert (refreshed(person).one_time_until, refreshed(person).is_expired) == (None, False)


def test_administrators_see_who_came_in_and_who_was_refused(
    app: Flask, client: FlaskClient, person: User, signed_in: Callable[[User], FlaskClient]
) -> None:
    sign_in(client, person.mobile, "wrong")
    sign_in(client, person.mobile, PASSWORD)
    sign_in(client, "13900000009", "wrong")
    later(days=40)
    sign_in(client, person.mobile, PASSWORD)
    offices = {
        area: make.user(make.organisation(OrganisationKind.REGULATOR, area=area), Role.ADMINISTRATOR)
        for area in (make.CITY, make.COUNTY, make.ELSEWHERE)
    }
    browsers = {area: signed_in(office) for area, office in offices.items()}

    def listed(area: str, query: str = "") -> list[int]:
        page = browsers[area].get(f"/sign-ins?{query}").text
        return [page.count(text) for text in ("登录成功</", "密码、PIN 或验证码不对</", "查无此号")]

    own = 1  # in the cookies of this test
    assert listed(make.CITY) == [2 + 3 * own + 1, 2 + 1, 1]  # and once in the filter
    assert listed(make.COUNTY) == [2 + own + 1, 1 + 1, 0]
    assert listed(make.ELSEWHERE) == [own + 1, 1, 0]
    assert listed(make.CITY, f"q={person.mobile}") == [2 + 1, 1 + 1, 0]
    assert listed(make.CITY, "outcome=wrong&means=password") == [1, 2 + 1, 1]
    assert listed(make.CITY, "q=203.0.113.9") == [1, 1, 0]
    since, until = make.days(-41).isoformat(), make.days(-39).isoformat()
    assert listed(make.CITY, f"at_from={since}&at_until={until}") == [1 + 1, 2 + 1, 1]
    assert listed(make.CITY, "at_from=yesterday&outcome=x&means=y") == [2 + 3 * own + 1, 2 + 1, 1]
    assert client.get("/sign-ins").status_code == 403


@pytest.mark.parametrize(
    ("days", "good"),
    [("180", True), ("200", True), ("3650", True), ("179", False), ("90", False), ("0", False)],
)
def test_nobody_holds_sign_ins_for_less_than_half_a_year(days: str, good: bool) -> None:
    assert (Settings(sign_in_days=days).misread() == []) is good


def test_a_jobs_process_with_a_wrong_setting_holds_them_for_half_a_year(
    client: FlaskClient, person: User, settings: Settings
) -> None:
    sign_in(client, person.mobile, "wrong")
    later(days=179)
    tidied = work(JobsProcess(replace(settings, sign_in_days="30"), "one")).timed["tidy"]
    assert tidied(clock.today())["sign_ins"] == 0
    later(days=2)
    assert tidied(clock.today())["sign_ins"] == 1


def test_a_page_that_is_not_allowed_leaves_a_line_in_the_log(
    client: FlaskClient, person: User, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in(client, person.mobile, PASSWORD)
    assert client.get("/sign-ins").status_code == 403
    (row,) = [json.loads(row) for row in capsys.readouterr().out.splitlines() if "not allowed" in row]
    assert (row["who"], row["method"], row["path"]) == (f"user:{person.id}", "GET", "/sign-ins")
    assert row["timestamp"]
