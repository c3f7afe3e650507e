"""Signing in: one answer for everything wrong, a lock, a forced first change, an idle desk, a form that is not lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger.models import Event
from equipment.people import setup
from equipment.people.models import KeptForm, SetupLink, SignIn, User
from equipment.people.rules import OrganisationKind, Role
from equipment.people.signing import safe_next
from equipment.shell.work import tidy_sign_ins
from equipment.storage import db
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
    cookie = client.get_cookie("session")
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
    assert [page.count(text) for text in ("登录成功", "密码或 PIN 不对", "127.0.0.1", "本浏览器")] == [
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
