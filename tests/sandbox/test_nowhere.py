"""Nothing of a sandbox is anywhere else: every page and list of the city answers byte for byte as before, and
none of its tables has a trace. A new page, table or nightly job is looked at by being there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from equipment.core import clock
from equipment.core.config import Settings
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.sandbox.models import Sandbox
from equipment.sandbox.rules import SandboxKind
from equipment.shell import tables
from equipment.storage import db
from equipment.storage.db import Base, inside
from equipment.storage.remembered import forget_all
from equipment.tasks.makers import JobsProcess
from equipment.web import FLOOR_COOKIE, access_of, cursors
from jobs.work import functions, works
from tests.everything import Everything
from tests.sandbox.conftest import Player, play_a_day, switch_on
from tests.test_query_counts import LISTS, filled
from tests.test_routes import Abroad, address, things_of

Sign = Callable[[User], FlaskClient]

# Pages that are made of the moment in which they are asked, or of the sandboxes themselves.
OF_THE_MOMENT = ("/metrics", "/static/", "/sandbox", "/sign-in", "/healthz", "/setup/")
OF_ONE_KIND = 1  # page of each route that one person opens: the others are made alike
FRESH_ID = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)  # of a form, of a new record
PEOPLE = ("admin", "supervisor", "officer", "inspector", "technician", "manager", "operator", "owner")
NO_ANSWER = ("/visits/swipes/<",)  # the swipes of `Everything` were never answered
# A line of the ledger is all the city keeps of a sandbox, and its administrator and bureau see the lines.
TELL_OF_IT = ("/ledger", "/seals")
CHANGES_BY_ITSELF = re.compile(
    rb'name="csrf_token" value="[^"]*"|name="csrf-token" content="[^"]*"|"request_id": ?"[^"]*"'
    rb'|"signatures":(?:\{[^}]*\}|\[[^\]]*\])'
)
# Of these a day in the sandboxes leaves rows there; everything else is empty in them.
PLAYED = {
    "Application",
    "Card",
    "Certificate",
    "Device",
    "Due",
    "Equipment",
    "Facet",
    "Fill",
    "Instrument",
    "Label",
    "LabelStep",
    "Lot",
    "LotRow",
    "Notice",
    "Organisation",
    "Paper",
    "Scan",
    "Standing",
    "Swipe",
    "User",
    "Visit",
}


def looks(app: Flask, town: Everything, signed_in: Sign) -> Iterator[tuple[str, FlaskClient, dict[str, str]]]:
    """Everybody who looks: a person of each role, a shared device, and every token."""
    yield "stranger", app.test_client(), {}
    for name in PEOPLE:
        yield name, signed_in(getattr(town, name)), {}
    floor = app.test_client()
    floor.set_cookie(FLOOR_COOKIE, town.floor_token)
    yield "floor", floor, {}
    for name, token in {"controller": town.token, **town.systems}.items():
        yield name, app.test_client(), {"Authorization": f"Bearer {token}"}


def addresses(app: Flask, things: Abroad) -> list[tuple[Rule | None, str]]:
    """Every address that can be read, with the ids of all things there are; and searches for a sandbox's."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and not rule.rule.startswith(OF_THE_MOMENT + NO_ANSWER + TELL_OF_IT)
    ]
    of_things = [(rule, address(app, rule, **given)) for rule in rules for given in things.tried(rule)]
    searches = ("/equipment?q=TEST", "/equipment?q=沙箱", "/fills?tab=no_code", "/organisations?q=沙箱")
    return [*of_things, *((None, path) for path in searches)]


Looker = tuple[FlaskClient, dict[str, str]]
Asked = list[tuple[str, Looker, str]]


def open_to(
    app: Flask, lookers: list[tuple[str, FlaskClient, dict[str, str]]], paths: list[tuple[Rule | None, str]]
) -> Asked:
    """Who reads what: the addresses that answer him. What is marked once (seen, flashes) is done by then."""
    read: Asked = []
    met: Counter[tuple[str, str]] = Counter()
    for rule, path in paths:
        is_open = rule is None or access_of(app.view_functions[rule.endpoint])
        for name, browser, headers in lookers:
            is_machine = bool(headers)
            if name == "stranger":
                asks = is_open == "public"
            else:
                asks = is_open != "public" and path.startswith("/api/") == is_machine
            route = rule.rule if rule else path
            if met[name, route] >= OF_ONE_KIND:
                continue
            if asks and (status := browser.get(path, headers=headers).status_code) != 403:
                assert status < 500, path
                if status == 200:
                    met[name, route] += 1
                    read.append((name, (browser, headers), path))
    return read


