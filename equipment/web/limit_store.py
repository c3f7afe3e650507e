"""Where rate limits are counted: a small store of its own that all workers share, never the writer of the
scans.

On SQLite a file beside the database without fsync, on PostgreSQL an unlogged table: what a power cut takes is
a count. Registered the way `limits` documents for a storage of one's own: a subclass with a scheme.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from limits.storage import MovingWindowSupport, Storage
from sqlalchemy import (
    Connection,
    Engine,
    column,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

SCHEMA = "rate_limits"  # of PostgreSQL, so that migrations of the tracker's own tables never see this one
FILE = "limits.db"
WAIT_S = 2  # longer than this nobody waits for a count
SWEEP_S = 60
LOCKS = 7_001  # class of our advisory locks on PostgreSQL
SWEEPING = 0
COLUMNS = (
    "key VARCHAR(300) NOT NULL, at DOUBLE PRECISION NOT NULL, until DOUBLE PRECISION NOT NULL, "
    "amount INTEGER NOT NULL"
)


class SharedStorage(Storage, MovingWindowSupport):
    """A row for each hit that still counts: (key, at, until, amount); times are seconds since 1970, UTC."""

    STORAGE_SCHEME = ["tracker"]

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, *, url: str, folder: str
    ) -> None:
        """`url` is the tracker's PostgreSQL database; without one the store is a file in `folder`."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._engine = _postgres(url) if url else _sqlite(Path(folder))
        self._is_postgres = self._engine.dialect.name == "postgresql"
        self._hits = table(
            "hit",
            column("key"),
            column("at"),
            column("until"),
            column("amount"),
            schema=SCHEMA if self._is_postgres else None,
        )
        self._made = False
        self._making = Lock()
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return (SQLAlchemyError, OSError)

    @contextmanager
    def _counting(self, key: str | None = None) -> Iterator[Connection]:
        """A transaction in which nobody else counts `key`; the table is made by whoever comes first."""
        with self._making:
            if not self._made:
                (_make_table if self._is_postgres else _make_file)(self._engine)
                self._made = True
        with self._engine.begin() as connection:
            if key is not None and self._is_postgres:
                connection.execute(select(func.pg_advisory_xact_lock(LOCKS, func.hashtext(key))))
            yield connection
            self._sweep(connection)

    def _sweep(self, connection: Connection) -> None:
        """Once a minute, whoever counts takes away what no longer counts; never two at once."""
        now = time.time()
        if now - self._swept_at < SWEEP_S:
            return
        self._swept_at = now
        alone = select(func.pg_try_advisory_xact_lock(LOCKS + 1, SWEEPING))
        if self._is_postgres and not connection.scalar(alone):
            return
        connection.execute(delete(self._hits).where(self._hits.c.until <= now))

    def _total(
        self, connection: Connection, key: str, since: float | None = None
    ) -> tuple[int, float | None, float | None]:
        """(how many, the first one's moment, the first end) of the hits that count now, or of those since a
        moment."""
        hits = self._hits.c
        counts = hits.until > time.time() if since is None else hits.at >= since
        total = select(func.coalesce(func.sum(hits.amount), 0), func.min(hits.at), func.min(hits.until))
        row = connection.execute(total.where(hits.key == key, counts)).one()
        return int(row[0]), row[1], row[2]

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` more within the window of `expiry` seconds; False, and nothing counted, when that is
        over the limit."""
        with self._counting(key) as connection:
            now = time.time()
            if self._total(connection, key, now - expiry)[0] + amount > limit:
                return False
            connection.execute(insert(self._hits).values(key=key, at=now, until=now + expiry, amount=amount))
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """(when the window of this key began, how many it holds)."""
        now = time.time()
        with self._counting() as connection:
            number, began, _until = self._total(connection, key, now - expiry)
        return (now if began is None else began, number)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in a fixed window, which ends `expiry` seconds after its first hit; returns how
        many it holds."""
        with self._counting(key) as connection:
            now = time.time()
            number, _began, until = self._total(connection, key)
            until = until or now + expiry
            connection.execute(insert(self._hits).values(key=key, at=now, until=until, amount=amount))
            return number + amount

    def get(self, key: str) -> int:
        with self._counting() as connection:
            return self._total(connection, key)[0]

    def get_expiry(self, key: str) -> float:
        with self._counting() as connection:
            return self._total(connection, key)[2] or time.time()

    def check(self) -> bool:
        """Whether the store can be written; asked again and again while limits are counted in memory
        instead."""
        try:
            self.clear("check")
        except self.base_exceptions:
            return False
        return True

    def clear(self, key: str) -> None:
        with self._counting(key) as connection:
            connection.execute(delete(self._hits).where(self._hits.c.key == key))

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def reset(self) -> int | None:
        with self._counting() as connection:
            return connection.execute(delete(self._hits)).rowcount


def _postgres(url: str) -> Engine:
    """Neither a standby that is gone nor a lock may keep a sign-in waiting: no commit waits, no statement for
    long."""
    wait = WAIT_S * 1000
    options = f"-c synchronous_commit=off -c lock_timeout={wait} -c statement_timeout={wait}"
    return create_engine(
        url,
        pool_size=2,
        max_overflow=8,
        pool_timeout=WAIT_S,
        connect_args={"connect_timeout": WAIT_S, "options": options},
    )


def _sqlite(folder: Path) -> Engine:
    """A log costs no more than a journal in memory (27 and 26 us a hit, measured) and outlives a process that
    is killed in mid-write."""
    file = folder / FILE
    engine = create_engine(
        f"sqlite:///{file}",
        pool_size=2,
        max_overflow=8,
        pool_timeout=WAIT_S,
        connect_args={"check_same_thread": False, "timeout": WAIT_S},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_table(engine: Engine) -> None:
    """The unlogged table of PostgreSQL; one worker makes it, the others wait for that one."""
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(LOCKS + 1, SWEEPING)))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text(f"CREATE UNLOGGED TABLE IF NOT EXISTS {SCHEMA}.hit ({COLUMNS})"))
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_hit_key_at ON {SCHEMA}.hit (key, at)"))
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_hit_until ON {SCHEMA}.hit (until)"))


def _make_file(engine: Engine) -> None:
    """The file of SQLite, for its owner only: it holds addresses. One that a power cut broke is thrown
    away."""
    file = Path(engine.url.database or "")
    try:
        _fill_file(engine, file)
    except DatabaseError as error:
        broken = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
        if getattr(error.orig, "sqlite_errorcode", None) not in broken:
            raise
        engine.dispose()
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        _fill_file(engine, file)


def _fill_file(engine: Engine, file: Path) -> None:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS hit ({COLUMNS})"))
        connection.execute(text("CREATE INDEX IF NOT EXISTS ix_hit_key_at ON hit (key, at)"))
        connection.execute(text("CREATE INDEX IF NOT EXISTS ix_hit_until ON hit (until)"))
