"""Reading long work and the history of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.followers import Contributions
from equipment.core.words import N_, Message
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.storage.lockout import held_since
from equipment.tasks.models import Heartbeat, JobRun, Task
from equipment.tasks.rules import RunState, TaskState, Trouble
from equipment.tasks.timetable import GRACE, Timed, timed_of, timetable

ENDED = frozenset({TaskState.STOPPED, TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})
HEARTBEAT = "jobs"
SILENT_AFTER = timedelta(minutes=2)
LONGEST_S = 8.0  # no page holds its worker longer: what a tap for one label waits
AHEAD = N_("taken back: the clock stood ahead")
LOCKED_OUT = N_("another program held the database; it is run again when that has ended")
CLOCK_AHEAD = "clock:ahead"
SILENT = N_("The jobs process has not been heard of for two minutes: nothing is planned or sent.")
CLOCK = N_(
    "The server's clock stood ahead. What had run before its time is due again. Check its time source."
)
NOT_RUN = N_("The job “%(job)s” did not run (%(period)s). Look at the background jobs.")
HELD = N_(
    "Another program has held the database since %(at)s: nothing can be written. What waits goes on by "
    "itself when that has ended."
)
TOLD_FOR = timedelta(days=1)

more_troubles = Contributions[Callable[[datetime], Sequence[Trouble]]]()  # of the slices to the right


def asked_by(task: Task) -> Viewer:
    """Whoever asked for the work, as he may see and do today."""
    return viewer_of(session.get_one(User, task.user_id))


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
    until = time.monotonic() + min(seconds, LONGEST_S)
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


def last_outcome(name: str) -> Fields:
    """What the newest run of a job that was done reported."""
    done = select(JobRun.outcome).where(JobRun.name == name, JobRun.state == RunState.DONE)
    return Fields(session.scalar(done.order_by(JobRun.period.desc(), JobRun.attempt.desc()).limit(1)) or {})


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
    """(job, period) of every job that should have run by now and did not: what raises the alarm. A new
    installation has missed nothing that lies before its first run of any job."""
    jobs = list(timetable)
    newest = [
        select(literal(timed.name), func.max(JobRun.period)).where(
            JobRun.name == timed.name,
            JobRun.state == RunState.DONE,
            JobRun.period <= timed.when.period(clock.now()),
        )
        for timed in jobs
    ]
    done = {row[0]: row[1] for row in session.execute(union_all(*newest))} if newest else {}
    first = session.scalar(select(func.min(JobRun.started_at)))
    missing = []
    for timed in jobs:
        period, last = timed.when.period(now - GRACE), done.get(timed.name)
        began = first is not None and first < timed.when.starts(period)
        if began if last is None else last < period:
            missing.append((timed, period))
    return missing


def jobs_trouble(now: datetime | None = None) -> list[Trouble]:
    """Why the jobs process is not well; empty means well."""
    at = now or clock.now()
    beat = heartbeat()
    troubles = [] if beat and abs(at - beat) <= SILENT_AFTER else [Trouble("jobs:silent", Message(SILENT))]
    if since := held_since():
        values = {"at": f"{clock.site_time(since):%Y-%m-%d %H:%M}"}
        troubles.append(Trouble("database:held", Message(HELD, values)))
    if clock_stood_ahead(at):
        day = clock.site_day(at).isoformat()
        troubles.append(Trouble(CLOCK_AHEAD, Message(CLOCK), is_fault=False, alarm=f"clock:{day}"))
    for timed, period in missing_jobs(at):
        code = f"job:{timed.name}:{period}"
        text = Message(NOT_RUN, {"job": timed.label, "period": period.replace("T", " ")})
        troubles.append(Trouble(code, text, alarm=code))
    return troubles + [trouble for look in more_troubles for trouble in look(at)]


def clock_stood_ahead(now: datetime) -> bool:
    """Whether runs of a clock that stood ahead were taken back within a day."""
    taken_back = select(JobRun.name).where(JobRun.message == AHEAD, JobRun.finished_at > now - TOLD_FOR)
    return session.execute(taken_back.limit(1)).first() is not None
