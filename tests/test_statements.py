"""Rows written by compiled statements: many of them in few statements, whatever their number."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from equipment.core import clock
from equipment.ledger.actions import (
    BEGINNING,
    CHAIN,
    EventDraft,
    Heads,
    begin_chains,
    links_of,
    move_heads,
    write_events,
)
from equipment.ledger.models import Event
from equipment.storage import db
from equipment.storage.statements import MOST_ROWS, Write

ROWS = {0: [], 1: [1], 2: [2], 3: [2, 1], 13: [8, 4, 1], MOST_ROWS: [64], 200: [64, 64, 64, 8]}


def lines(count: int) -> Heads:
    return {f"made:{number}": BEGINNING for number in range(count)}


@pytest.mark.sqlite
@pytest.mark.parametrize("count", ROWS)
def test_many_rows_are_few_statements_of_few_texts(app: Flask, count: int) -> None:
    drafts = [EventDraft(subject, "made", at=clock.now()) for subject in lines(count)]
    statements = list(write_events.of(db.engine.dialect, links_of(lines(count), drafts, actor="test").events))
    assert [statement.sql.count("(?") for statement in statements] == ROWS[count]
    assert not any(statement.many for statement in statements)


@pytest.mark.parametrize("count", ROWS)
def test_each_row_is_written_once_with_its_own_values(app: Flask, count: int) -> None:
    drafts = [EventDraft(subject, "made", {"of": subject}) for subject in lines(count)]
    links = links_of(lines(count), drafts, actor="test")
    with db.engine.connect() as connection, db.writing_on(connection):
        begin_chains[connection.dialect.name](
            connection,
            [{"subject": subject, "seq": 0, "digest": BEGINNING[1], "sealed": 0} for subject in lines(count)],
        )
        write_events(connection, links.events)
        move_heads(connection, links.heads)
    assert sorted(db.session.execute(select(Event.subject, Event.payload)).all()) == sorted(
        (subject, f'{{"of":"{subject}"}}') for subject in lines(count)
    )
    assert db.session.scalar(select(func.count()).select_from(CHAIN).where(CHAIN.c.seq == 1)) == count


def test_an_update_is_written_row_by_row(app: Flask) -> None:
    [statement] = move_heads.of(db.engine.dialect, [{"key": "made:1", "to": 1, "head": "x"}] * 3)
    assert (isinstance(move_heads, Write), statement.many, len(statement.values)) == (True, True, 3)