def answers(asked: Asked) -> dict[tuple[str, str], bytes]:
    told = {}
    for name, (browser, headers), path in asked:
        forget_all()
        answer = browser.get(path, headers=headers)
        assert answer.status_code == 200, path
        told[name, path] = CHANGES_BY_ITSELF.sub(b"", answer.get_data())
    return told


def test_every_answer_of_the_city_is_as_before(
    app: Flask, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta(days=-1))
    town = Everything()
    town.add()
    with time_machine.travel(clock.now(), tick=False):
        lists = [filled(path, town) for path in LISTS if not path.startswith(TELL_OF_IT)]
        paths = [*addresses(app, things_of(town)), *((None, path) for path in lists)]
        asked = open_to(app, list(looks(app, town, signed_in)), paths)
        before = answers(asked)
        kinds = {kind: Player(app, kind, switch_on(kind)) for kind in SandboxKind}
        play_a_day(kinds)
        after = answers(asked)
    assert len(before) > 300  # pages, lists, files and answers, by who looks
    other = {key for key in before if before[key] != after[key]}
    assert sorted(key for key in other if without_ids(before[key]) != without_ids(after[key])) == []
    assert len(other) < len(before) / 10  # forms, whose ids are made for each look


def without_ids(page: bytes) -> bytes:
    return FRESH_ID.sub(b"", page)


def rows_of_city() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but of the sandboxes themselves and their lines."""
    told = {}
    with db.engine.connect() as connection:
        for name, model in tables.models().items():
            if model is Sandbox:
                continue
            table = model.__table__
            rows = select(table).order_by(*table.primary_key)
            if "subject" in table.c:
                rows = rows.where(~table.c.subject.startswith("sandbox:"))
            told[name] = [tuple(map(repr, row)) for row in connection.execute(rows)]
    return told


def ids_in(player: Player) -> set[UUID]:
    """Every id that was made in a sandbox."""
    with inside(player.database):
        connection = db.session.connection()
        return {
            key
            for model in tables.models().values()
            if "id" in model.__table__.c
            for key in connection.scalars(select(model.__table__.c.id))
            if isinstance(key, UUID)
        }


def test_no_table_of_the_city_changes(app: Flask, kinds: dict[SandboxKind, Player]) -> None:
    town = Everything()
    town.add()
    before = rows_of_city()
    play_a_day(kinds)
    after = rows_of_city()
    assert {name for name in before if before[name] != after[name]} == set()


def test_no_nightly_job_brings_anything_of_it_into_the_city(
    app: Flask, kinds: dict[SandboxKind, Player], settings: Settings
) -> None:
    Everything().add()
    play_a_day(kinds)
    done = functions(works(JobsProcess(settings, "night")))
    with app.app_context():
        for name, job in done.items():
            job(clock.today() + timedelta(days=1))
            assert db.sandbox_here() is None, name
            db.session.remove()
    cells = " ".join(cell for rows in rows_of_city().values() for row in rows for cell in row)
    ids = set().union(*(ids_in(player) for player in kinds.values()))
    assert len(ids) > 60
    assert {key for key in ids if key.hex in cells or str(key) in cells} == set()
    codes = {code for player in kinds.values() for name, code in player.codes.items() if "card" not in name}
    assert {text for text in (*codes, "沙箱") if text in cells} == set()


def test_every_scoped_table_is_empty_to_everybody_outside(
    app: Flask, kinds: dict[SandboxKind, Player], signed_in: Sign
) -> None:
    play_a_day(kinds)
    scoped = {model.__name__: model for model in tables.models().values() if getattr(model, "__scope__", "")}
    inside_rows: dict[str, int] = dict.fromkeys(scoped, 0)
    for player in kinds.values():
        with inside(player.database):
            for name, model in scoped.items():
                inside_rows[name] += count(model)
    assert {name for name, rows in inside_rows.items() if rows} == PLAYED
    assert {name: count(model) for name, model in scoped.items() if count(model)} == {}


def count(model: type[Base]) -> int:
    """How many rows the system sees, which sees all."""
    return db.session.scalar(select(func.count()).select_from(visible(SYSTEM, model).subquery())) or 0
