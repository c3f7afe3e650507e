"""Short work starts at once while long work is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.rules import QUICK_PIECES, Lane, TaskState, lane_of
from equipment.tasks.runner import Runner
from jobs import process as jobs_process
from jobs.process import WORKERS, Process
from jobs.runs import Jobs
from tests import make

STARTS_WITHIN_S = 5


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def process(app: Flask, release: threading.Event) -> Iterator[Process]:
    """The lanes of the jobs process; long work takes until it is released."""

    def long(_task: Task, _progress: Progress) -> TaskOutcome:
        release.wait(60)
        return TaskOutcome()

    def short(_task: Task, _progress: Progress) -> TaskOutcome:
        return TaskOutcome()

    jobs = Jobs("one", {})
    runners = tuple(
        Runner(f"one/{lane}{number}", {"import": long, "due-list": short}, jobs.stopping, lane)
        for lane, workers in WORKERS.items()
        for number in range(workers)
    )
    made = Process(app, jobs, runners, ())
    handing_out = threading.Thread(target=jobs_process._hand_out, args=(made,))
    handing_out.start()
    yield made
    release.set()
    made.stopping.set()
    handing_out.join(30)


def tasks() -> list[tuple[str, TaskState, datetime | None, datetime]]:
    db.session.rollback()
    rows = visible(SYSTEM, Task).with_only_columns(Task.kind, Task.state, Task.started_at, Task.created_at)
    return [tuple(row) for row in db.session.execute(rows.order_by(Task.created_at))]


def test_a_due_list_starts_while_imports_run_and_more_wait(process: Process) -> None:
    owner: Viewer = viewer_of(make.user(make.station(), Role.STATION_OWNER))
    with db.transaction():
        for _ in range(4):
            enqueue("import", {}, by=owner, title="导入", lane=Lane.LONG)
    end = time.monotonic() + 30
    while sum(state == TaskState.RUNNING for _, state, _, _ in tasks()) < WORKERS[Lane.LONG]:
        assert time.monotonic() < end, tasks()
        time.sleep(0.05)
    with db.transaction():
        for _ in range(6):
            enqueue("due-list", {}, by=owner, title="待检清单")
    while any(kind == "due-list" and state != TaskState.DONE for kind, state, _, _ in tasks()):
        assert time.monotonic() < end, tasks()
        time.sleep(0.05)
    waited = [
        (started - created).total_seconds()
        for kind, _, started, created in tasks()
        if kind == "due-list" and started is not None
    ]
    assert len(waited) == 6
    assert max(waited) < STARTS_WITHIN_S
    assert [state for kind, state, _, _ in tasks() if kind == "import"].count(TaskState.WAITING) == 2


@pytest.mark.parametrize(
    ("pieces", "lane"),
    [(0, Lane.QUICK), (QUICK_PIECES, Lane.QUICK), (QUICK_PIECES + 1, Lane.LONG), (100_000, Lane.LONG)],
)
def test_the_lane_follows_from_the_size(pieces: int, lane: Lane) -> None:
    assert lane_of(pieces) is lane
