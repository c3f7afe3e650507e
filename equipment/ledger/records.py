"""Every record under evidence against the last line that speaks of it.

Both sides are put into a throw-away SQLite file and compared there, so that millions of
records need no memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, cast, select
from sqlalchemy.engine import Connection

from equipment.ledger.evidence import Model, key_names, proved, row_values, version_of
from equipment.ledger.report import LedgerFault, Report

BUFFER = 5000
UNREADABLE = (ValueError, LookupError, TypeError)
SHAPE = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;
CREATE TABLE evidence (model TEXT PRIMARY KEY, newest INTEGER NOT NULL, covered INTEGER NOT NULL);
CREATE TABLE claim (key TEXT PRIMARY KEY, at TEXT NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL,
    mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE present (key TEXT, mark TEXT NOT NULL, model TEXT NOT NULL,
    PRIMARY KEY (key, mark)) WITHOUT ROWID;
CREATE TABLE behind (key TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW standing AS SELECT claim.*,
    EXISTS (SELECT 1 FROM present p WHERE p.key = claim.key) AS stands,
    EXISTS (SELECT 1 FROM present p WHERE p.key = claim.key AND p.mark = claim.mark) AS fits
    FROM claim WHERE mark <> '';
CREATE VIEW unspoken AS SELECT DISTINCT key, model FROM present
    WHERE NOT EXISTS (SELECT 1 FROM claim WHERE claim.key = present.key AND claim.mark <> '');
"""
CLAIM = """INSERT INTO claim VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
SET at = excluded.at, version = excluded.version, mark = excluded.mark WHERE excluded.at >= claim.at"""
COMPARISONS = {
    LedgerFault.RECORD_CHANGED: "SELECT count(*), min(key) FROM standing WHERE stands AND NOT fits",
    LedgerFault.RECORD_GONE: "SELECT count(*), min(key) FROM standing WHERE NOT stands",
    LedgerFault.RECORD_EXTRA: (
        "SELECT count(*), min(key) FROM unspoken JOIN evidence USING (model) WHERE covered"
    ),
}
# Records that an older version of their table's evidence proves, or that stood there before it began.
BEHIND = """INSERT INTO behind
SELECT key, mark FROM standing JOIN evidence USING (model) WHERE version < newest AND fits
UNION ALL SELECT key, '' FROM unspoken JOIN evidence USING (model) WHERE NOT covered"""


class Records:
    """The two sides of the comparison. Only tables of `models` are looked at."""

    def __init__(self, path: Path, models: Iterable[Model]) -> None:
        self.models = {model.__tablename__: model for model in models if model.__evidence__}
        self.waiting: list[tuple[str, str, str, int, str]] = []
        self.file = sqlite3.connect(path, isolation_level=None)
        self.file.executescript(SHAPE)
        evidence = [
            (name, len(model.__evidence__), bool(proved(model, 1))) for name, model in self.models.items()
        ]
        self.file.executemany("INSERT INTO evidence VALUES (?, ?, ?)", evidence)

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()

    def claim(self, spoken: Mapping[str, tuple[datetime, str]]) -> None:
        """What one chain says last of each record."""
        for key, (at, mark) in spoken.items():
            if (model := key.split("/", 1)[0]) in self.models:
                stamp = at.isoformat(timespec="microseconds")
                self.waiting.append((key, stamp, model, version_of(mark), mark))
        if len(self.waiting) >= BUFFER:
            self._flush()

    def covered(self, model: str) -> None:
        """A line says that every record of this table was entered: whatever stands without one is extra."""
        self.file.execute("UPDATE evidence SET covered = 1 WHERE model = ?", (model,))

    def _flush(self) -> None:
        self._insert(CLAIM, self.waiting)
        self.waiting.clear()

    def _insert(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self.file.execute("BEGIN")
        self.file.executemany(statement, rows)
        self.file.execute("COMMIT")

    def compare(self, connection: Connection, report: Report) -> None:
        """Read every record under evidence as it stands and name what does not fit."""
        self._flush()
        for model in self.models.values():
            versions = self._versions(model)
            try:
                for part in _records(connection, model):
                    self._stand(model, part, versions)
                    report.records += len(part)
            except UNREADABLE:
                self._one_by_one(connection, model, versions)
        for fault, question in COMPARISONS.items():
            count, first = self.file.execute(question).fetchone()
            if count:
                report.add(fault, first, count)
        report.behind = self.file.execute(BEHIND).rowcount

    def _stand(self, model: Model, records: Iterable[Mapping[str, object]], versions: Iterable[int]) -> None:
        """These records as they are, by each version that the lines speak of."""
        marks = [
            (*row_values(model, values, version), model.__tablename__)
            for values in records
            for version in versions
        ]
        self._insert("INSERT OR IGNORE INTO present VALUES (?, ?, ?)", marks)

    def _one_by_one(self, connection: Connection, model: Model, versions: list[int]) -> None:
        """A value that its column cannot hold was written past the program: the record that has it stands for
        nothing that was said of it."""
        table = model.__table__
        names = [cast(column, Text) for column in table.primary_key]
        for key in connection.execute(select(*names)).all():
            this = and_(*(name == value for name, value in zip(names, key, strict=True)))
            try:
                record = dict(connection.execute(select(table).where(this)).mappings().one())
                self._stand(model, [record], versions)
            except UNREADABLE:
                parts = [
                    UUID(value) if isinstance(column.type, Uuid) else value
                    for column, value in zip(table.primary_key, key, strict=True)
                ]
                named = "/".join([model.__tablename__, *map(str, parts)])
                self._insert("INSERT INTO present VALUES (?, ?, ?)", [(named, "", model.__tablename__)])

    def _versions(self, model: Model) -> list[int]:
        """By which versions the lines speak of this table: few, and one on most days."""
        claimed = self.file.execute(
            "SELECT DISTINCT version FROM claim WHERE model = ? AND version BETWEEN 1 AND ?",
            (model.__tablename__, len(model.__evidence__)),
        )
        return [version for (version,) in claimed] or [len(model.__evidence__)]

    def behind(self, keys: Sequence[str]) -> dict[str, str]:
        """Those of these records that their newest version does not prove yet, with what was said of them;
        nothing where no line speaks of one."""
        late = "SELECT key, mark FROM behind WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self.file.execute(late, (json.dumps(keys),)))

    def uncovered(self) -> list[Model]:
        """Tables that came under evidence later and of which no line says yet that all was entered."""
        return [
            self.models[name]
            for (name,) in self.file.execute("SELECT model FROM evidence WHERE NOT covered ORDER BY model")
        ]


def _records(connection: Connection, model: Model) -> Iterator[list[dict[str, object]]]:
    table = model.__table__
    names = {*proved(model), *key_names(model)}
    stored = connection.execution_options(stream_results=True, yield_per=BUFFER).execute(
        select(*(table.c[name] for name in sorted(names)))
    )
    for part in stored.mappings().partitions():
        yield [dict(values) for values in part]


def spoken_of(payload: str) -> dict[str, str]:
    """The records an event's payload speaks of: key to mark."""
    if '"rows":' not in payload:
        return {}
    rows = json.loads(payload).get("rows", {})
    return rows if isinstance(rows, dict) else {}
