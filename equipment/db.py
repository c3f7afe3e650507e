"""Engine, session, column types, and the one way to write.

Reading needs nothing: use `session`. Writing happens in `with transaction():` at an edge, once. On SQLite there is
one writer at a time by design: a thread lock and a file lock stand before BEGIN IMMEDIATE, because SQLite's own busy
waiting made p99 1.7 s where the lock makes 20-35 ms. Hot paths share one commit (commits.py).
"""
from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, DateTime, Dialect, Engine, MetaData, String, Table, Uuid, create_engine, event, insert, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.types import TypeDecorator

from equipment.words import Labelled

T = TypeVar("T")
_MAPPED = re.compile(r"Mapped\[(\w+)")
_INSERTS: dict[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without offset must not reach the database")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Member(TypeDecorator[Labelled]):
    """A member of a `Labelled` enum: kept as its value, read back as the member, so that pages know its label and colour."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[Labelled], length: int | None = None) -> None:
        super().__init__(length)
        self.members = members

    def process_result_value(self, value: str | None, dialect: Dialect) -> Labelled | None:
        return None if value is None else self.members(value)


Document = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Every table names its kind in `__table_args__[-1]["info"]["kind"]`: reference, equipment, organisation or keyed
    (design.md 4, growing past one machine); tests/test_architecture.py holds it to the keys that kind asks for."""

    metadata = MetaData(naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s",
    })
    type_annotation_map = {datetime: Instant(), UUID: Uuid(), dict[str, Any]: Document, list[Any]: Document, str: String()}

    def __init_subclass__(cls, **more: Any) -> None:
        """Columns annotated with a `Labelled` enum give back its members."""
        super().__init_subclass__(**more)
        known = vars(sys.modules[cls.__module__])
        for name, annotation in cls.__annotations__.items():
            members = known.get((_MAPPED.match(str(annotation)) or ["", ""])[1])
            if isinstance(members, type) and issubclass(members, Labelled):
                column = cls.__table__.c[name]
                column.type = Member(members, column.type.length)  # type: ignore[attr-defined]


engine: Engine
session: scoped_session[Session] = scoped_session(sessionmaker(expire_on_commit=False))

_writer = threading.local()
_write_lock = threading.Lock()
_lock_file: Path | None = None
_kept: Connection | None = None  # the connection of `write_connection` on SQLite


def connect(url: str) -> Engine:
    """Bind `session` to `url` and return the engine; called once by the wiring of each process."""
    global engine, _lock_file, _kept
    engine = _sqlite(url) if url.startswith("sqlite") else create_engine(url, pool_size=20, max_overflow=20, json_serializer=_dumps)
    _lock_file = Path(f"{engine.url.database}.lock") if engine.dialect.name == "sqlite" else None
    session.remove()
    if _kept is not None:
        _kept.close()
        _kept = None
    session.configure(bind=engine)
    return engine


def engine_name() -> str:
    """"sqlite" or "postgresql"."""
    return engine.dialect.name


def walked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, which SQLite looks for no index for: it then walks the index of the sort and stops after one page,
    instead of fetching and sorting every row of a long list. PostgreSQL finds that out by itself."""
    return condition.is_(true()) if engine_name() == "sqlite" else condition


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def _dumps(value: object) -> str:
    return _ENCODER.encode(value)


def _sqlite(url: str) -> Engine:
    made = create_engine(url, json_serializer=_dumps, pool_size=40, max_overflow=20, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(made, "connect")
    def opened(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-65536", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def began(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if getattr(_writer, "on", False) else "BEGIN")

    return made


@event.listens_for(Session, "before_flush")
def _flush_only_in_transaction(_session: Session, _context: object, _instances: object) -> None:
    if not getattr(_writer, "on", False):
        raise RuntimeError("writes happen inside `with transaction():` only")


@contextmanager
def _writing() -> Iterator[None]:
    """Hold the single writer's place: this thread among the process's threads, this process among the machine's."""
    if getattr(_writer, "on", False):
        raise RuntimeError("a transaction is already open: actions never open one")
    if _lock_file is None:
        _writer.on = True
        try:
            yield
        finally:
            _writer.on = False
        return
    with _write_lock, open(_lock_file, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _writer.on = True
        try:
            yield
        finally:
            _writer.on = False


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction that writes: commits at the end, rolls back on any exception. What was read before is read again."""
    with _writing():
        current = session()
        current.rollback()
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise


@contextmanager
def write_connection() -> Iterator[Connection]:
    """One transaction that writes on a bare connection: for paths that share a commit (commits.py). `session` beside it only reads."""
    with _writing(), _bare() as connection, connection.begin():
        _writer.on = False
        try:
            yield connection
        finally:
            _writer.on = True


@contextmanager
def _bare() -> Iterator[Connection]:
    """SQLite forgets a connection's page cache whenever another one wrote: its one writer keeps one connection, and with it the cache."""
    global _kept
    if _lock_file is None:
        with engine.connect() as connection:
            yield connection
        return
    if _kept is None or _kept.closed or _kept.invalidated or _kept.engine is not engine:
        _kept = engine.connect()
    try:
        yield _kept
    except BaseException:
        _kept.close()
        raise


def in_transaction(action: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run the whole `action` in a transaction of its own; the edge calls this where a retry may be needed."""
    with transaction():
        return action(*args, **kwargs)


def upsert(table: Any) -> Any:
    """`insert` of the dialect in use, which knows `on_conflict_do_nothing` and `on_conflict_do_update` on both engines."""
    dialect = engine.dialect.name
    return _INSERTS[dialect](table)


FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
FULL_SQLITE = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"})
FULL_POSTGRES = "53100"


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room to write: for a file, for SQLite, for PostgreSQL. Nothing was written then."""
    if isinstance(error, OSError):
        return error.errno in FULL
    driver = getattr(error, "orig", None)
    return getattr(driver, "sqlite_errorname", "") in FULL_SQLITE or getattr(driver, "sqlstate", "") == FULL_POSTGRES


def insert_rows(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """`insert` of many rows. On SQLite whole rows go past Core's work per row, with Core's own types: a chunk of an import
    holds the only writer less long."""
    if not rows:
        return
    table = cast(Table, model.__table__)
    if connection.dialect.name != "sqlite" or len(rows[0]) < len(table.columns):
        connection.execute(insert(table), list(rows))
        return
    statement, columns = _insert_shape(table, connection.dialect)
    connection.exec_driver_sql(statement, [tuple(bind(row[name]) if bind else row[name] for name, bind in columns) for row in rows])


@lru_cache(maxsize=64)
def _insert_shape(table: Table, dialect: Dialect) -> tuple[str, tuple[tuple[str, Callable[[Any], Any] | None], ...]]:
    """The insert of all columns of a table, and how each is bound."""
    names = [column.name for column in table.columns]
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    quote = dialect.identifier_preparer.quote
    places = ", ".join("?" for _ in names)
    return f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))}) VALUES ({places})", tuple(zip(names, binds, strict=True))  # noqa: S608


def sync_folder(path: Path) -> None:
    """fsync a folder, so that a file renamed into it survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
