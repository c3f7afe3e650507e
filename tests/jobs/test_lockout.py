"""Another program holds the SQLite file: the jobs process waits a while, says so, and goes on; nothing is lost."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from equipment.core import clock
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db, lockout
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import JobRun, Task
from equipment.tasks.queries import LOCKED_OUT, jobs_trouble
from equipment.tasks.rules import Lane, RunState, TaskState
from equipment.tasks.runner import Runner
from equipment.tasks.timetable import Every, Timed
from jobs.runs import Jobs
from tests import make

pytestmark = pytest.mark.sqlite
OFTEN = Timed("often", "Often", Every(1440))


class Foreign:
    """Another program, which holds the file until it lets go."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(
            str(db.engine.url.database), isolation_level=None, check_same_thread=False
        )

    def hold(self, seconds: float = 0) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        if seconds:
            threading.Timer(seconds, self.let_go).start()

    def let_go(self) -> None:
        self.connection.execute("ROLLBACK")


@pytest.fixture
def foreign(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Foreign]:
    """The patience of this test is one second, in tries of a fifth."""
    monkeypatch.setattr(db, "patience_s", 1)
    monkeypatch.setattr(db, "TRY_S", 0.2)
    db.engine.dispose()
    db.connect(str(db.engine.url))
    other = Foreign()
    with contextlib.closing(other.connection):
        yield other
    db.engine.dispose()


def rows() -> list[JobRun]:
    db.session.rollback()
    history = select(JobRun).order_by(JobRun.attempt).execution_options(populate_existing=True)
    return list(db.session.scalars(history))


def test_a_writer_waits_in_tries_and_gives_its_place_back_between_them(foreign: Foreign) -> None:
    foreign.hold()
    began, gaps = time.monotonic(), []
    with Path(f"{db.engine.url.database}.lock").open("a") as place:

        def try_to_get_in() -> None:
            while time.monotonic() - began < 0.9:
                waited = time.monotonic()
                fcntl.flock(place, fcntl.LOCK_EX)
                gaps.append(time.monotonic() - waited)
                fcntl.flock(place, fcntl.LOCK_UN)
                time.sleep(0.05)

        page = threading.Thread(target=try_to_get_in)
        page.start()
        with pytest.raises(DBAPIError) as refused, db.transaction():
            raise AssertionError("nobody can write now")
        took = time.monotonic() - began
        page.join()
    foreign.let_go()
    assert db.is_locked_out(refused.value)
    assert 1 <= took < 3
    assert len(gaps) >= 2
    assert max(gaps) < 0.9  # never the whole second
    with db.transaction():
        pass


def test_a_short_lock_is_waited_out(foreign: Foreign, app: Flask) -> None:
    foreign.hold(seconds=0.6)
    Jobs("one", {}, ()).beat()
    assert lockout.held_since() is None


def test_a_long_lock_is_said_and_is_over_when_something_was_written(
    foreign: Foreign, app: Flask, administrator: FlaskClient
) -> None:
    jobs, before = Jobs("one", {}, ()), clock.now()
    jobs.beat()
    assert administrator.get("/healthz").status_code == 200
    foreign.hold()
    for _ in range(2):
        with pytest.raises(DBAPIError):
            jobs.beat()
    since = lockout.held_since()
    assert since is not None
    assert before < since < clock.now()
    assert [trouble.code for trouble in jobs_trouble()] == ["database:held"]
    health = administrator.get("/healthz")
    assert (health.status_code, health.get_json()["jobs"]["troubles"]) == (503, ["database:held"])
    at = clock.site_time(since).strftime("%Y-%m-%d %H:%M")
    assert f"从 {at} 起，别的程序一直占着数据库" in administrator.get("/jobs").text
    foreign.let_go()
    jobs.beat()
    assert (lockout.held_since(), jobs_trouble()) == (None, [])


def test_a_job_that_could_not_write_runs_again_as_soon_as_it_can(foreign: Foreign, app: Flask) -> None:
    ran: list[str] = []

    def work(_on: date) -> Mapping[str, Any]:
        ran.append("begun")
        if len(ran) <= 7:  # more often than a job that fails by itself is tried
            foreign.hold()
            try:
                with db.transaction():
                    raise AssertionError("nobody can write now")
            finally:
                foreign.let_go()
        return {"done": len(ran)}

    jobs = Jobs("one", {"often": work}, (OFTEN,))
    for _ in range(9):
        jobs.run_due()
    history = [(run.attempt, run.state, run.message) for run in rows()]
    assert history == [*((n, RunState.FAILED, LOCKED_OUT) for n in range(1, 8)), (8, RunState.DONE, "")]


def test_what_a_job_did_is_written_down_when_the_file_is_free_again(foreign: Foreign, app: Flask) -> None:
    ran: list[date] = []

    def work(on: date) -> Mapping[str, Any]:
        ran.append(on)
        foreign.hold(seconds=2.5)  # longer than anybody's patience
        return {"done": 1}

    jobs = Jobs("one", {"often": work}, (OFTEN,))
    assert (jobs.run_due(), jobs.run_due()) == (1, 0)
    assert [(run.state, run.outcome) for run in rows()] == [(RunState.DONE, {"done": 1})]
    assert len(ran) == 1


@pytest.fixture
def administrator(app: Flask, signed_in: Any) -> FlaskClient:
    office = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    browser: FlaskClient = signed_in(make.user(office, Role.ADMINISTRATOR))
    return browser


def task(kind: str) -> Task:
    office = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    with db.transaction():
        return enqueue(kind, {}, by=viewer_of(office), title="t", locale="en")


def state(key: Any) -> tuple[TaskState, int, str]:
    db.session.rollback()
    query = visible(SYSTEM, Task).where(Task.id == key).execution_options(populate_existing=True)
    row = db.session.scalars(query).one()
    return row.state, row.attempts, str(row.message)


def test_a_task_that_could_not_write_waits_and_then_ends_well(foreign: Foreign, app: Flask) -> None:
    tries: list[int] = []

    def maker(_task: Task, _progress: Progress) -> TaskOutcome:
        tries.append(1)
        if len(tries) <= 5:  # more often than a task may be cut off
            foreign.hold(seconds=1.4)
            with db.transaction():
                raise AssertionError("nobody can write now")
        return TaskOutcome(summary={"rows": 3})

    key = task("held").id
    runner = Runner("one", {"held": maker}, lane=Lane.QUICK)
    assert runner.run_one()
    assert state(key) == (TaskState.WAITING, 0, "")
    for _ in range(5):
        assert runner.run_one()
    assert (state(key)[0], len(tries)) == (TaskState.DONE, 6)
    assert not runner.run_one()


def test_a_lease_that_cannot_be_renewed_is_not_lost(foreign: Foreign, app: Flask) -> None:
    def maker(_task: Task, progress: Progress) -> TaskOutcome:
        progress.total = 4
        foreign.hold(seconds=3)
        for _ in range(4):
            progress.advance()  # which the runner writes down, and cannot
            time.sleep(1)
        progress.check()
        return TaskOutcome(summary={"rows": 4})

    key = task("held").id
    assert Runner("one", {"held": maker}, lane=Lane.QUICK).run_one()
    assert state(key)[:2] == (TaskState.DONE, 1)
