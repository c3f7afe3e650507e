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

from equipment.ledger.actions import EventDraft, append, subject_of
from equipment.ledger.evidence import row_values
from equipment.shell import tables
from equipment.storage import db
from equipment.storage.db import Base

ACTOR = "demo"
CHUNK = 2000
TableRow = dict[str, Any]  # one row by its columns, as it is inserted
EMPTY: dict[str, Callable[[], object]] = {"dict": dict, "list": list}


class Book:
    """Rows and lines of one demonstration city, kept until `write()`; ids come from its own dice, so
    that a city repeats."""

    def __init__(self, seed: str) -> None:
        self.dice = Random(seed)  # noqa: S311  (a city, not a secret)
        self.rows: dict[type[Base], list[TableRow]] = defaultdict(list)
        self.lines: list[tuple[datetime, EventDraft]] = []
        self._blank: dict[type[Base], Callable[[], TableRow]] = {}

    def id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def add(self, model: type[Base], **values: object) -> TableRow:
        """One row with every column, those left out at their default."""
        blank = self._blank.get(model) or self._blank.setdefault(model, blanks(model))
        row = blank() | values
        self.rows[model].append(row)
        return row

    def tell(
        self,
        at: datetime,
        kind: str,
        key: UUID | str,
        verb: str,
        rows: Sequence[tuple[type[Base], Mapping[str, object]]] = (),
        *,
        by: Mapping[str, Any] | None = None,
        **payload: object,
    ) -> None:
        """One ledger line of this person, or of nobody, with the rows it leaves behind as they are now."""
        marks = [row_values(model, row) for model, row in rows]
        self.lines.append(
            (
                at,
                EventDraft(
                    subject_of(kind, key), verb, payload, marks, at, actor=f"user:{by['id']}" if by else ""
                ),
            )
        )

    def write(self) -> None:
        """Everything in one transaction, parents first; the city's database is nobody else's yet."""
        order = {table.name: place for place, table in enumerate(tables.METADATA.sorted_tables)}
        with db.transaction() as session:
            connection = session.connection()
            for model in sorted(self.rows, key=lambda model: order[model.__tablename__]):
                rows = self.rows[model]
                for start in range(0, len(rows), CHUNK):
                    connection.execute(insert(model), rows[start : start + CHUNK])
            self.lines.sort(key=lambda dated: dated[0])
            append(connection, [event for _, event in self.lines], actor=ACTOR)
        self.rows.clear()
        self.lines.clear()


def blanks(model: type[Base]) -> Callable[[], TableRow]:
    """A maker of rows of this model with every column at its default."""
    fixed: TableRow = {}
    empties: dict[str, Callable[[], object]] = {}
    for column in model.__table__.columns:
        if isinstance(column.default, ScalarElementColumnDefault):
            fixed[column.name] = column.default.arg
        elif isinstance(column.default, CallableColumnDefault) and (
            empty := EMPTY.get(getattr(column.default.arg, "__name__", ""))
        ):
            empties[column.name] = empty
        else:
            fixed[column.name] = None
    return lambda: {**fixed, **{name: make() for name, make in empties.items()}}
