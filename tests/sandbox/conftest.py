"""The sandboxes of one instance, and whoever plays in them over the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.lots.models import Lot
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.sandbox import actions, opening
from equipment.sandbox.pieces import samples
from equipment.sandbox.rules import SandboxKind
from equipment.storage import db
from equipment.storage.db import Database, inside


def switch_on(kind: SandboxKind) -> Mapping[DeviceKind, str]:
    with db.transaction():
        tokens = actions.switch_on(kind, by=SYSTEM)
    opening.clear_away()
    return tokens


@dataclass
class Player:
    """The system of an integrator: the tokens he was given, and the codes he was told."""

    app: Flask
    kind: SandboxKind
    tokens: Mapping[DeviceKind, str]
    codes: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.codes = {sample.name: sample.code for sample in samples(self.kind)}

    @property
    def database(self) -> Database:
        found = opening.database_called(self.kind.database)
        assert found is not None
        return found

    def ask(self, method: str, path: str, body: object = None, device: str = "") -> TestResponse:
        token = self.tokens[DeviceKind(device)] if device else next(iter(self.tokens.values()))
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh-CN"}
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def scan(self, name: str, gas: str = "LPG", **more: Any) -> TestResponse:
        body = {"scan_id": str(new_id()), "code": self.codes.get(name, name), "gas": gas, "bay": "1"}
        return self.ask("POST", "/fills", {**body, "happened_at": clock.now().isoformat(), **more})

    def swipe(self, name: str, **more: Any) -> TestResponse:
        body = {"swipe_id": str(new_id()), "card": self.codes[name], "happened_at": clock.now().isoformat()}
        return self.ask("POST", "/swipes", {**body, **more})

    def browser(self) -> FlaskClient:
        """One in which he looks at what his messages have become."""
        browser = self.app.test_client()
        token = next(iter(self.tokens.values()))
        assert browser.post("/sandbox/enter", data={"token": token}).status_code == 302
        return browser


@pytest.fixture
def kinds(app: Flask) -> Iterator[dict[SandboxKind, Player]]:
    """All sandboxes switched on."""
    yield {kind: Player(app, kind, switch_on(kind)) for kind in SandboxKind}
    with db.transaction():
        for kind in opening.running_kinds():
            actions.switch_off(kind, by=SYSTEM)
    opening.clear_away()


@pytest.fixture
def station(kinds: dict[SandboxKind, Player]) -> Player:
    return kinds[SandboxKind.STATION]


@pytest.fixture
def firm(kinds: dict[SandboxKind, Player]) -> Player:
    return kinds[SandboxKind.FIRM]


@pytest.fixture
def body(kinds: dict[SandboxKind, Player]) -> Player:
    return kinds[SandboxKind.BODY]


def play_a_day(kinds: Mapping[SandboxKind, Player]) -> None:
    """What the machines of a station, a firm and a body send on a day."""
    station, firm, body = (kinds[kind] for kind in SandboxKind)
    now = clock.now().isoformat()
    for name in station.codes:
        if name != "card":
            station.scan(name, "O2" if name == "oxygen" else "LPG")
    filled = station.scan("fillable").json
    assert filled is not None
    assert filled["allowed"]
    result = {"happened_at": now, "gross_g": 31_000, "post_checks": {"Q01": True, "Q02": True, "Q03": True}}
    assert station.ask("PUT", f"/fills/{filled['fill_id']}/result", result).status_code == 200
    whole = {"scan_id": str(new_id()), "code": station.codes["fillable"], "gas": "LPG", "happened_at": now}
    whole |= {"reason": "补充", "checks": {"P01": True}, "result": {"happened_at": now, "gross_g": 31_100}}
    assert station.ask("POST", "/fills/batch", {"scans": [whole]}).status_code == 200
    firm.swipe("lost_card")
    assert firm.swipe("card").json["outcome"] == "opened"
    with inside(body.database):
        lot = db.session.scalars(visible(SYSTEM, Lot)).one().id
    for name in ("bottle", "not_sent", "unknown"):
        arrival = {"scan_id": str(new_id()), "code": body.codes[name], "happened_at": now}
        assert body.ask("POST", f"/lots/{lot}/arrivals", arrival).status_code in (200, 201)
    assert body.ask("PUT", f"/lots/{lot}/receipt", {"happened_at": now}).status_code == 200
