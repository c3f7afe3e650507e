"""A lift with a firm whose gateway speaks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import Device
from equipment.people.rules import DeviceKind
from tests import make
from tests.maintenance.place import CODE, Place, place


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


@pytest.fixture
def gateway(at: Place) -> tuple[Device, str]:
    return make.device(at.firm, DeviceKind.GATEWAY)


Send = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def send(client: FlaskClient, gateway: tuple[Device, str]) -> Send:
    """Post messages as the gateway; a mapping is one message."""

    def post(*messages: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token or gateway[1]}", "Accept-Language": "en"}
        answer = client.post("/api/v1/telemetry", json={"messages": list(messages)}, headers=headers)
        return answer.status_code, answer.get_json()

    return post


def status(minutes: float = 0, **more: Any) -> dict[str, Any]:
    """A state of the lift, so many minutes from now."""
    moment = clock.now() + timedelta(minutes=minutes)
    return {"lift": CODE, "at": moment.isoformat(), **more}


def event(kind: str = "fault", code: str = "door", minutes: float = 0, **more: Any) -> dict[str, Any]:
    return {**status(minutes), "kind": kind, "code": code, "event_id": str(new_id()), **more}
