"""A firm whose own system is connected, a lift it maintains, and what that system sends."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from equipment.core import clock
from equipment.people.models import Organisation, User
from equipment.people.rules import DeviceKind
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, codes, good_readings, place

UNIT_CODE = "91620400MA1TESTXX1"


@dataclass
class FirmSystem:
    """The firm's own system with its token; `at` is where it sends what it has."""

    client: FlaskClient
    token: str
    at: Place = field(init=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, method: str, path: str, body: Any = None, **form: Any) -> Any:
        given: dict[str, Any] = {"json": body} if body is not None else {}
        if form:
            given = {"data": form, "content_type": "multipart/form-data"}
        return self.client.open(f"/api/v1/firm{path}", method=method, headers=self.headers, **given)

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **form: Any) -> Any:
        return self.send("POST", path, body, **form)


@pytest.fixture
def system(app: Flask) -> FirmSystem:
    at = place()
    with db.transaction():
        db.session.merge(at.unit).credit_code = UNIT_CODE
    connected = system_of(app, at.firm, at.boss)
    connected.at = at
    return connected


def system_of(app: Flask, firm: Organisation, person: User) -> FirmSystem:
    _device, token = make.device(firm, DeviceKind.FIRM_SYSTEM, person=person)
    return FirmSystem(app.test_client(), token)


def ago(hours: float) -> datetime:
    return clock.now() - timedelta(hours=hours)


def answers(**changed: Any) -> list[dict[str, Any]]:
    """The whole half-monthly checklist in order, but for what is changed by code."""
    found = []
    for code in codes():
        one = {"code": code, "answer": "ok", "readings": good_readings(code), **changed.get(code, {})}
        found.append(one)
    return found


def visit(record_id: str = "WX-0001", hours: float = 3, **more: Any) -> dict[str, Any]:
    """A half-monthly visit of two technicians that began so many hours ago and took forty minutes."""
    return {
        "record_id": record_id,
        "lift": CODE,
        "duty": "visit_half_month",
        "arrived": {"at": ago(hours).isoformat(), "how": "camera"},
        "left": {"at": (ago(hours) + timedelta(minutes=40)).isoformat(), "how": "camera"},
        "technicians": ["A-1", "B-2"],
        "answers": answers(),
        "problems": ["S0"],
        **more,
    }


def person(record_id: str, of: User, **more: Any) -> dict[str, Any]:
    return {"record_id": record_id, "name": of.name, "mobile": of.mobile, **more}


def introduced(system: FirmSystem) -> FirmSystem:
    """Both technicians are known under the firm's own numbers."""
    for number, who in (("A-1", system.at.anna), ("B-2", system.at.bo)):
        assert system.post("/people", person(number, who)).status_code == 201
    return system


def picture(colour: str = "teal", size: tuple[int, int] = (320, 240), form: str = "JPEG") -> io.BytesIO:
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, form)
    kept.seek(0)
    return kept


def drawn() -> io.BytesIO:
    """A stroke on glass."""
    image = Image.new("RGBA", (200, 80), (0, 0, 0, 0))
    for step in range(20, 180):
        image.putpixel((step, 40), (0, 0, 0, 255))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    kept.seek(0)
    return kept
