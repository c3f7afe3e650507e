"""What keeps a process that runs for weeks quick and small. Each entry (wsgi.py, jobs)
calls `settle()` once, after it has made its app and before it starts threads."""

from __future__ import annotations

import ctypes
import gc
import sqlite3
import threading

import structlog

from equipment.storage import db

EVERY_S = 0.1
COLLECT = (20_000, 50, 100)
# mallopt(3) of glibc: its parameters, and what we set. By itself it gives eight heaps to each core, so that
# what 32 threads leave behind lies in sixteen of them, half empty; and a large block that was given back once
# makes it take all such blocks from heaps, where what is left between small ones stays for ever.
HEAPS = {-8: 2, -3: 128 * 1024}  # M_ARENA_MAX, M_MMAP_THRESHOLD in bytes


def settle() -> None:
    """Leave what lives as long as the process out of garbage collection, which costs bulk work a fifth of its
    time; let threads share two heaps; on SQLite carry the log into the database beside the writer, not within
    somebody's commit."""
    if allocator := getattr(ctypes.CDLL(None), "mallopt", None):  # another C library has its own way
        for parameter, value in HEAPS.items():
            allocator(parameter, value)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    if db.engine_name() == "sqlite" and db.engine.url.database:
        threading.Thread(
            target=_carry, args=(db.engine.url.database,), name="checkpoints", daemon=True
        ).start()


def _carry(database: str, stop: threading.Event | None = None) -> None:
    """A passive checkpoint blocks nobody; the commit that finds the log long
    (PRAGMAS of db.py) has then little left to carry."""
    stop, connection, seen = stop or threading.Event(), sqlite3.connect(database, isolation_level=None), -1
    while not stop.wait(EVERY_S):
        try:
            busy, frames, carried = (
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if seen != (now := _version(connection))
                else (0, 0, 0)
            )
        # a full disk: commits say so themselves, and the log keeps all until there is room
        except sqlite3.Error as error:
            structlog.get_logger().warning("checkpoint", error=str(error))
            stop.wait(10)
            continue
        seen = -1 if busy or carried < frames else now
    connection.close()


def _version(connection: sqlite3.Connection) -> int:
    """Moves when anybody else has written."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
