"""A small city with duties, and a webhook that listens on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.dues.models import Due
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.reminders.models import Channel
from equipment.reminders.states import ChannelKind
from equipment.storage import db
from tests import make


class City:
    """Two use units with a lift each, their firm, their inspection body, the bureau of their county."""

    def __init__(self) -> None:
        unit = make.organisation(OrganisationKind.USE_UNIT, "甲物业")
        stranger = make.organisation(OrganisationKind.USE_UNIT, "乙物业", area=make.ELSEWHERE)
        firm = make.organisation(OrganisationKind.FIRM, "丙维保")
        body = make.organisation(OrganisationKind.BODY, "检验院", area=make.CITY)
        bureau = make.organisation(OrganisationKind.REGULATOR, "白银区局")
        self.unit, self.firm, self.body = unit.id, firm.id, body.id
        self.officer = make.user(unit, Role.SAFETY_OFFICER, name="安全员").id
        self.stranger = make.user(stranger, Role.SAFETY_OFFICER, name="外人").id
        self.manager = make.user(firm, Role.FIRM_MANAGER, name="经理").id
        self.technician = make.user(firm, Role.TECHNICIAN, name="工人").id
        self.inspector = make.user(body, Role.INSPECTOR, name="检验员").id
        self.supervisor = make.user(bureau, Role.SUPERVISOR, name="监察员").id
        self.elsewhere = make.user(
            make.organisation(OrganisationKind.REGULATOR, "靖远局", area=make.ELSEWHERE), Role.SUPERVISOR
        ).id
        self.lift = self.add_lift("3#梯")

    def add_lift(self, number: str) -> Equipment:
        made = make.equipment(
            "elevator",
            use_unit_id=self.unit,
            maintenance_firm_id=self.firm,
            inspection_body_id=self.body,
            own_number=number,
        )
        db.session.expunge(made)
        return made

    def due(self, kind: str, days: int, lift: Equipment | None = None, **more: Any) -> UUID:
        lift = lift or self.lift
        made = Due(
            **{
                "equipment_id": lift.id,
                "id": new_id(),
                "kind": kind,
                "due_on": make.days(days),
                "citation": {},
                "explanation": {},
                "state": "open",
                "organisation_id": self.unit,
                "firm_id": self.firm,
                "body_id": self.body,
                "area": lift.area,
                "category": "elevator",
                "planned_at": clock.now(),
                "done_by": "",
                "conclusion": "",
                **more,
            }
        )
        key = made.id
        with db.transaction() as current:
            current.add(made)
        return key


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The operator of this server has webhooks lead to the loopback."""
    return replace(settings, webhook_networks="127.0.0.0/8")


@pytest.fixture
def city(app: Flask) -> City:
    return City()


class Webhook:
    """A real HTTP server that keeps what it was sent; `status` is what it answers."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.status = 200
        self.location = ""
        hook = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                hook.received.append({"path": self.path, **json.loads(content)})
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.close()


class Gateway:
    """A played SMS gateway: it keeps what it was sent, gives receipts, and says what became of them."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.state, self.status, self.keys = "waiting", 200, set[str | None]()
        gateway = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.sent.append(message)
                self.answer({"receipt": f"r-{message['id']}"})

            def do_GET(self) -> None:
                self.answer({"state": gateway.state})

            def answer(self, content: dict[str, str]) -> None:
                gateway.keys.add(self.headers["Authorization"])
                self.send_response(gateway.status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/sms"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.server.shutdown()
    made.server.server_close()


def channel(user_id: UUID, address: str, *, organisation: bool = False) -> UUID:
    """A webhook channel of a person, or of his whole organisation."""
    owner = db.session.get_one(User, user_id)
    made = Channel(
        organisation_id=owner.organisation_id,
        id=new_id(),
        user_id=None if organisation else user_id,
        kind=ChannelKind.WEBHOOK,
        address=address,
        active=True,
        created_at=clock.now(),
    )
    key = made.id
    with db.transaction() as current:
        current.add(made)
    return key


def today() -> date:
    return clock.today()
