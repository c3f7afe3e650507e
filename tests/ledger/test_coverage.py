"""Every column of every table: proved by the ledger, or named here with why it need not be.

That the program's own writes leave their lines is held by the fixture `app`: every test ends with a ledger whose
records fit (tests/conftest.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Column, insert, update
from sqlalchemy.engine import Connection

from equipment.core.config import Settings
from equipment.ledger.actions import EventDraft, append
from equipment.ledger.evidence import Model, key_names, proved, row_values
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.shell.tables import models
from equipment.storage import db
from equipment.storage.columns import Instant, Member

ITSELF = "the ledger itself: chains, heads and seals check each other"
WORK = "how far the program is with work of its own; what the work leaves behind is proved"
MESSAGE = "a message about something that is proved"
READING = "what an import read; the pieces it enters are proved"
COPY = "made anew from what is proved"
WHEN = "when the row was written; its line says so too"
MOVES = "moves with every sign-in or contact"
OF_PIECE = "copied from the piece, whose own line proves it"
REPEATED = "moves with every repeat of a message; the first is proved"

TABLES = {  # no column of these is proved
    "chain": ITSELF,
    "event": ITSELF,
    "seal": ITSELF,
    "sealed_head": ITSELF,
    "column_mapping": READING,
    "control_day": "made from the register, stopped days and records, which are proved",
    "departure": "whose list a piece went off; the line of the hand-over names both parties",
    "digest": MESSAGE,
    "facet": COPY,
    "gateway_fault": "messages that were not taken, counted for whoever mends the gateway",
    "upload_attempt": "what a firm's system was told, kept for some months; what was recorded is proved",
    "heartbeat": WORK,
    "import_batch": READING,
    "import_row": READING,
    "job_run": WORK,
    "kept_form": "a form kept over a sign-in, for an hour",
    "lift_day": "sums of what a gateway reports by the minute; faults and alarms are proved",
    "lift_link": "the last word of a lift's gateway, moved by every message",
    "label_batch": "what was printed; every label of it is proved",
    "notice": MESSAGE,
    "paper_due": COPY,
    "photo_mark": "worked out from a content, which its digest proves",
    "place_cursor": WORK,
    "rescue_code": COPY,
    "risk": COPY,
    "running_count": COPY,
    "rule_announcement": COPY,
    "setup_link": "opens an empty database once; the first account is proved",
    "sign_in": "sessions and what locks an account for a while; roles and passwords are proved",
    "task": WORK,
    "unit_risk": COPY,
    "visit_counter": "the last number given; every numbered record is proved",
}
COLUMNS = {
    "channel": {"created_at": WHEN},
    "customer": dict.fromkeys(("name", "address", "phone"), "who it is, never in the ledger")
    | {"created_at": WHEN},
    "device": {"created_at": WHEN, "seen_at": MOVES, "drift_s": MOVES},
    "due": {"planned_at": WHEN},
    "equipment": {"created_at": WHEN, "updated_at": WHEN},
    "firm_checklist": {"made_at": WHEN},
    "inspection": {"changed_at": WHEN},
    "instrument": {"check_due_on": COPY},
    "lift_event": {"area": OF_PIECE, "category": OF_PIECE, "last_at": REPEATED, "repeats": REPEATED},
    "lot": {"changed_at": WHEN},
    "label": {"print_state": WORK, "print_id": WORK},
    "organisation": {"created_at": WHEN},
    "pass_list": {"as_of": "when the register last said the same", "content": "its digest is proved"},
    "rescue_call": {"caller_phone": "who called, blanked after some days", "changed_at": WHEN},
    "province_swipe": {
        "area": OF_PIECE,
        "category": OF_PIECE,
        "file_name": "the digest of the file is proved",
    },
    "second_factor": {"counter": MOVES},
    "stored_file": {"created_at": WHEN},
    "tally": {"counted_at": WHEN},
    "user": {
        "fs_uniquifier": "ends sessions; decides nothing",
        "locale": "the language he reads",
        "seen_at": MOVES,
        "created_at": WHEN,
    },
    "visit": {"changed_at": WHEN},
    "whereabouts": {"seen_at": "when a scan last spoke of it; each scan is proved"},
}
PROVED = {name: model for name, model in models().items() if model.__evidence__}


def test_every_table_is_proved_or_says_why_not() -> None:
    assert {name for name, model in models().items() if not model.__evidence__} == set(TABLES)


@pytest.mark.parametrize("name", sorted(PROVED))
def test_every_column_is_proved_or_says_why_not(name: str) -> None:
    model = PROVED[name]
    left = {column.name for column in model.__table__.columns} - {*proved(model), *key_names(model)}
    assert left == set(COLUMNS.get(name, ()))


@pytest.mark.parametrize("name", sorted(PROVED))
def test_no_column_is_listed_twice(name: str) -> None:
    assert len(proved(PROVED[name])) == len(set(proved(PROVED[name])))


def value(column: Column[Any], *, other: bool = False) -> object:
    """A value that the column takes, and another one."""
    kind: Any = column.type
    if isinstance(kind, Member):
        members = list(kind.members)
        return members[-1 if other else 0]
    python = datetime if isinstance(kind, Instant) else kind.python_type
    pairs: dict[type, tuple[object, object]] = {
        bool: (False, True),
        bytes: (b"1", b"2"),
        int: (3, 4),
        str: ("甲", "乙"),
        UUID: (UUID(int=1), uuid4()),
        date: (date(2026, 1, 2), date(2026, 1, 3)),
        datetime: (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=1)),
    }
    return pairs.get(python, ({"a": 1}, {"a": 2}))[other]


@pytest.fixture
def forger(app: Flask) -> Iterator[Connection]:
    """Somebody with the database file: no key and no check stands in his way."""
    db.session.remove()
    with db.engine.connect() as connection:
        file: Any = connection.connection.dbapi_connection
        file.execute("PRAGMA foreign_keys = OFF")
        file.execute("PRAGMA ignore_check_constraints = ON")
        yield connection
    db.engine.dispose()


@pytest.mark.sqlite
@pytest.mark.forged
@pytest.mark.parametrize("name", sorted(PROVED))
def test_an_edit_of_any_proved_column_past_the_ledger_is_named(
    forger: Connection, settings: Settings, name: str
) -> None:
    model: Model = PROVED[name]
    table = model.__table__
    row = {column.name: value(column) for column in table.columns}
    keys = [table.c[key] == row[key] for key in key_names(model)]
    with forger.begin():
        forger.execute(insert(model), [row])
        append(forger, [EventDraft("made:up", "made", rows=[row_values(model, row)])], actor="test")
    missed = []
    for column in proved(model):
        if column in key_names(model):
            continue
        forged = value(table.c[column], other=True)
        with forger.begin():
            forger.execute(update(model).where(*keys).values({column: forged}))
        if verify(db.engine, settings.folder, [model]).faults != {LedgerFault.RECORD_CHANGED: 1}:
            missed.append(column)
        with forger.begin():
            forger.execute(update(model).where(*keys).values({column: row[column]}))
    assert missed == []


@pytest.mark.sqlite
@pytest.mark.forged
@pytest.mark.parametrize(
    ("column", "rubbish"),
    [("status", "flying"), ("registered_on", "yesterday"), ("owner_id", "nobody"), ("details", "{")],
)
def test_a_value_that_no_column_holds_is_named_and_stops_nothing(
    forger: Connection, settings: Settings, column: str, rubbish: str
) -> None:
    """The other records are still compared."""
    model = PROVED["equipment"]
    rows = [
        {of.name: value(of) for of in model.__table__.columns} | {"id": UUID(int=number)}
        for number in (1, 2, 3)
    ]
    with forger.begin():
        forger.execute(insert(model), rows)
        append(
            forger,
            [EventDraft("made:up", "made", rows=[row_values(model, row) for row in rows])],
            actor="test",
        )
        forger.exec_driver_sql(f"UPDATE equipment SET {column} = ? WHERE id = ?", (rubbish, UUID(int=2).hex))
        forger.exec_driver_sql("UPDATE equipment SET name = 'x' WHERE id = ?", (UUID(int=3).hex,))
    report = verify(db.engine, settings.folder, [model])
    assert (report.faults, report.first and report.first.where) == (
        {LedgerFault.RECORD_CHANGED: 2},
        f"equipment/{UUID(int=2)}",
    )
