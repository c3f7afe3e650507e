"""After an upgrade: records that stand under an older version of their evidence are entered under the
newest.

Entered is only what the check has just found to fit its last line. A line of `evidence:<table>` speaks of up
to 200 records; nothing that was written before changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, literal, select, true, tuple_
from sqlalchemy.engine import Connection, Engine

from equipment.core.chunks import chunks
from equipment.ledger.actions import EventDraft, append, subject_of
from equipment.ledger.evidence import Model, key_names, proved, row_values, version_of
from equipment.ledger.records import Records
from equipment.storage.db import transaction

READ, CHUNK = 2000, 200
ENTERED, COVERED = "evidence.entered", "evidence.covered"
Key = tuple[object, ...]  # the values of a primary key


def renew(engine: Engine, records: Records) -> int:
    """Enter what the check found behind, in transactions of 200; answers how many records. One that changed
    since the check is left: its own line speaks of it by now, or the next check names it."""
    entered = 0
    for model in records.models.values():
        for part in chunks(_behind(engine, records, model), CHUNK):
            with transaction() as session:
                entered += _enter(session.connection(), model, dict(part))
    for model in records.uncovered():
        with transaction() as session:
            _tell(session.connection(), model, COVERED, [])
    return entered


def _behind(engine: Engine, records: Records, model: Model) -> Iterator[tuple[Key, str]]:
    """(primary key, what was said) of the records of a table that are behind, in short reads: no writer's log
    grows meanwhile."""
    columns = [model.__table__.c[name] for name in key_names(model)]
    last: ColumnElement[bool] = true()
    while True:
        after = select(*columns).where(last).order_by(*columns).limit(READ)
        with engine.connect() as connection:
            keys = [tuple(row) for row in connection.execute(after)]
        named = {"/".join([model.__tablename__, *map(str, key)]): key for key in keys}
        yield from ((named[name], mark) for name, mark in records.behind(list(named)).items())
        if len(keys) < READ:
            return
        read = (literal(value, column.type) for value, column in zip(keys[-1], columns, strict=True))
        last = tuple_(*columns) > tuple_(*read)


def _enter(connection: Connection, model: Model, marks: dict[Key, str]) -> int:
    """One line about those of these records that still are what was said of them."""
    table, names = model.__table__, key_names(model)
    columns = {*names, *proved(model)}
    query = (
        select(*(table.c[name] for name in sorted(columns)))
        .where(tuple_(*(table.c[name] for name in names)).in_(list(marks)))
        .with_for_update()
    )
    rows = []
    for values in map(dict, connection.execute(query).mappings()):
        mark = marks[tuple(values[name] for name in names)]
        if not mark or row_values(model, values, version_of(mark))[1] == mark:
            rows.append(row_values(model, values))
    if rows:
        _tell(connection, model, ENTERED, rows)
    return len(rows)


def _tell(connection: Connection, model: Model, verb: str, rows: list[tuple[str, str]]) -> None:
    payload = {"table": model.__tablename__, "version": len(model.__evidence__)}
    subject = subject_of("evidence", model.__tablename__)
    append(connection, [EventDraft(subject, verb, payload, rows)], actor="system")
