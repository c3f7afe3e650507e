"""One receipt per client-made id: a fresh message, the same one again, another one under its id; one at a
time and many at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.intake.actions import (
    ReceiptBook,
    Receipts,
    forget_contacts,
    id_of_content,
    last_contact,
    note_contact,
)
from equipment.intake.models import Receipt
from equipment.intake.rules import EarlierMessage
from equipment.people.models import Device
from equipment.people.rules import DeviceKind
from equipment.storage import db, statements
from tests import make

BOOK = Receipts("fill_result", "result_id")


def test_a_fresh_message_a_replay_and_a_conflict(app: Flask) -> None:
    key, station = new_id(), new_id()
    with db.transaction() as session:
        assert BOOK.answer_again(session.connection(), key, sender=station, content='{"a":1}') is None
        BOOK.received('{"a":1}', sender=station, key=key, about=key).keep("filled")
    connection = db.session.connection()
    assert BOOK.answer_again(connection, key, sender=station, content='{"a":1}') == "filled"
    with pytest.raises(Conflict) as other:
        BOOK.answer_again(connection, key, sender=station, content='{"a":2,"b":3}')
    assert sorted(other.value.fields) == ["a", "b"]
    with pytest.raises(Conflict) as foreign:
        BOOK.answer_again(connection, key, sender=new_id(), content='{"a":1}')
    assert list(foreign.value.fields) == ["result_id"]


def test_many_ids_are_one_statement(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, station = [new_id() for _ in range(5)], new_id()
    with db.transaction():
        for key in keys[:3]:
            BOOK.received("{}", sender=station, key=key, about=key).keep("yes")
    runs: list[str] = []
    run = statements.run
    monkeypatch.setattr(
        statements,
        "run",
        lambda connection, statement: runs.append(statement.sql) or run(connection, statement),
    )
    assert BOOK.earlier(db.session.connection(), keys) == dict.fromkeys(
        keys[:3], EarlierMessage(station, "{}", "yes")
    )
    assert (len(runs), BOOK.earlier(db.session.connection(), []), len(runs)) == (1, {}, 1)


def test_a_table_says_by_whom_its_ids_are_made(app: Flask) -> None:
    columns = Receipt.__table__.c
    by_kind = ReceiptBook(Receipt, "id", sender=func.coalesce(columns.organisation_id, columns.id))
    key = new_id()
    with db.transaction():
        BOOK.received("{}", sender=None, key=key, about=key).keep("yes")
    assert by_kind.answer_again(db.session.connection(), key, sender=key, content="{}") == "yes"


def test_the_same_words_about_the_same_thing_have_one_id() -> None:
    about = new_id()
    assert id_of_content(about, "a") == id_of_content(about, "a")
    assert len({id_of_content(about, "a"), id_of_content(about, "b"), id_of_content(new_id(), "a")}) == 3


def test_every_worker_knows_the_contact_that_was_written_down(app: Flask) -> None:
    forget_contacts()
    seen = clock.now() - timedelta(days=3)
    device, _token = make.device(make.station(), DeviceKind.CONTROLLER, seen_at=seen)
    assert (last_contact(device), last_contact(None), note_contact(None)) == (seen, None, False)
    assert [note_contact(device), note_contact(device)] == [True, False]
    at_another = clock.now()
    with make.writing():
        db.session.get_one(Device, device.id).seen_at = at_another
    assert last_contact(device) == at_another  # not what this process remembers of it
