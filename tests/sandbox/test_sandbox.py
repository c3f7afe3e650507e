"""A sandbox judges as the city does; it is switched on, emptied and switched off by the administrator alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.ledger.models import Event
from equipment.people.models import Device, User
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.codes import is_test, make_code
from equipment.register.ring import keys
from equipment.regulation.models import Choice
from equipment.regulation.queries import choice, pass_hours
from equipment.sandbox import actions, opening
from equipment.sandbox.rules import SandboxKind
from equipment.sandbox.work import go_on
from equipment.storage import db
from equipment.storage.db import inside
from equipment.storage.remembered import forget_all
from equipment.tasks.models import Task
from equipment.web import cursors
from tests import make
from tests.fills.conftest import hall_of
from tests.sandbox.conftest import Player, switch_on

Sign = Callable[[User], FlaskClient]

# What is sent, of which gas, and every reason against it.
VERDICTS = [
    ("fillable", "LPG", []),
    ("oxygen", "O2", []),
    ("fillable", "O2", ["R13"]),
    ("overdue", "LPG", ["R07"]),
    ("past_life", "LPG", ["R08"]),
    ("locked", "LPG", ["R28"]),
    ("scrapped", "LPG", ["R09"]),
    ("other_station", "LPG", ["R03"]),
    ("unknown", "LPG", ["R01"]),
]


@pytest.fixture
def administrator(signed_in: Sign) -> FlaskClient:
    bureau = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    return signed_in(make.user(bureau, Role.ADMINISTRATOR))


def test_every_piece_has_its_verdict(station: Player) -> None:
    answers = [station.scan(name, gas).json for name, gas, _reasons in VERDICTS]
    assert [[reason["code"] for reason in answer["reasons"]] for answer in answers] == [
        reasons for _name, _gas, reasons in VERDICTS
    ]


def test_a_card_signs_in_at_the_lift_and_a_lost_one_does_not(firm: Player) -> None:
    swipes = [firm.swipe(name).json for name in ("lost_card", "card")]
    assert [(swipe["outcome"], [reason["code"] for reason in swipe["reasons"]]) for swipe in swipes] == [
        ("refused", ["card_lost"]),
        ("opened", []),
    ]


def test_a_lot_is_on_its_way_to_the_body(body: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta(days=-1))
    (lot,) = body.ask("GET", "/lots?since=2020-01-01T00:00:00Z").json["lots"]
    assert (lot["state"], lot["bottles"]) == ("on_way", {"packed": 2})


def test_answers_to_its_tokens_say_so_and_no_others(app: Flask, station: Player) -> None:
    hall = hall_of(app)
    assert [
        answer.headers.get("X-Sandbox")
        for answer in (
            station.scan("fillable"),
            station.scan("fillable", colour="red"),  # refused: 422
            station.ask("GET", "/codes"),
            hall.scan("1"),
            app.test_client().get("/api/v1/codes"),
        )
    ] == ["1", "1", "1", None, None]


def test_another_station_knows_none_of_its_labels(app: Flask, station: Player) -> None:
    answers = [hall_of(app).scan(code).json for name, code in station.codes.items() if name != "card"]
    assert {tuple(reason["code"] for reason in answer["reasons"]) for answer in answers} == {("R01",)}
    assert {answer["equipment"] for answer in answers} == {None}


def test_a_stranger_reads_that_it_is_a_test_label(client: FlaskClient, station: Player) -> None:
    for name in ("fillable", "scrapped", "unknown"):
        page = client.get(f"/T/{station.codes[name]}").text
        words = ("<h1>" in page, "测试标签，请勿接收" in page, "如果它贴在气瓶上：不要收这只瓶。" in page)
        assert words == (True, True, True), name
        assert "沙箱" not in page


def test_codes_of_the_city_never_look_like_those_of_a_sandbox(app: Flask, station: Player) -> None:
    assert [is_test(make_code(keys(), "")) for _ in range(50)] == [False] * 50
    assert [is_test(code) for name, code in station.codes.items() if name != "card"] == [True] * 8


def test_the_rules_are_the_bureaus(station: Player) -> None:
    at = clock.now()
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR), Role.ADMINISTRATOR)
    with db.transaction():
        db.session.add(
            Choice(
                key="pass_hours", since=clock.today(), value={"value": 17}, chosen_by=bureau.id, chosen_at=at
            )
        )
    with inside(station.database):
        assert pass_hours(clock.today()) == 17
        assert choice("pass_hours", clock.today()) == 17


def test_whoever_holds_a_token_looks_at_what_became_of_his_messages(station: Player) -> None:
    station.scan("overdue")
    browser = station.browser()
    pages = {path: browser.get(path) for path in ("/sandbox", "/", "/fills", "/equipment", "/floor")}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert [path for path, page in pages.items() if 'class="sandbox-bar"' not in page.text] == []
    assert "TEST-overdue" in pages["/fills"].text
    assert all(code in pages["/sandbox"].text for code in station.codes.values())


def test_what_is_enrolled_in_a_sandbox_stays_in_it(station: Player) -> None:
    enrolled = station.browser().post("/devices/phone", data={"name": "手机"}).json
    assert enrolled["token"].startswith("sandbox-station.")
    with inside(station.database):
        assert db.session.get(Device, UUID(enrolled["device_id"])) is not None
    assert db.session.scalar(select(func.count()).select_from(Device)) == 0


def test_no_long_work_is_done_in_a_sandbox(station: Player) -> None:
    refused = station.browser().post("/equipment?format=xlsx")
    assert (refused.status_code, "沙箱内不生成、不读取文件" in refused.text) == (403, True)
    with inside(station.database):
        assert db.session.scalar(select(func.count()).select_from(Task)) == 0


def test_a_city_session_never_enters_and_a_sandbox_one_never_leaves(
    app: Flask, station: Player, administrator: FlaskClient
) -> None:
    assert administrator.get("/sandbox").status_code == 404
    browser = station.browser()
    assert browser.get("/sandboxes").status_code == 403
    assert browser.post("/sign-out").status_code == 302
    assert browser.get("/equipment").location.startswith("/sign-in")
    assert 'class="sandbox-bar"' not in browser.get("/sign-in").text


@pytest.mark.parametrize("made_up", ["sandbox-station.", "sandbox-firm.", "sandbox-x.", "x.", "."])
def test_a_token_opens_nothing_behind_another_name(app: Flask, station: Player, made_up: str) -> None:
    hall = hall_of(app)
    own = next(iter(station.tokens.values())).partition(".")[2]
    for secret in (hall.token, own):
        headers = {"Authorization": f"Bearer {made_up}{secret}"}
        if made_up + secret not in station.tokens.values():
            assert app.test_client().get("/api/v1/fills/open", headers=headers).status_code == 401


def test_the_administrator_switches_it_on_empties_it_and_switches_it_off(
    app: Flask, administrator: FlaskClient
) -> None:
    shown = administrator.post("/sandboxes/station/on")
    tokens = re.findall(r"<code>(sandbox-station\.[^<]+)</code>", shown.text)
    assert (shown.status_code, len(tokens)) == (201, 2)
    assert not any(token in administrator.get("/sandboxes").text for token in tokens)
    player = Player(
        app, SandboxKind.STATION, dict(zip((DeviceKind.CONTROLLER, DeviceKind.UPLOAD), tokens, strict=True))
    )
    assert player.scan("fillable").status_code == 201
    assert fills_of(player) == 1
    before = {folder.name for folder in folders()}
    assert administrator.post("/sandboxes/station/empty").status_code == 302
    assert fills_of(player) == 0
    assert player.scan("fillable").status_code == 201  # the same token
    assert len(before) == 1
    assert before.isdisjoint(folder.name for folder in folders())
    assert administrator.post("/sandboxes/station/off").status_code == 302
    assert player.scan("fillable").status_code == 401
    assert player.app.test_client().post("/sandbox/enter", data={"token": tokens[0]}).status_code == 422
    assert [*folders()] == []
    assert administrator.post("/sandboxes/station/empty").status_code == 409
    verbs = select(Event.verb).where(Event.subject == "sandbox:station").order_by(Event.seq)
    assert db.session.scalars(verbs).all() == ["switched_on", "emptied", "switched_off"]


def fills_of(player: Player) -> int:
    with inside(player.database):
        return db.session.scalar(select(func.count()).select_from(Fill)) or 0


def folders() -> list[object]:
    return [path for path in opening._root().iterdir() if path.is_dir()]


def test_other_tokens_end_those_before(station: Player) -> None:
    fresh = switch_on(SandboxKind.STATION)
    assert station.scan("fillable").status_code == 401
    assert Player(station.app, SandboxKind.STATION, fresh).scan("fillable").status_code == 201


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_switches(signed_in: Sign, role: Role) -> None:
    browser = signed_in(make.user(make.organisation(OrganisationKind.REGULATOR), role))
    answers = [browser.get("/sandboxes")]
    answers += [browser.post(f"/sandboxes/station/{what}") for what in ("on", "empty", "off")]
    assert [answer.status_code for answer in answers] == [403] * 4


def test_another_process_knows_within_seconds(station: Player) -> None:
    """What it remembers is the city's row, for as long as a token is remembered."""
    assert station.scan("fillable").status_code == 201
    with db.transaction():
        actions.switch_off(SandboxKind.STATION, by=SYSTEM)
    forget_all()
    assert station.scan("fillable").status_code == 401


