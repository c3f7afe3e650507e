"""The bureau's values are asked for once in a transaction, and never stale: what is set in it is seen at once, what another one commits is seen in the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update

from equipment.core import clock
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.regulation.models import Choice, RuleOverride
from equipment.regulation.queries import choice, finding_confirms_days, on_demand_pilot, rules
from equipment.rules import actions
from equipment.storage import db
from equipment.storage.db import Base, Database, inside
from tests import make
from tests.test_query_counts import counted

KEY = "visit_days.quarter"


@pytest.fixture
def by(app: Flask) -> Viewer:
    return viewer_of(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )


def days() -> tuple[int, int]:
    """A value of a rule and a choice, as they stand now."""
    return rules("elevator").integer(KEY, clock.today()), finding_confirms_days(clock.today())


def set_days(value: int, chosen: int, by: Viewer) -> None:
    actions.set_value("elevator", KEY, clock.today(), value, cite="市局〔2026〕1号", by=by)
    actions.choose("finding_confirms_days", clock.today(), {"value": str(chosen)}, cite="会议纪要", by=by)


def elsewhere(what: Callable[[], object]) -> None:
    """In another thread, with a session and a connection of its own, as in another process."""

    def run() -> None:
        try:
            what()
        finally:
            db.session.remove()

    other = threading.Thread(target=run)
    other.start()
    other.join()


def set_elsewhere(value: int, chosen: int, by: Viewer) -> None:
    elsewhere(lambda: db.in_transaction(set_days, value, chosen, by))


def test_one_transaction_asks_once_for_all_rules_and_once_for_all_choices(by: Viewer) -> None:
    db.session.rollback()
    with counted() as asked:
        for _ in range(3):
            rules("elevator"), rules("cylinder"), days()
            choice("delay_months", clock.today()), on_demand_pilot(clock.today())
    assert len(asked) == 2
    db.session.rollback()
    with counted() as asked:
        days()
    assert len(asked) == 2


def test_what_is_set_in_a_transaction_is_seen_in_it(by: Viewer) -> None:
    with db.transaction():
        before = days()
        set_days(60, 20, by)
        assert (before, days()) == ((90, 15), (60, 20))
        set_days(75, 25, by)
        db.session.flush()
        assert days() == (75, 25)
    assert days() == (75, 25)


def test_what_is_written_by_a_statement_or_taken_back_is_seen_too(by: Viewer) -> None:
    with db.transaction():
        set_days(60, 20, by)
    with db.transaction():
        assert days() == (60, 20)
        point = db.session.begin_nested()
        set_days(75, 25, by)
        assert days() == (75, 25)
        point.rollback()
        assert days() == (60, 20)
        db.session.execute(update(Choice).values(value={"value": 30}))
        assert days() == (60, 30)
        db.session.execute(delete(Choice))
        db.session.execute(delete(RuleOverride))
        assert days() == (90, 15)
        db.session.rollback()
    assert days() == (60, 20)


def test_what_a_failed_transaction_had_set_is_not_there(by: Viewer) -> None:
    def fail() -> None:
        set_days(60, 20, by)
        assert days() == (60, 20)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.in_transaction(fail)
    assert days() == (90, 15)


def test_what_another_process_commits_is_seen_in_the_next_transaction(by: Viewer) -> None:
    db.session.rollback()
    assert days() == (90, 15)
    set_elsewhere(60, 20, by)
    db.session.rollback()
    assert days() == (60, 20)
    set_elsewhere(75, 25, by)
    with db.transaction():
        assert days() == (75, 25)


def test_a_sandbox_has_its_own_memory_of_the_citys_values(by: Viewer, sandbox: Database) -> None:
    db.session.rollback()
    assert days() == (90, 15)
    set_elsewhere(60, 20, by)
    with inside(sandbox):
        assert days() == (60, 20)
        set_elsewhere(75, 25, by)
        db.session.rollback()
        assert days() == (75, 25)
    db.session.rollback()
    assert days() == (75, 25)
    with inside(sandbox), counted() as asked:  # of the city's engine
        days(), days()
    assert len(asked) == 2


@pytest.fixture
def sandbox(app: Flask, tmp_path: Path) -> Iterator[Database]:
    """A database with every table, and nothing in it."""
    database = Database(f"sqlite:///{tmp_path / 'sandbox.db'}", name="tried")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()
