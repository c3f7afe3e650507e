"""Statements compiled once, for the few paths that run a thousand times a second.

They are written with the same tables and types as everywhere else; only the work that is the same every time
(building, compiling, expanding lists) is done once per dialect. A list of keys is one parameter, so that the
database's own statement cache serves too.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Generic, NamedTuple

import orjson
from sqlalchemy import Dialect, Executable, Select, bindparam, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import TypeVar

from equipment.storage.db import Base

Row = TypeVar("Row", default=Any)
Processor = Callable[[Any], Any]
KEYS = "keys"
PLACE = "AMONG_THE_KEYS"
ROW = re.compile(r" VALUES (\([?, ]+\))")  # of an insert
MOST_ROWS = 64
_AMONG = {
    "sqlite": "{column} IN (SELECT value FROM json_each(?))",
    "postgresql": f"{{column}} = ANY(%({KEYS})s)",
}


class Statement(NamedTuple):
    """A statement as its driver takes it, with the values of one row, or of many."""

    sql: str
    values: Any
    many: bool = False


def run(connection: Connection, statement: Statement) -> Any:
    """The driver's own cursor within the connection's transaction; a fault is raised as SQLAlchemy would."""
    sql, values, many = statement
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            sql, values, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error
    return cursor


class _Writing(NamedTuple):
    """An insert or update as one driver takes it: its text, the part of it that is repeated for one more row,
    how a row's values are picked, and which of them are turned into the driver's."""

    sql: str
    row: str
    names: tuple[str, ...]
    pick: Callable[[Mapping[str, object]], Iterable[object]]
    processors: tuple[tuple[int, Processor], ...]
    positional: bool


class Write:
    """An insert or update of many rows; each row is a mapping of the statement's parameters. Compiled the
    first time a dialect asks."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._by_dialect: dict[str, _Writing] = {}

    @classmethod
    def into(cls, model: type[Base]) -> Write:
        """An insert that names every column of the model."""
        return cls(insert(model))

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        for statement in self.of(connection.dialect, rows):
            run(connection, statement)

    def of(self, dialect: Dialect, rows: Sequence[Mapping[str, object]]) -> Iterator[Statement]:
        """What writes these rows, with nothing left to be turned or encoded. SQLite lets go of the
        interpreter's lock with every row it is handed: there many rows are one statement, of 1, 2, 4 ...
        rows, so that few texts are prepared."""
        if not rows:
            return
        writing = self._by_dialect.get(dialect.name) or self._compile(dialect)
        many: list[list[object] | dict[str, object]] = []
        for row in rows:
            values = list(writing.pick(row))
            for place, process in writing.processors:
                values[place] = process(values[place])
            many.append(values if writing.positional else dict(zip(writing.names, values, strict=True)))
        if not writing.row:
            yield Statement(writing.sql, many, many=True)
        while writing.row and many:
            size = min(MOST_ROWS, 1 << len(many).bit_length() - 1)
            rows_of_size = ", ".join([writing.row] * size)
            yield Statement(writing.sql.replace(writing.row, rows_of_size), list(chain(*many[:size])))
            many = many[size:]

    def _compile(self, dialect: Dialect) -> _Writing:
        compiled = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        names = tuple(
            compiled.positiontup if compiled.positional and compiled.positiontup else compiled.binds
        )
        converters = [
            compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names
        ]
        pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
        processors = tuple(
            (place, process) for place, process in enumerate(converters) if process is not None
        )
        row = ROW.search(str(compiled)) if dialect.name == "sqlite" else None
        writing = self._by_dialect[dialect.name] = _Writing(
            str(compiled), row[1] if row else "", names, pick, processors, bool(compiled.positional)
        )
        return writing


@lru_cache(maxsize=64)
def _insert(model: type[Base], columns: tuple[str, ...]) -> Write:
    return Write(insert(model).values({name: bindparam(name) for name in columns}))


def insert_rows(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert many rows of the same columns, past Core's work per row: a chunk of an import holds the only
    writer less long. Columns that are not named get the database's own default."""
    if rows:
        _insert(model, tuple(rows[0]))(connection, rows)


class _Reading(NamedTuple):
    """A select as one driver takes it: its text, how a key is turned into the driver's, and which columns are
    turned back."""

    sql: str
    key: Processor | None
    processors: tuple[tuple[int, Processor], ...]
    by_name: bool


class Lookup(Generic[Row]):
    """The rows of a select whose `column` is one of some keys. `row` makes a row of its columns in their
    order (a NamedTuple's `_make`); without it each is a named tuple of the select's own names. Compiled
    the first time a dialect asks."""

    def __init__(
        self,
        rows_wanted: Select[Any],
        column: Any,
        *,
        row: Callable[[Iterable[Any]], Row] | None = None,
        after: str = "",
    ) -> None:
        self._found, self._column, self._after = rows_wanted, column, after
        names = [str(column.key) for column in rows_wanted.selected_columns]
        if row is None:
            row = namedtuple("Row", names)._make  # type: ignore[attr-defined]
        self._row: Callable[[Iterable[Any]], Row] = row
        self._by_dialect: dict[str, _Reading] = {}

    def __call__(self, connection: Connection, keys: Collection[object]) -> list[Row]:
        if not keys:
            return []
        reading = self._by_dialect.get(connection.dialect.name) or self._compile(connection.dialect)
        values = list(keys) if reading.key is None else list(map(reading.key, keys))
        rows = []
        for row in run(
            connection,
            Statement(reading.sql, {KEYS: values} if reading.by_name else (orjson.dumps(values).decode(),)),
        ).fetchall():
            cells = list(row)
            for place, process in reading.processors:
                cells[place] = process(cells[place])
            rows.append(self._row(cells))
        return rows

    def _compile(self, dialect: Dialect) -> _Reading:
        compiled = self._found.where(text(PLACE)).compile(
            dialect=dialect, compile_kwargs={"literal_binds": True}
        )
        converters = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._found.selected_columns
        ]
        column = f"{self._column.table.name}.{self._column.name}"
        sql = f"{compiled} {self._after}".replace(PLACE, _AMONG[dialect.name].format(column=column))
        key = self._column.type.dialect_impl(dialect).bind_processor(dialect)
        processors = tuple(
            (place, process) for place, process in enumerate(converters) if process is not None
        )
        reading = self._by_dialect[dialect.name] = _Reading(sql, key, processors, dialect.name != "sqlite")
        return reading
