"""Whether work waits: asked four times a second all day long, so the answer costs as little as it can."""

from __future__ import annotations

import time

import structlog
from sqlalchemy import Connection, bindparam
from sqlalchemy.exc import DBAPIError

from equipment.core import clock
from equipment.storage import db
from equipment.tasks.runner import Runner

READ_EVERY_S = 5  # at the latest: the lease of a dead worker runs out without anybody writing
AFTER_FAULT_S = 1


class Lookout:
    """Looks on one connection of its own, with a statement that is built once.

    SQLite itself says whether anybody has written since the last look; only then the line is read. PostgreSQL
    answers in one round trip.
    """

    def __init__(self, runner: Runner) -> None:
        self._waiting = runner.waiting(bindparam("now"))
        self._connection: Connection | None = None
        self._version = -1
        self._read_at = 0.0
        self._blind_until = 0.0

    def sees_work(self) -> bool:
        """Whether anything waits; a database that cannot be reached is asked again a second later."""
        if time.monotonic() < self._blind_until:
            return False
        try:
            return self._look()
        except DBAPIError as error:
            structlog.get_logger().error("jobs", fault=f"{type(error).__name__}: {error}")
            self.close()
            self._blind_until = time.monotonic() + AFTER_FAULT_S
            return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._version = -1

    def _look(self) -> bool:
        if self._connection is None:
            self._connection = db.engine.connect()
            if db.engine_name() == "postgresql":
                self._connection = self._connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            if not self._has_changed(self._connection):
                return False
            return self._connection.execute(self._waiting, {"now": clock.now()}).first() is not None
        finally:
            self._connection.rollback()  # no snapshot stays open

    def _has_changed(self, connection: Connection) -> bool:
        if db.engine_name() != "sqlite":
            return True
        version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        if version == self._version and time.monotonic() - self._read_at < READ_EVERY_S:
            return False
        self._version, self._read_at = version, time.monotonic()
        return True
