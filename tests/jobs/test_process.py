"""Real jobs processes: two at once run each job once, SIGTERM ends them within five seconds, long work is picked up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from equipment.core.config import Settings
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role
from equipment.people.scope import visible
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Heartbeat, JobRun, Task
from equipment.tasks.rules import RunState, TaskState
from equipment.tasks.timetable import timetable
from tests import make

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start(app: Flask, settings: Settings) -> Iterator[Start]:
    """`start()` starts one more jobs process on this test's database."""
    env = {"INSTANCE": settings.instance, "DATABASE_URL": settings.database_url, "PATH": os.environ["PATH"]}
    started: list[subprocess.Popen[str]] = []

    def one() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(met: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "this did not happen in time"
        time.sleep(0.2)


def finished() -> list[JobRun]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(JobRun).where(JobRun.state == RunState.DONE).execution_options(populate_existing=True)
        )
    )


def stop(process: subprocess.Popen[str]) -> tuple[int, bool]:
    """(exit code, soon): what it grants work under way is less than five seconds; a busy machine may add some."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    return process.returncode, time.monotonic() - began < 15


def test_two_processes_run_each_job_once_and_end_cleanly(start: Start) -> None:
    both = [start(), start()]
    until(lambda: {run.name for run in finished()} == {timed.name for timed in timetable})
    assert [stop(process) for process in both] == [(0, True), (0, True)]
    assert {
        key: count
        for key, count in Counter((run.name, run.period) for run in finished()).items()
        if count > 1
    } == {}
    assert db.session.scalars(select(JobRun).where(JobRun.state != RunState.DONE)).all() == []
    assert db.session.get(Heartbeat, "jobs") is not None


def test_long_work_is_picked_up_by_a_running_process(start: Start, app: Flask) -> None:
    chief = viewer_of(make.user(make.station(), Role.ADMINISTRATOR))
    process = start()
    with db.transaction():
        task_id = enqueue("job", {"name": "tidy"}, by=chief, title="整理").id

    def task() -> Task:
        db.session.rollback()
        return db.session.scalars(
            visible(SYSTEM, Task).where(Task.id == task_id).execution_options(populate_existing=True)
        ).one()

    until(lambda: task().state == TaskState.DONE)
    assert (task().outcome["summary"], stop(process)) == ({"runs": 0, "files": 0, "sign_ins": 0}, (0, True))
    asked = [run.asked_by for run in finished() if run.name == "tidy"]
    assert f"user:{chief.user_id}" in asked


def test_what_a_dead_process_left_is_removed_and_its_own_goes_with_it(
    start: Start, settings: Settings
) -> None:
    work = settings.folder / "work"
    (work / "999999999").mkdir(parents=True)
    (work / "999999999" / "errors-half.xlsx").write_text("half")
    process = start()
    until(lambda: (work / str(process.pid)).is_dir() and not (work / "999999999").exists())
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    assert list(work.iterdir()) == []
