"""A server that dies in the middle of a manifold's end: every bottle has its fill once, none half."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from equipment.core import config
from equipment.core.ids import new_id
from equipment.fills.models import Fill, Manifold
from equipment.ledger.models import Event
from equipment.storage import db
from tests.fills.conftest import Hall, ago
from tests.fills.test_bundle_fills import Frame
from tests.fills.test_hard_times import free_port, serving, wait_for
from tests.fills.test_manifolds import FINE, Row, fills, row
from tests.fills.test_people_and_scales import stand

__all__ = ["row"]
BOTTLES = 60
DEATHS = (0.15, 0.4, 0.65, 0.9)  # shares of the time that an end takes undisturbed


def end_body(**more: Any) -> dict[str, Any]:
    return {"pressure_kpa": 14_000, "temperature_dc": 200, "post_checks": FINE, "happened_at": ago(), **more}


def put_end(port: int, row: Row, body: dict[str, Any]) -> int:
    """The status; 0 where nobody answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {row.hall.token}", "Content-Type": "application/json"}
    try:
        connection.request("PUT", f"/api/v1/manifolds/{row.key}/end", json.dumps(body), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def hooked(row: Row, number: int) -> None:
    for _ in range(number):
        row.hook(row.bottle())
    row.hook(Frame(row.hall).whole)
    assert row.put("start").status_code == 200


def undisturbed(hall: Hall) -> float:
    """How long the end of such a manifold takes here, at another station."""
    stand(hall, "G3", bay="3", gas="O2", kind="gauge")
    row = Row(hall)
    row.open()
    hooked(row, BOTTLES)
    began = time.monotonic()
    assert row.end().status_code == 200
    return time.monotonic() - began


def killed_in_the_middle(settings: config.Settings, row: Row, body: dict[str, Any], after: float) -> int:
    """The end is sent and the server killed while it works; what the sender heard."""
    port = free_port()
    server = serving(settings, port)
    heard: list[int] = []
    try:
        wait_for(port)
        sender = threading.Thread(target=lambda: heard.append(put_end(port, row, body)))
        sender.start()
        time.sleep(after)
        os.killpg(server.pid, signal.SIGKILL)
        sender.join(60)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(60)
    return heard[0]


@pytest.mark.sqlite
def test_every_bottle_has_one_fill_when_the_server_dies_in_a_manifolds_end(
    row: Row, other: Hall, settings: config.Settings
) -> None:
    took = undisturbed(other)
    before = {fill.id for fill in fills()}
    hooked(row, BOTTLES)
    body = end_body(result_id=str(new_id()))
    heard = []
    for share in DEATHS:
        heard.append(killed_in_the_middle(settings, row, body, took * share))
        states = Counter(str(fill.state) for fill in fills() if fill.id not in before)
        ended = (
            db.session.scalars(select(Manifold.state).where(Manifold.id == UUID(row.key))).one() == "ended"
        )
        expected = {"filled": BOTTLES + 4} if ended else {"open": BOTTLES + 1}
        assert states == expected  # all or none
    port = free_port()
    server = serving(settings, port)
    try:
        wait_for(port)
        assert [put_end(port, row, body) for _ in range(2)] == [200, 200]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    assert 0 in heard  # it did die before it answered
    of_this = [fill for fill in fills() if fill.id not in before]
    assert Counter(fill.equipment_id for fill in of_this).most_common(1)[0][1] == 1
    assert Counter((str(fill.state), fill.pressure_kpa) for fill in of_this) == {
        ("filled", 14_000): BOTTLES + 4
    }
    told = select(Event.subject, func.count()).where(Event.verb == "fill.filled").group_by(Event.subject)
    subjects = {f"equipment:{fill.equipment_id}" for fill in of_this}
    assert {number for subject, number in db.session.execute(told) if subject in subjects} == {1}
    assert db.session.scalar(select(func.count()).select_from(Fill)) == len(before) + len(of_this)
