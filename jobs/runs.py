"""Scheduled jobs, due by record: each (name, period) without a finished run is claimed by compare-and-set and
run once.

Two schedulers at once are harmless by construction: the run's row is unique, whoever inserts it has the job.
A run whose process died loses its lease and is tried again; a failed one is tried again with growing pauses.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Event
from typing import cast

import structlog
from sqlalchemy import Table, select, update
from sqlalchemy.exc import DBAPIError

from equipment.core import clock
from equipment.core.errors import Busy
from equipment.storage import lockout
from equipment.storage.db import is_locked_out, session, transaction, upsert
from equipment.tasks.leases import Lease, in_own_thread
from equipment.tasks.models import Heartbeat, JobRun, Task
from equipment.tasks.queries import AHEAD, HEARTBEAT, LOCKED_OUT, last_done_period
from equipment.tasks.rules import RunState, TaskState
from equipment.tasks.timetable import Timed, open_periods, timetable

Work = Callable[[date], Mapping[str, object]]
LEASE = timedelta(minutes=2)
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
SCHEDULE = "schedule"
STOPPED = "stopped with its process"
CUT_OFF = "cut off: its process died"

RUN = cast(Table, JobRun.__table__)


@dataclass(frozen=True)
class Jobs:
    """One worker's name, what each job of the timetable does, and the event that tells it to stop."""

    worker: str
    functions: Mapping[str, Work]
    timetable: Iterable[Timed] = timetable
    stopping: Event = field(default_factory=Event)

    def run_due(self) -> int:
        """Claim and run every job that is due, the oldest period first; returns how many this worker ran."""
        ran = 0
        self.take_back(clock.now())
        for timed, period, attempt in list(self.due(clock.now())):
            if self.stopping.is_set():
                break
            ran += self.run(timed, period, attempt, SCHEDULE) is not None
        session.remove()
        return ran

    def take_back(self, now: datetime) -> None:
        """Runs that began in the future are none: the clock stood ahead then, and what they were for is due
        again in its time. Long work whose worker died then is taken up again."""
        ahead = RUN.c.started_at > now + LEASE
        orphaned = (Task.state == TaskState.RUNNING, Task.started_at > now + LEASE)
        session.rollback()
        if session.execute(select(RUN.c.name).where(ahead).limit(1)).first() is None:
            return
        with transaction() as current:
            back = {"state": RunState.FAILED, "started_at": now, "finished_at": now, "message": AHEAD}
            current.execute(update(RUN).where(ahead).values(**back))
            current.execute(update(Task).where(*orphaned).values(lease_until=now, started_at=now))

    def due(self, now: datetime) -> Iterator[tuple[Timed, str, int]]:
        """(job, period, attempt) of every job without a finished run, in the order in which they fell due."""
        session.rollback()
        open_ = [
            (timed.when.starts(period), number, timed, period)
            for number, timed in enumerate(self.timetable)
            for period in open_periods(timed.when, last_done_period(timed.name), now)
        ]
        for _starts, _number, timed, period in sorted(open_, key=lambda run: run[:2]):
            attempt = self._attempt(timed.name, period, now)
            if attempt is not None:
                yield timed, period, attempt

    def _attempt(self, name: str, period: str, now: datetime) -> int | None:
        """The number of the next attempt, or None while one runs, while a pause lasts,
        or when all were in vain."""
        last = session.scalar(
            select(JobRun)
            .where(JobRun.name == name, JobRun.period == period)
            .order_by(JobRun.attempt.desc())
            .limit(1)
        )
        if last is None:
            return 1
        if last.state == RunState.RUNNING:
            return last.attempt + 1 if last.lease_until < now else None
        if last.message == LOCKED_OUT:
            return last.attempt + 1
        if last.state == RunState.DONE or last.attempt > len(PAUSES) or last.finished_at is None:
            return None
        return (
            last.attempt + 1
            if last.message == STOPPED or last.finished_at + PAUSES[last.attempt - 1] <= now
            else None
        )

    def run(self, timed: Timed, period: str, attempt: int, asked_by: str) -> JobRun | None:
        """Claim one run and carry it out; None when somebody else has it."""
        if not self._claim(timed.name, period, attempt, asked_by):
            return None
        lease = Lease(
            update(RUN).where(
                RUN.c.name == timed.name,
                RUN.c.period == period,
                RUN.c.attempt == attempt,
                RUN.c.claimed_by == self.worker,
                RUN.c.state == RunState.RUNNING,
            ),
            LEASE,
        )
        future = in_own_thread(lambda: self.functions[timed.name](timed.when.day(period)), lease.tick)
        lease.settle(self.stopping, **ended(timed.name, period, future))
        return session.get(JobRun, (timed.name, period, attempt), populate_existing=True)

    def _claim(self, name: str, period: str, attempt: int, asked_by: str) -> bool:
        now = clock.now()
        row = {
            "name": name,
            "period": period,
            "attempt": attempt,
            "state": RunState.RUNNING,
            "claimed_by": self.worker,
            "asked_by": asked_by,
            "started_at": now,
            "lease_until": now + LEASE,
            "outcome": {},
            "message": "",
        }
        with transaction() as current:
            won = (
                current.execute(
                    upsert(RUN).values(row).on_conflict_do_nothing().returning(RUN.c.name)
                ).first()
                is not None
            )
            if won:
                dead = update(RUN).where(
                    RUN.c.name == name,
                    RUN.c.period == period,
                    RUN.c.attempt < attempt,
                    RUN.c.state == RunState.RUNNING,
                )
                current.execute(dead.values(state=RunState.FAILED, finished_at=now, message=CUT_OFF))
        return won

    def run_now(self, timed: Timed, asked_by: str) -> JobRun | None:
        """Run a job for its present period although it is not due: somebody asked."""
        period = timed.when.period(clock.now())
        session.rollback()
        last = session.scalar(
            select(RUN.c.attempt)
            .where(RUN.c.name == timed.name, RUN.c.period == period)
            .order_by(RUN.c.attempt.desc())
            .limit(1)
        )
        return self.run(timed, period, (last or 0) + 1, asked_by)

    def beat(self) -> None:
        """Say that this process lives; where nothing can be written, say that."""
        began = clock.now()
        beat = upsert(Heartbeat).values({"name": HEARTBEAT, "at": began})
        try:
            with transaction() as current:
                current.execute(beat.on_conflict_do_update(index_elements=["name"], set_={"at": began}))
        except (Busy, DBAPIError) as error:
            if is_locked_out(error):
                lockout.note(began)
            raise
        lockout.clear()
        session.remove()

    def release(self) -> None:
        """Give back what this worker still holds, so that the next start takes it up at once
        and not after the lease."""
        now = clock.now()
        with transaction() as current:
            current.execute(
                update(RUN)
                .where(RUN.c.claimed_by == self.worker, RUN.c.state == RunState.RUNNING)
                .values(state=RunState.FAILED, finished_at=now, message=STOPPED)
            )
            current.execute(
                update(Task)
                .where(Task.claimed_by == self.worker, Task.state == TaskState.RUNNING)
                .values(state=TaskState.WAITING, claimed_by=None, lease_until=None)
            )
        session.remove()


def ended(name: str, period: str, future: Future[Mapping[str, object]]) -> dict[str, object]:
    """The columns of a run that has ended."""
    fault = future.exception()
    if fault is None:
        return {"state": RunState.DONE, "finished_at": clock.now(), "outcome": dict(future.result())}
    if is_locked_out(fault):
        return {"state": RunState.FAILED, "finished_at": clock.now(), "message": LOCKED_OUT}
    message = "".join(traceback.format_exception(fault))[-4000:]
    structlog.get_logger().error("job failed", job=name, period=period, fault=message)
    return {"state": RunState.FAILED, "finished_at": clock.now(), "message": message}
