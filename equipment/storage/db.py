"""Engine, session, and the one way to write.

Reading needs nothing: use `session`. Writing happens in `with transaction():` at an edge, once.
On SQLite there is one writer at a time by design: a thread lock and a file lock stand before BEGIN IMMEDIATE,
because SQLite's own busy waiting made p99 1.7 s where the lock makes 20-35 ms.
Hot paths share one commit (commits.py).

A thread works in the city's database, unless it is `inside` another one: a sandbox has a database of its own,
with its own writer's place, so that nothing of it can be read from outside.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Engine, MetaData, String, Uuid, create_engine, event, inspect, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker

from equipment.core.errors import Busy
from equipment.core.words import Labelled
from equipment.storage.columns import Document, Instant, Member, json_text

T = TypeVar("T")
P = ParamSpec("P")
_MAPPED = re.compile(r"Mapped\[(\w+)")
APPLICATION = "equipment"  # what PostgreSQL calls our connections
INSERTS: dict[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Base(DeclarativeBase):
    """Every table names its kind in `__table_args__[-1]["info"]["kind"]`: reference, equipment,
    organisation or keyed (docs/design.md 4, growing past one machine); tests/test_architecture.py holds it to
    the keys that kind asks for."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant(),
        UUID: Uuid(),
        dict: Document,  # and every TypedDict
        dict[str, object]: Document,
        dict[str, Any]: Document,
        list[object]: Document,
        list[Any]: Document,
        str: String(),
    }
    # What the ledger proves of a record, by version: equipment/ledger/evidence.py.
    __evidence__: ClassVar[tuple[tuple[str, ...], ...]] = ()
    __of_city__: ClassVar[bool] = False  # read from the city's database in a sandbox too

    def __init_subclass__(cls, **more: object) -> None:
        """Columns annotated with a `Labelled` enum give back its members."""
        super().__init_subclass__(**more)
        names = vars(sys.modules[cls.__module__])
        for name, annotation in cls.__annotations__.items():
            members = names.get((_MAPPED.match(str(annotation)) or ["", ""])[1])
            if isinstance(members, type) and issubclass(members, Labelled):
                column = cls.__table__.c[name]
                column.type = Member(members, column.type.length)  # type: ignore[attr-defined]


# Read through memory: a scan among a million cylinders looks at a dozen pages that no cache holds, and a
# system call for each cost it a third of its time. Writes go to the log as ever. So a connection needs a
# cache of its own for pages of the log only, 4 MiB; what a transaction has changed may take 64 MiB before it
# spills.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-4096",
    "cache_spill=16384",
    "temp_store=MEMORY",
    "mmap_size=2147418112",
    "wal_autocheckpoint=4000",
)

# How long a writer waits for its turn, and for a lock of somebody else's program on the file. Whoever asks a
# page is told after some seconds that it did not work (503). The jobs process, which nobody waits for, waits
# longer, in tries of some seconds; between them it gives the writer's place back, or pages would wait too.
patience_s: float = 4
TRY_S = 4
GAP_S = 0.05


class Database:
    """A database, its engine and its one writer's place. `name` is that of a sandbox, "" the city's; `folder`
    is where a sandbox keeps its files."""

    def __init__(self, url: str, *, name: str = "", folder: Path | None = None, pool: int = 20) -> None:
        self.name, self.folder = name, folder
        self.engine = (
            _sqlite(url, self, pool)
            if url.startswith("sqlite")
            else create_engine(
                url,
                pool_size=pool,
                max_overflow=pool,
                json_serializer=json_text,
                json_deserializer=orjson.loads,
                connect_args={"application_name": APPLICATION},
            )
        )
        is_file = self.engine.dialect.name == "sqlite"
        self.lock_file = Path(f"{self.engine.url.database}.lock") if is_file else None
        self._write_lock = threading.Lock()
        self._lock: int | None = None  # that file, open: whoever holds its lock is the machine's one writer

    def close(self) -> None:
        """Let go of its files and connections; those in use end with their request."""
        self.engine.dispose()
        with self._write_lock:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the single writer's place: this thread among the process's threads, this process among the
        machine's."""
        if getattr(_writer, "on", None):
            raise RuntimeError("a transaction is already open: actions never open one")
        if self.lock_file is None:
            _writer.on = self
            try:
                yield
            finally:
                _writer.on = None
            return
        if not self._write_lock.acquire(timeout=patience_s):
            raise Busy
        try:
            if self._lock is None:
                self._lock = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            _writer.on = self
            try:
                yield
            finally:
                _writer.on = None
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        finally:
            self._write_lock.release()


class HouseSession(Session):
    """A session on the database in which its thread works. What the bureau has set for all (`__of_city__`) is
    read from the city's in any case: a sandbox judges by the same rules."""

    def get_bind(self, mapper: object = None, **_more: object) -> Engine:
        database = sandbox_here()
        if database is None or (mapper is not None and inspect(mapper).class_.__of_city__):
            return engine
        return database.engine