def test_a_lost_database_is_made_again_with_the_same_tokens(station: Player) -> None:
    """As after a restore: a backup holds no sandbox."""
    assert station.scan("fillable").status_code == 201
    place = opening._look(SandboxKind.STATION).place
    opening._open.pop(place).close()
    opening._drop(opening._root() / place)
    assert fills_of(station) == 0
    assert station.scan("fillable").status_code == 201


def test_the_city_writes_while_a_sandbox_does(app: Flask, station: Player) -> None:
    """Each has its own writer's place: a transaction of the city that takes long keeps no sandbox waiting."""
    opened, done = threading.Event(), threading.Event()

    def hold() -> None:
        with db.transaction():
            opened.set()
            done.wait(30)
        db.session.remove()

    holder = threading.Thread(target=hold)
    holder.start()
    opened.wait(10)
    try:
        assert station.scan("fillable").status_code == 201
    finally:
        done.set()
        holder.join()


def test_the_night_closes_its_fills_and_makes_its_list(station: Player) -> None:
    assert station.ask("GET", "/fills/passes").status_code == 404
    station.scan("fillable")
    assert go_on(clock.today() + timedelta(days=1)) == {"sandboxes": 3}
    with inside(station.database):
        assert db.session.scalars(visible(SYSTEM, Fill)).one().state is FillState.NOT_FILLED
    assert station.ask("GET", "/fills/passes").status_code == 200


def test_a_city_without_areas_has_sandboxes_too(app: Flask) -> None:
    with db.transaction():
        db.session.execute(db.Base.metadata.tables["area"].delete())
    player = Player(app, SandboxKind.STATION, switch_on(SandboxKind.STATION))
    assert player.scan("fillable").json["allowed"]
