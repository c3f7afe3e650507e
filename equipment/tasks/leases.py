"""A lease: whoever runs a task or a job holds its row for a while and renews it, so that a dead worker's row
comes free by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from datetime import timedelta
from threading import Event
from typing import TypeVar

from flask import current_app, has_app_context
from sqlalchemy import Update
from sqlalchemy.exc import DBAPIError

from equipment.core import clock
from equipment.core.errors import Busy
from equipment.storage.db import is_locked_out, session, transaction

R = TypeVar("R")
TICK_S = 0.5
RENEWALS = 6  # in the length of a lease


class Lease:
    """The hold of one worker on one row; `mine` updates that row only while this worker still holds it."""

    def __init__(self, mine: Update, length: timedelta) -> None:
        self.mine = mine
        self.length = length
        self.renewed_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is time to renew it: often enough that one missed renewal loses nothing."""
        return time.monotonic() - self.renewed_at >= self.length.total_seconds() / RENEWALS

    def renew(self, **values: object) -> bool:
        """Hold the row for another length and write these columns; False when somebody else has it by now.
        While nobody can write, nobody else can have taken it."""
        self.renewed_at = time.monotonic()
        try:
            return self.write(lease_until=clock.now() + self.length, **values)
        except (Busy, DBAPIError) as error:
            if not is_locked_out(error):
                raise
            return True

    def settle(self, stopping: Event, **values: object) -> bool:
        """Write how it ended, however long somebody else's program holds the database: what is not written
        would be done again."""
        while True:
            try:
                return self.write(**values)
            except (Busy, DBAPIError) as error:
                if not is_locked_out(error) or stopping.is_set():
                    raise

    def write(self, **values: object) -> bool:
        """Write these columns; False, and nothing written, when somebody else has the row."""
        with transaction() as current:
            written: int = current.execute(self.mine.values(**values)).rowcount  # type: ignore[attr-defined]
        return written == 1

    def tick(self) -> None:
        """Renew when it is time to; for work that says nothing while it runs."""
        if self.is_due:
            self.renew()


def in_own_thread(work: Callable[[], R], tick: Callable[[], None]) -> Future[R]:
    """Run `work` in a thread of its own and call `tick` twice a second until it has ended; returns its
    future.

    The thread gets an application context of its own where the caller has one: without it no text is
    translated.
    """
    context = current_app.app_context() if has_app_context() else nullcontext()

    def clean() -> R:
        with context:
            try:
                return work()
            finally:
                session.remove()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(clean)
        while not wait([future], timeout=TICK_S).done:
            tick()
    return future
