"""What is counted as records arrive, and the statements that count it: triggers of the database, so that
every path that writes a record is counted with it, in its transaction. Pure.

Each change appends a line of +1 or -1; nobody waits for a sum that somebody else is changing. A job folds the
lines together, another compares the sums with a full count every night.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

TABLE = "running_count"
STEPS = ("added", "removed", "changed")
COLUMNS = "subject, place, kind, day, number"


@dataclass(frozen=True, slots=True)
class CountedSubject:
    """One kind of record that is counted: which rows of which table, by which place, kind and day. `{row}`
    stands for the row in `condition`, `place`, `kind` and `day`; `moved_by` are the columns they read."""

    name: str
    table: str
    condition: str
    place: str
    kind: str
    day: str
    moved_by: tuple[str, ...]

    def key(self, row: str) -> str:
        return ", ".join(part.format(row=row) for part in (self.place, self.kind, self.day))

    def holds(self, row: str) -> str:
        return f"({self.condition.format(row=row)})"


PIECES_IN_USE = CountedSubject(
    "pieces_in_use",
    "standing",
    "{row}.until_on IS NULL AND {row}.status = 'in_use'",
    "{row}.area",
    "{row}.category",
    "CAST(NULL AS DATE)",
    ("until_on", "status", "area", "category"),
)
DUES_UNKNOWN = CountedSubject(
    "dues_unknown",
    "due",
    "{row}.state = 'open' AND {row}.origin = 'unknown'"
    " AND {row}.kind IN ('inspection', 'external', 'annual_inspection')",
    "{row}.area",
    "{row}.category",
    "CAST(NULL AS DATE)",
    ("state", "origin", "kind", "area", "category"),
)
STATION_SCANS = CountedSubject(
    "station_scans",
    "scan",
    "1 = 1",
    "CAST({row}.organisation_id AS VARCHAR(36))",
    "''",
    '{row}."on"',
    ("organisation_id", "on"),
)
STATION_LATE_FILLS = CountedSubject(  # bottles with a result and without a scan, entered by hand
    "station_late_fills",
    "fill",
    "{row}.late_entry AND NOT {row}.superseded AND {row}.state IN ('filled', 'overfilled', 'failed')",
    "CAST({row}.organisation_id AS VARCHAR(36))",
    "''",
    '{row}."on"',
    ("late_entry", "superseded", "state", "organisation_id", "on"),
)
SUBJECTS = (PIECES_IN_USE, DUES_UNKNOWN, STATION_SCANS, STATION_LATE_FILLS)


class CountDifference(NamedTuple):
    """A sum that is not what a full count finds."""

    place: str
    kind: str
    day: date | None
    sum: int
    counted: int


def trigger_name(subject: CountedSubject, step: str) -> str:
    return f"counted_{subject.name}_{step}"


def _line(subject: CountedSubject, row: str, number: int) -> str:
    return f"INSERT INTO {TABLE} ({COLUMNS}) SELECT '{subject.name}', {subject.key(row)}, {number}"


def _head(subject: CountedSubject, step: str) -> str:
    """What calls a trigger: only a change that moves a sum does."""
    when = {
        "added": subject.holds("NEW"),
        "removed": subject.holds("OLD"),
        "changed": f"({subject.holds('OLD')} OR {subject.holds('NEW')}) AND (({subject.holds('OLD')})"
        f" <> ({subject.holds('NEW')}) OR {_moved(subject)})",
    }[step]
    columns = ", ".join(f'"{column}"' for column in subject.moved_by)
    event = {"added": "INSERT", "removed": "DELETE", "changed": f"UPDATE OF {columns}"}[step]
    name = trigger_name(subject, step)
    return f"CREATE TRIGGER {name} AFTER {event} ON {subject.table} FOR EACH ROW WHEN ({when})"


def _moved(subject: CountedSubject) -> str:
    parts = (subject.place, subject.kind, subject.day)
    return " OR ".join(
        f"{part.format(row='OLD')} IS DISTINCT FROM {part.format(row='NEW')}" for part in parts
    )


def sqlite_trigger(subject: CountedSubject, step: str) -> str:
    lines = {
        "added": [f"{_line(subject, 'NEW', 1)};"],
        "removed": [f"{_line(subject, 'OLD', -1)};"],
        "changed": [
            f"{_line(subject, 'OLD', -1)} WHERE {subject.holds('OLD')};",
            f"{_line(subject, 'NEW', 1)} WHERE {subject.holds('NEW')};",
        ],
    }[step]
    return f"{_head(subject, step)} BEGIN {' '.join(lines)} END"


def postgresql_function(subject: CountedSubject) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION counted_{subject.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_line(subject, 'OLD', -1)} WHERE {subject.holds('OLD')}; END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_line(subject, 'NEW', 1)} WHERE {subject.holds('NEW')}; END IF; "
        "RETURN NULL; END $$"
    )


def postgresql_trigger(subject: CountedSubject, step: str) -> str:
    return f"{_head(subject, step)} EXECUTE FUNCTION counted_{subject.name}()"


def full_count(subject: CountedSubject) -> str:
    """The rows as they are, counted: (place, kind, day, number)."""
    return (
        f"SELECT {subject.key('counted')}, count(*) FROM {subject.table} AS counted"
        f" WHERE {subject.holds('counted')} GROUP BY 1, 2, 3"
    )


def comparison(subject: CountedSubject) -> str:
    """One statement, hence one moment: every sum that differs from the full count."""
    return (
        "SELECT place, kind, day, sum(kept) AS sum, sum(counted) AS counted FROM ("
        f"SELECT place, kind, day, number AS kept, 0 AS counted FROM {TABLE}"
        f" WHERE subject = '{subject.name}' UNION ALL "
        f"SELECT place, kind, day, 0, number FROM (SELECT {subject.place.format(row='r')} AS place,"
        f" {subject.kind.format(row='r')} AS kind, {subject.day.format(row='r')} AS day, count(*) AS number"
        f" FROM {subject.table} AS r WHERE {subject.holds('r')} GROUP BY 1, 2, 3) AS full_count"
        ") AS both_counts GROUP BY place, kind, day HAVING sum(kept) <> sum(counted) ORDER BY 1, 2, 3"
    )
