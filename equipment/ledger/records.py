"""Every ledgered record against the last event that speaks of it.

Both sides are put into a throw-away SQLite file and compared there, so that millions of
records need no memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from equipment.ledger.actions import GONE, row_values
from equipment.ledger.report import LedgerFault, Report
from equipment.storage.db import Base

BUFFER = 5000
SHAPE = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;
CREATE TABLE claim (key TEXT PRIMARY KEY, at TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE present (key TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""
CLAIM = """INSERT INTO claim VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET at = excluded.at, digest = excluded.digest WHERE excluded.at >= claim.at"""
COMPARISONS = (
    (
        LedgerFault.RECORD_CHANGED,
        "FROM claim JOIN present USING (key) WHERE claim.digest <> present.digest AND claim.digest <> ''",
    ),
    (
        LedgerFault.RECORD_GONE,
        "FROM claim LEFT JOIN present USING (key) WHERE present.key IS NULL AND claim.digest <> ''",
    ),
    (
        LedgerFault.RECORD_EXTRA,
        "FROM present LEFT JOIN claim USING (key) WHERE claim.key IS NULL OR claim.digest = ''",
    ),
)
assert GONE == ""


class Records:
    """The two sides of the comparison. Only tables of `models` are looked at."""

    def __init__(self, path: Path, models: Iterable[type[Base]]) -> None:
        self.models = {model.__tablename__: model for model in models if hasattr(model, "__ledgered__")}
        self.file = sqlite3.connect(path, isolation_level=None)
        self.file.executescript(SHAPE)
        self.waiting: list[tuple[str, str, str]] = []

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()

    def claim(self, spoken: Mapping[str, tuple[datetime, str]]) -> None:
        """What one chain says last of each record."""
        self.waiting += [
            (key, at.isoformat(timespec="microseconds"), digest)
            for key, (at, digest) in spoken.items()
            if key.split("/", 1)[0] in self.models
        ]
        if len(self.waiting) >= BUFFER:
            self._flush()

    def _flush(self) -> None:
        self._insert(CLAIM, self.waiting)
        self.waiting.clear()

    def _insert(self, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
        self.file.execute("BEGIN")
        self.file.executemany(statement, rows)
        self.file.execute("COMMIT")

    def compare(self, connection: Connection, report: Report) -> None:
        """Read every ledgered record as it stands and name what does not fit."""
        self._flush()
        for model in self.models.values():
            for part in _records(connection, model):
                report.records += len(part)
                self._insert("INSERT INTO present VALUES (?, ?)", part)
        for fault, clause in COMPARISONS:
            count, first = self.file.execute(f"SELECT count(*), min(key) {clause}").fetchone()
            if count:
                report.add(fault, first, count)


def _records(connection: Connection, model: type[Base]) -> Iterator[list[tuple[str, str]]]:
    table = model.__table__
    ledgered: tuple[str, ...] = model.__ledgered__  # type: ignore[attr-defined]
    names = {*ledgered, *(column.name for column in table.primary_key)}
    stored = connection.execution_options(stream_results=True, yield_per=BUFFER).execute(
        select(*(table.c[name] for name in sorted(names)))
    )
    for part in stored.mappings().partitions():
        yield [row_values(model, dict(values)) for values in part]


def spoken_of(payload: str) -> dict[str, str]:
    """The records an event's payload speaks of: key to digest."""
    if '"rows":' not in payload:
        return {}
    rows = json.loads(payload).get("rows", {})
    return rows if isinstance(rows, dict) else {}
