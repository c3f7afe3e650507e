"""Statements compiled once, for the few paths that run a thousand times a second.

They are written with the same tables and types as everywhere else; only the work that is the same every time (building, compiling,
expanding lists) is done once per dialect. A list of keys is one parameter, so that the database's own statement cache serves too.
"""
from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Executable, Select, bindparam, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from equipment.storage.db import Base

Processor = Callable[[Any], Any] | None
KEYS = "keys"
PLACE = "AMONG_THE_KEYS"
_AMONG = {"sqlite": "{column} IN (SELECT value FROM json_each(?))", "postgresql": f"{{column}} = ANY(%({KEYS})s)"}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text with what turns its values into the driver's."""

    sql: str
    binds: tuple[tuple[str, Processor], ...]
    positional: bool

    @classmethod
    def of(cls, statement: Executable, dialect: Dialect) -> _Compiled:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        names = compiled.positiontup if compiled.positional and compiled.positiontup else list(compiled.binds)
        binds = tuple((name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names)
        return cls(str(compiled), binds, bool(compiled.positional))

    def values(self, row: Mapping[str, Any]) -> Any:
        """One row as the driver wants it."""
        if self.positional:
            return tuple([row[name] if process is None else process(row[name]) for name, process in self.binds])
        return {name: row[name] if process is None else process(row[name]) for name, process in self.binds}


def _run(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    """The driver's own cursor within the connection's transaction; a fault is raised as SQLAlchemy would."""
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(sql, values, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect) from error
    return cursor


class _ByDialect:
    """Compiles its statement the first time a dialect asks."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def compiled(self, dialect: Dialect) -> Any:
        found = self._known.get(dialect.name)
        if found is None:
            found = self._known[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> Any:
        raise NotImplementedError


class Write(_ByDialect):
    """An insert or update of many rows; each row is a mapping of the statement's parameters."""

    def __init__(self, statement: Executable) -> None:
        super().__init__()
        self._statement = statement

    @classmethod
    def into(cls, model: type[Base]) -> Write:
        """An insert that names every column of the model."""
        return cls(insert(model))

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            compiled: _Compiled = self.compiled(connection.dialect)
            _run(connection, compiled.sql, [compiled.values(row) for row in rows], many=True)

    def _compile(self, dialect: Dialect) -> _Compiled:
        return _Compiled.of(self._statement, dialect)


@lru_cache(maxsize=64)
def _insert(model: type[Base], columns: tuple[str, ...]) -> Write:
    return Write(insert(model).values({name: bindparam(name) for name in columns}))


def insert_rows(connection: Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of the same columns, past Core's work per row: a chunk of an import holds the only writer less long.
    Columns that are not named get the database's own default."""
    if rows:
        _insert(model, tuple(rows[0]))(connection, rows)


def row_type(names: Sequence[str]) -> Any:
    """A named tuple for rows of these columns."""
    return namedtuple("Found", names)


class Lookup(_ByDialect):
    """The rows of a select whose `column` is one of some keys; each row a named tuple of the select's columns."""

    def __init__(self, found: Select[Any], column: Any, *, after: str = "") -> None:
        super().__init__()
        self._found, self._column, self._after = found, column, after
        made: Any = row_type([str(each.key) for each in found.selected_columns])
        self._make: Callable[[list[Any]], Any] = made._make

    def __call__(self, connection: Connection, keys: Collection[Any]) -> list[Any]:
        if not keys:
            return []
        sql, prepare, processors = self.compiled(connection.dialect)
        rows = _run(connection, sql, prepare(keys)).fetchall()
        return [self._make([value if process is None else process(value) for value, process in zip(row, processors, strict=True)]) for row in rows]

    def _compile(self, dialect: Dialect) -> tuple[str, Callable[[Collection[Any]], Any], list[Processor]]:
        column = f"{self._column.table.name}.{self._column.name}"
        compiled = self._found.where(text(PLACE)).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        processors: list[Processor] = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in self._found.selected_columns]
        one = self._column.type.dialect_impl(dialect).bind_processor(dialect)
        sql = f"{compiled} {self._after}".replace(PLACE, _AMONG[dialect.name].format(column=column))

        def prepare(keys: Collection[Any]) -> Any:
            values = list(keys) if one is None else [one(key) for key in keys]
            return (json.dumps(values),) if dialect.name == "sqlite" else {KEYS: values}

        return sql, prepare, processors