engine: Engine  # the city's
session: scoped_session[Session] = scoped_session(sessionmaker(class_=HouseSession, expire_on_commit=False))

_writer = threading.local()  # `on`: the database whose writer this thread is
_inside = threading.local()  # `database`: the one in which this thread works, where it is not the city's
_city: Database | None = None


def connect(url: str) -> Engine:
    """Work in the database at `url` and return its engine; called once by the wiring of each process."""
    global engine, _city
    session.remove()
    if _city is not None:
        _city.close()
    _city = Database(url)
    engine = _city.engine
    return engine


def here() -> Database:
    """The database in which this thread works."""
    database = sandbox_here() or _city
    if database is None:
        raise RuntimeError("no database is connected")
    return database


def sandbox_here() -> Database | None:
    """The sandbox in which this thread works; None in the city."""
    database: Database | None = getattr(_inside, "database", None)
    return database


def work_in(database: Database | None) -> None:
    """This thread works in `database` from now on, None: in the city's. What was read before is let go."""
    if database is not sandbox_here():
        session.remove()
        _inside.database = database


@contextmanager
def inside(database: Database) -> Iterator[None]:
    """Work in `database` for a while; what was read in the one before stays as it was."""
    before, earlier = sandbox_here(), session() if session.registry.has() else None
    session.registry.clear()
    _inside.database = database
    try:
        yield
    finally:
        session.remove()
        _inside.database = before
        if earlier is not None:
            session.registry.set(earlier)


def engine_name() -> str:
    """ "sqlite" or "postgresql"."""
    return engine.dialect.name


def walked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, which SQLite looks for no index for: it then walks the index of the sort and stops
    after one page, instead of fetching and sorting every row of a long list.
    PostgreSQL finds that out by itself."""
    return condition.is_(true()) if engine_name() == "sqlite" else condition


def _try_s() -> float:
    return min(TRY_S, patience_s)


def _sqlite(url: str, database: Database, pool: int) -> Engine:
    sqlite_engine = create_engine(
        url,
        json_serializer=json_text,
        json_deserializer=orjson.loads,
        pool_size=2 * pool,
        max_overflow=pool,
        pool_use_lifo=True,  # a connection forgets its pages whenever another one wrote: few of them write
        connect_args={"check_same_thread": False, "timeout": _try_s()},
    )

    @event.listens_for(sqlite_engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (*PRAGMAS, f"busy_timeout={int(_try_s() * 1000)}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(sqlite_engine, "begin")
    def began(connection: Connection) -> None:
        cursor = connection.connection.cursor()  # the driver's own: there is nothing to prepare in this word
        try:
            cursor.execute("BEGIN IMMEDIATE" if getattr(_writer, "on", None) is database else "BEGIN")
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                "BEGIN", None, error, sqlite3.Error, dialect=connection.dialect
            ) from error
        finally:
            cursor.close()

    return sqlite_engine


@event.listens_for(Session, "before_flush")
def _flush_only_in_transaction(_session: Session, _context: object, _instances: object) -> None:
    if not getattr(_writer, "on", None):
        raise RuntimeError("writes happen inside `with transaction():` only")


def is_locked_out(error: BaseException) -> bool:
    """Somebody else's program holds the SQLite file, or the line behind it is too long: to try at once again
    would only wait again."""
    if isinstance(error, Busy):
        return True
    fault = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(fault, sqlite3.Error) and fault.sqlite_errorcode == sqlite3.SQLITE_BUSY


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction that writes: commits at the end, rolls back on any exception.
    What was read before is read again."""
    current = session()
    until = time.monotonic() + patience_s
    while True:
        with here().writing():
            current.rollback()
            if _begins(current, until):
                try:
                    yield current
                    current.commit()
                except BaseException:
                    current.rollback()
                    raise
                return
        time.sleep(GAP_S)  # whoever waits for the writer's place gets it


def _begins(current: Session, until: float) -> bool:
    """Whether the file is free to be written; after the last try what holds it is raised."""
    if here().lock_file is None:
        return True
    try:
        current.connection()
    except DBAPIError as error:
        current.rollback()
        if not is_locked_out(error) or time.monotonic() >= until:
            raise
        return False
    return True


@contextmanager
def writing_on(connection: Connection) -> Iterator[None]:
    """One transaction that writes on a bare connection: for paths that share a commit (commits.py). `session`
    beside it only reads."""
    database = here()
    with database.writing(), connection.begin():
        _writer.on = None
        try:
            yield
        finally:
            _writer.on = database


def in_transaction(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run the whole `action` in a transaction of its own; the edge calls this where a retry may be needed."""
    with transaction():
        return action(*args, **kwargs)


def upsert(table: Any) -> Any:
    """`insert` of the dialect in use, which knows `on_conflict_do_nothing`
    and `on_conflict_do_update` on both engines."""
    dialect = engine.dialect.name
    return INSERTS[dialect](table)
