"""Rate limits are counted once for all workers: none lost, kept over a restart, and never in the way of a
sign-in."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from equipment import create_app
from equipment.core.config import ROOT, Settings
from equipment.storage import db
from equipment.web import limits
from equipment.web.limit_store import FILE, SharedStorage

COUNTING = """
import sys
from equipment.web.limit_store import SharedStorage
store = SharedStorage(url=sys.argv[1], folder=sys.argv[2])
print(sum(store.acquire_entry("many", 100, 600) for _ in range(60)))
print(sum(store.incr("fixed", 600) > 0 for _ in range(25)))
"""


@pytest.fixture
def where(settings: Settings, app: Flask) -> dict[str, str]:
    return {"url": settings.url if settings.url.startswith("postgresql") else "", "folder": settings.instance}


@pytest.fixture
def store(where: dict[str, str]) -> Iterator[SharedStorage]:
    made = SharedStorage(**where)
    yield made
    made.close()


def hits(app: Flask, number: int, rate: str = "5/minute") -> list[bool]:
    with app.app_context():
        return [limits.hit(parse(rate), "someone") for _ in range(number)]


def test_processes_that_count_at_once_lose_nothing(where: dict[str, str], store: SharedStorage) -> None:
    command = [sys.executable, "-c", COUNTING, where["url"], where["folder"]]
    counting = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    granted = [tuple(map(int, process.communicate(timeout=300)[0].split())) for process in counting]
    assert sum(many for many, _ in granted) == 100
    assert [fixed for _, fixed in granted] == [25, 25]
    assert (store.get_moving_window("many", 100, 600)[1], store.get("fixed")) == (100, 50)


def test_two_applications_share_a_limit_and_a_restart_keeps_it(app: Flask, settings: Settings) -> None:
    assert hits(app, 3) == [True] * 3
    for granted in ([True, True, False], [False]):
        db.engine.dispose()
        again = create_app(settings)
        assert hits(again, len(granted)) == granted
        again.extensions[limits.EXTENSION].store.close()


def test_a_hit_counts_for_its_window_and_its_row_then_goes(store: SharedStorage) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        assert [store.acquire_entry("short", 2, 1) for _ in range(3)] == [True, True, False]
        assert store.incr("ends", 1) == 1
        assert store.get_expiry("ends") - time.time() == 1
        clock.shift(1.1)
        assert (store.get("ends"), store.get_moving_window("short", 2, 1)[1]) == (0, 0)
        assert store.acquire_entry("short", 2, 1) is True
        store._swept_at = 0.0
        store.get("anything")
        assert store.reset() == 1


def test_more_at_once_than_the_limit_and_a_cleared_key(store: SharedStorage) -> None:
    assert [store.acquire_entry("big", 10, 60, amount) for amount in (11, 10, 1)] == [False, True, False]
    store.clear("big")
    assert store.acquire_entry("big", 10, 60) is True


def test_a_store_that_fails_keeps_nobody_out_and_memory_goes_on_counting(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_connection: object) -> None:
        raise OSError("no such disk")

    store = app.extensions[limits.EXTENSION].store
    monkeypatch.setattr(store, "_sweep", broken)
    answers = [client.post("/sign-in", data={"mobile": "", "password": ""}).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    monkeypatch.undo()
    app.extensions[limits.EXTENSION].own_until = 0.0
    assert client.post("/sign-in", data={"mobile": "", "password": ""}).status_code == 200


@pytest.mark.sqlite
def test_a_store_that_a_power_cut_broke_is_made_anew_and_only_its_owner_reads_it(
    app: Flask, settings: Settings
) -> None:
    file = Path(settings.instance) / FILE
    file.write_bytes(b"this is no database" * 500)
    assert hits(app, 6) == [True] * 5 + [False]
    assert file.stat().st_mode & 0o777 == 0o600


def test_counting_never_asks_the_writer_of_the_scans(app: Flask) -> None:
    with db.transaction():
        assert hits(app, 2) == [True, True]
