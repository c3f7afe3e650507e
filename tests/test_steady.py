"""The log of SQLite is carried into the database beside the writer, and nobody's commit is lost or held up by it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from equipment.core.config import ROOT
from equipment.storage import db, steady


@pytest.mark.sqlite
def test_the_log_is_carried_while_others_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, stop = tmp_path / "other.db", threading.Event()
    monkeypatch.setattr(steady, "EVERY_S", 0.005)
    engine = db.Database(f"sqlite:///{file}").engine
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_autocheckpoint=0"))
        connection.execute(text("CREATE TABLE kept (number INTEGER PRIMARY KEY, told TEXT)"))
        carrier = threading.Thread(target=steady._carry, args=(str(file), stop))
        carrier.start()
        size = 0
        deadline = time.monotonic() + 20
        for number in range(200):
            connection.execute(
                text("INSERT INTO kept VALUES (:number, :told)"), {"number": number, "told": "x" * 5000}
            )
            connection.commit()
        while time.monotonic() < deadline and size < 200 * 5000:
            time.sleep(0.01)
            size = file.stat().st_size
        assert size >= 200 * 5000, "what was committed stands in the database file itself"
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 200
    stop.set()
    carrier.join(5)
    engine.dispose()
    assert not carrier.is_alive()


def test_an_entry_settles_its_process(tmp_path: Path) -> None:
    asked = "import gc, threading, wsgi; print(gc.get_freeze_count() > 10_000, [t.name for t in threading.enumerate() if t.name == 'checkpoints'])"
    environ = {**os.environ, "INSTANCE": str(tmp_path)} | {"DATABASE_URL": ""}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert told.stdout.split("\n")[0] == "True ['checkpoints']"


HEAPS = """
import ctypes, threading
from equipment.storage import db, steady
db.connect("sqlite:///none.db")
steady._carry = lambda _database: None
steady.settle()
libc, gate = ctypes.CDLL(None), threading.Barrier(33)
libc.malloc.restype, libc.fdopen.restype = ctypes.c_void_p, ctypes.c_void_p
def take():
    taken = libc.malloc(5000)
    gate.wait()
for number in range(32):
    threading.Thread(target=take, daemon=True).start()
gate.wait()
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")
def test_the_threads_of_a_settled_process_share_two_heaps() -> None:
    told = subprocess.run([sys.executable, "-c", HEAPS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.count("<heap nr=") == 2
