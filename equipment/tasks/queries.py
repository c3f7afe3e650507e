"""Reading long work and the history of jobs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from equipment.core import clock
from equipment.core.words import N_
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.storage.lockout import held_since
from equipment.tasks.models import Heartbeat, JobRun, Task
from equipment.tasks.rules import RunState, TaskState
from equipment.tasks.timetable import GRACE, Timed, timed_of, timetable

ENDED = frozenset({TaskState.STOPPED, TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})
HEARTBEAT = "jobs"
SILENT_AFTER = timedelta(minutes=2)
AHEAD = N_("taken back: the clock stood ahead")
LOCKED_OUT = N_("another program held the database; it is run again when that has ended")
CLOCK_AHEAD = "clock:ahead"
HELD = "database:held"
TOLD_FOR = timedelta(days=1)


def my_tasks(viewer: Viewer) -> Select[Task]:
    """The work this person asked for, newest first: what others of the organisation asked
    for is theirs alone."""
    return (
        visible(viewer, Task)
        .where(Task.user_id == viewer.user_id)
        .order_by(Task.created_at.desc(), Task.id.desc())
    )


def task_of(viewer: Viewer, task_id: UUID) -> Task | None:
    return session.scalar(my_tasks(viewer).where(Task.id == task_id))


def export_of(viewer: Viewer) -> UUID | None:
    """The export of a list that this person waits for, if any."""
    return session.scalar(
        my_tasks(viewer)
        .where(Task.kind.endswith(".export"), Task.state.in_((TaskState.WAITING, TaskState.RUNNING)))
        .with_only_columns(Task.id)
        .limit(1)
    )


def wait_for(task: Task, seconds: float = 3) -> Task:
    """The task as it stands when it has ended, or after `seconds`: for work that is usually
    short (a single label)."""
    until = time.monotonic() + seconds
    while True:
        session.rollback()
        current = session.scalar(
            visible(SYSTEM, Task).where(Task.id == task.id).execution_options(populate_existing=True)
        )
        assert current is not None
        if current.state in ENDED or time.monotonic() >= until:
            return current
        time.sleep(0.1)


def last_run(name: str) -> JobRun | None:
    return session.scalar(
        select(JobRun).where(JobRun.name == name).order_by(JobRun.started_at.desc()).limit(1)
    )


def last_done_period(name: str) -> str | None:
    """The newest period that was done; none that begins in the future is (a clock stood ahead)."""
    timed, done = timed_of(name), JobRun.state == RunState.DONE
    newest = select(func.max(JobRun.period)).where(JobRun.name == name, done)
    return session.scalar(newest.where(JobRun.period <= timed.when.period(clock.now())) if timed else newest)


def runs(name: str = "") -> Select[JobRun]:
    """The history of all jobs or of one, newest first."""
    history = select(JobRun).order_by(JobRun.started_at.desc(), JobRun.name)
    return history.where(JobRun.name == name) if name else history


def heartbeat() -> datetime | None:
    return session.scalar(select(Heartbeat.at).where(Heartbeat.name == HEARTBEAT))


def missing_jobs(now: datetime) -> Sequence[tuple[Timed, str]]:
    """(job, period) of every job that should have run by now and did not: what raises the alarm."""
    return [(timed, period) for timed in timetable if (period := _missing(timed, now)) is not None]


def _missing(timed: Timed, now: datetime) -> str | None:
    period = timed.when.period(now - GRACE)
    done = last_done_period(timed.name)
    if done is not None and done >= period:
        return None
    return None if done is None and not _ever_alive_before(timed.when.starts(period)) else period


def _ever_alive_before(at: datetime) -> bool:
    """A new installation has missed nothing that lies before its first run of any job."""
    first = session.scalar(select(func.min(JobRun.started_at)))
    return first is not None and first < at


def jobs_trouble(now: datetime | None = None) -> list[str]:
    """Why the jobs process is not well, in codes for /healthz: empty means well; `jobs:silent`,
    `database:held`, `clock:ahead`, `job:<name>:<period>`."""
    at = now or clock.now()
    beat = heartbeat()
    silent = ["jobs:silent"] if beat is None or at - beat > SILENT_AFTER else []
    ahead = [CLOCK_AHEAD] if clock_stood_ahead(at) else []
    held = [HELD] if held_since() else []
    return silent + held + ahead + [f"job:{timed.name}:{period}" for timed, period in missing_jobs(at)]


def clock_stood_ahead(now: datetime) -> bool:
    """Whether runs of a clock that stood ahead were taken back within a day."""
    taken_back = select(JobRun.name).where(JobRun.message == AHEAD, JobRun.finished_at > now - TOLD_FOR)
    return session.execute(taken_back.limit(1)).first() is not None
