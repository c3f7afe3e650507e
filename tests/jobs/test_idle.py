"""An idle jobs process costs next to nothing, and still takes up work at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import bindparam, text

from equipment.core import clock
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from jobs import process as jobs_process
from jobs.lookout import Lookout
from jobs.process import LOOK_EVERY_S, Process
from jobs.runs import Jobs
from tests import make

IDLE_SHARE = 0.005  # of a core


@pytest.fixture
def owner(app: Flask) -> Viewer:
    return viewer_of(make.user(make.station(), Role.STATION_OWNER))


@pytest.fixture
def process(app: Flask) -> Iterator[Process]:
    """Two workers that know one kind of work, without schedule or signals."""

    def work(_task: Task, _progress: Progress) -> TaskOutcome:
        return TaskOutcome(summary={"done": 1})

    jobs = Jobs("one", {})
    runners = tuple(Runner(f"one/{number}", {"short": work}, jobs.stopping) for number in range(2))
    made = Process(app, jobs, runners, ())
    handing_out = threading.Thread(target=jobs_process._hand_out, args=(made,))
    handing_out.start()
    yield made
    made.stopping.set()
    handing_out.join(30)


def states() -> list[TaskState]:
    db.session.rollback()
    return list(db.session.scalars(visible(SYSTEM, Task).with_only_columns(Task.state)))


def put_in_line(owner: Viewer, number: int = 1) -> None:
    with db.transaction():
        for _ in range(number):
            enqueue("short", {}, by=owner, title="短")


def until_done(number: int) -> None:
    end = time.monotonic() + 60
    while states() != [TaskState.DONE] * number:
        assert time.monotonic() < end, states()
        time.sleep(0.05)


def test_all_that_waits_is_worked_off_and_what_comes_later_too(process: Process, owner: Viewer) -> None:
    put_in_line(owner, 5)
    until_done(5)
    put_in_line(owner)
    until_done(6)


def test_a_database_that_is_away_for_a_moment_ends_no_worker(process: Process, owner: Viewer) -> None:
    lookout = Lookout(process.runners[0])
    lookout._waiting = text("SELECT nothing FROM nowhere WHERE :now IS NOT NULL")
    assert lookout.sees_work() is False
    lookout._waiting = process.runners[0].waiting(bindparam("now"))
    assert lookout.sees_work() is False  # for a second it does not even ask
    put_in_line(owner)
    until_done(1)


def test_a_lookout_sees_what_is_put_in_line_and_what_a_dead_worker_left(app: Flask, owner: Viewer) -> None:
    runner = Runner("one/0", {"short": lambda _task, _progress: TaskOutcome()})
    lookout = Lookout(runner)
    assert lookout.sees_work() is False
    put_in_line(owner)
    assert lookout.sees_work() is True
    assert runner.claim() is not None
    assert lookout.sees_work() is False
    with db.transaction():
        db.session.scalars(visible(SYSTEM, Task)).one().lease_until = clock.now() - timedelta(seconds=1)
    assert lookout.sees_work() is True
    lookout.close()


def test_looking_costs_less_than_half_a_percent_of_a_core_all_day(app: Flask, owner: Viewer) -> None:
    lookout, looks = Lookout(Runner("one/0", {"short": lambda _task, _progress: TaskOutcome()})), 500
    lookout.sees_work()
    began = time.thread_time()
    assert [lookout.sees_work() for _ in range(looks)] == [False] * looks
    assert (time.thread_time() - began) / looks / LOOK_EVERY_S < IDLE_SHARE
    lookout.close()
