"""Column types: what a value looks like in Python and in either database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.types import TypeDecorator

from equipment.core import clock
from equipment.core.words import Labelled

# The values of one row by column, as they are inserted: each has the type of its column.
Columns = dict[str, Any]


# What a list can be sorted by, under the name in the address bar: one column, or several one after the other.
Sorts = Mapping[str, SQLCoreOperations[Any] | tuple[SQLCoreOperations[Any], ...]]


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
    """A member of a `Labelled` enum: kept as its value, read back as the member,
    so that pages know its label and colour."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[Labelled], length: int | None = None) -> None:
        super().__init__(length)
        self.members = members
        self._by_value = {member.value: member for member in members}

    def process_result_value(self, value: str | None, dialect: Dialect) -> Labelled | None:
        return None if value is None else self._by_value[value]


def changing() -> MappedColumn[datetime]:
    """When the row was last written, by our clock; lists of what goes on are read on by it
    (web/cursors.py)."""
    return mapped_column(default=clock.now, onupdate=clock.now)


Document = JSON().with_variant(JSONB(), "postgresql")


def json_text(value: object) -> str:
    """The text of a JSON column."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
