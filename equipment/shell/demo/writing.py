"""Writing much at once: rows per table and ledger lines, in the order in which they happened."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from equipment.ledger.actions import Line, append, row_values, subject_of
from equipment.shell import tables
from equipment.storage import db
from equipment.storage.db import Base

ACTOR = "demo"
CHUNK = 2000
EMPTY: dict[str, Callable[[], Any]] = {"dict": dict, "list": list}


class Book:
    """Rows and lines of one demonstration city, kept until `write()`; ids come from its own dice, so that a city repeats."""

    def __init__(self, seed: str) -> None:
        self.dice = Random(seed)  # noqa: S311  (a city, not a secret)
        self.rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self.lines: list[tuple[datetime, Line]] = []
        self._blank: dict[type[Base], Callable[[], dict[str, Any]]] = {}

    def id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def add(self, model: type[Base], **values: Any) -> dict[str, Any]:
        """One row with every column, those left out at their default."""
        blank = self._blank.get(model) or self._blank.setdefault(model, blanks(model))
        made = blank() | values
        self.rows[model].append(made)
        return made

    def tell(self, at: datetime, kind: str, key: UUID, verb: str, rows: Sequence[tuple[type[Base], Mapping[str, Any]]] = (), *,
             by: Mapping[str, Any] | None = None, **payload: Any) -> None:
        """One ledger line of this person, or of nobody, with the rows it leaves behind as they are now."""
        marks = [row_values(model, row) for model, row in rows]
        self.lines.append((at, Line(subject_of(kind, key), verb, payload, marks, at, actor=f"user:{by['id']}" if by else "")))

    def write(self) -> None:
        """Everything in one transaction, parents first; the city's database is nobody else's yet."""
        order = {table.name: place for place, table in enumerate(tables.METADATA.sorted_tables)}
        with db.transaction() as session:
            connection = session.connection()
            for model in sorted(self.rows, key=lambda each: order[each.__tablename__]):
                rows = self.rows[model]
                for start in range(0, len(rows), CHUNK):
                    connection.execute(insert(model), rows[start:start + CHUNK])
            self.lines.sort(key=lambda each: each[0])
            append(connection, [line for _, line in self.lines], actor=ACTOR)
        self.rows.clear()
        self.lines.clear()


def blanks(model: type[Base]) -> Callable[[], dict[str, Any]]:
    """A maker of rows of this model with every column at its default."""
    fixed: dict[str, Any] = {}
    made: dict[str, Callable[[], Any]] = {}
    for column in model.__table__.columns:
        if isinstance(column.default, ScalarElementColumnDefault):
            fixed[column.name] = column.default.arg
        elif isinstance(column.default, CallableColumnDefault) and (empty := EMPTY.get(getattr(column.default.arg, "__name__", ""))):
            made[column.name] = empty
        else:
            fixed[column.name] = None
    return lambda: {**fixed, **{name: make() for name, make in made.items()}}
