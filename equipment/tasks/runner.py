"""Running long work in the jobs process: claimed by compare-and-set, its lease renewed while it runs, resumed
after a crash.

The maker works in a thread of its own; this module's thread looks after it: it writes progress down, renews
the lease and passes on what people ask. So a maker may hold transactions of its own, and nothing here is
caught blindly: what a maker raises is read from its future.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import BindParameter, ColumnElement, Select, and_, or_, update
from sqlalchemy.exc import DatabaseError

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import is_locked_out, session, transaction
from equipment.storage.disk import is_disk_full
from equipment.tasks.leases import Lease, in_own_thread
from equipment.tasks.makers import Cancelled, Interrupted, Maker, Progress, Stopped, TaskOutcome, stored
from equipment.tasks.models import Task
from equipment.tasks.rules import Lane, TaskState

LEASE = timedelta(seconds=60)
ATTEMPTS = 3
CLAIMED_FROM = 5  # tasks at the head of the line: two workers rarely want the same one
DISK_FULL = N_("The disk is full; nothing of this was kept. Make room, then continue.")
CRASHED = N_("This work was cut off %(attempts)s times; it is not tried again by itself.")
FAULT = N_("Something went wrong on our side: %(fault)s")


@dataclass(frozen=True)
class Runner:
    """One worker's name, the makers it knows, and the event that tells it to stop."""

    worker: str
    kinds: Mapping[str, Maker]
    stopping: Event = field(default_factory=Event)
    lane: Lane | None = None  # whose work it takes; none: of either

    def waiting(self, now: datetime | BindParameter[datetime]) -> Select[UUID, UUID, TaskState, int]:
        """Work that waits or whose worker has died, the oldest first."""
        is_open = or_(
            Task.state == TaskState.WAITING, and_(Task.state == TaskState.RUNNING, Task.lease_until < now)
        )
        tasks = (
            visible(SYSTEM, Task)
            .where(is_open, Task.kind.in_(sorted(self.kinds)), *self._own_lane())
            .order_by(Task.created_at)
            .limit(CLAIMED_FROM)
        )
        return tasks.with_only_columns(Task.organisation_id, Task.id, Task.state, Task.attempts)

    def _own_lane(self) -> tuple[ColumnElement[bool], ...]:
        return (Task.lane == self.lane,) if self.lane is not None else ()

    def claim(self) -> Task | None:
        """Take the first work that nobody else is faster to take; None when there is none."""
        session.rollback()
        for row in session.execute(self.waiting(clock.now())).all():
            if self._take(row):
                taken = session.scalars(
                    visible(SYSTEM, Task).where(Task.id == row.id).execution_options(populate_existing=True)
                ).one()
                session.expunge(
                    taken
                )  # it goes to the maker's thread; this thread's transactions must not expire it there
                return taken
        return None

    def _take(self, seen: Any) -> bool:
        """Compare-and-set: only from exactly the state in which it was seen."""
        now = clock.now()
        unchanged = update(Task).where(
            Task.organisation_id == seen.organisation_id,
            Task.id == seen.id,
            Task.state == seen.state,
            Task.attempts == seen.attempts,
        )
        if seen.attempts >= ATTEMPTS:
            taken: dict[str, object] = {
                "state": TaskState.FAILED,
                "finished_at": now,
                "message": stored(Message(CRASHED, {"attempts": seen.attempts})),
            }
        else:
            taken = {
                "state": TaskState.RUNNING,
                "claimed_by": self.worker,
                "lease_until": now + LEASE,
                "attempts": seen.attempts + 1,
                "started_at": now,
                "message": "",
            }
        with transaction() as current:
            won: int = current.execute(unchanged.values(**taken)).rowcount  # type: ignore[attr-defined]
        return won == 1 and taken["state"] == TaskState.RUNNING

    def run_one(self) -> bool:
        """Claim and run one piece of work to its end; False when there was none."""
        task = self.claim()
        if task is None:
            session.remove()
            return False
        progress = Progress(task.done if task.total else 0, task.total)
        watch = _Watch(self, task, progress)
        future = in_own_thread(lambda: self.kinds[task.kind](task, progress), watch.tick)
        watch.finish(future)
        session.remove()
        return True


class _Watch:
    """Looks after one running task: progress, lease, and what people ask of it."""

    def __init__(self, runner: Runner, task: Task, progress: Progress) -> None:
        self.runner = runner
        self.task = task
        self.progress = progress
        self.shown: tuple[int, int | None] = (0, None)
        own = (Task.organisation_id == task.organisation_id, Task.id == task.id)
        self.lease = Lease(
            update(Task).where(*own, Task.claimed_by == runner.worker, Task.state == TaskState.RUNNING), LEASE
        )
        self.row = visible(SYSTEM, Task).where(*own).with_only_columns(Task.cancel_asked, Task.claimed_by)

    def tick(self) -> None:
        if self.runner.stopping.is_set():
            self.progress.end(Interrupted)
        shown = self.progress.shown
        if shown != self.shown or self.lease.is_due:
            self.shown = shown
            if not self.lease.renew(done=shown[0], total=shown[1]):
                self.progress.end(Interrupted)
        self._listen()

    def _listen(self) -> None:
        session.rollback()
        row = session.execute(self.row).one()
        if row.claimed_by != self.runner.worker:
            self.progress.end(Interrupted)
        elif row.cancel_asked:
            self.progress.end(Cancelled)

    def finish(self, future: Future[TaskOutcome]) -> None:
        """Write down how it ended; a worker that lost its lease writes nothing."""
        values = self._ended(future)
        done, total = self.progress.shown
        self.lease.settle(self.runner.stopping, done=done, total=total, lease_until=None, **values)

    def _ended(self, future: Future[TaskOutcome]) -> dict[str, object]:
        fault = future.exception()
        if fault is not None:
            return ended(fault)
        try:
            return _done(self.task, future.result())
        except OSError as error:
            return ended(error)


def _done(task: Task, outcome: TaskOutcome) -> dict[str, object]:
    values: dict[str, object] = {
        "state": TaskState.DONE,
        "finished_at": clock.now(),
        "outcome": outcome.as_json(),
        "file_name": outcome.name,
    }
    if outcome.content is not None:
        document = store.keep(outcome.content, outcome.media_type)
        with transaction():
            record(
                session(),
                subject_of("task", task.id),
                "task.file_made",
                actor=f"user:{task.user_id}",
                payload={"kind": task.kind, "name": outcome.name, "sha256": document.sha256},
                rows=[store.name(document)],
            )
        values["file_sha256"] = document.sha256
    return values


def ended(fault: BaseException) -> dict[str, object]:
    """The columns of a task whose maker raised `fault`: in the user's words where he can do something about
    it. What another program kept from writing goes on when that has ended."""
    if isinstance(fault, Interrupted) or is_locked_out(fault):
        return {"state": TaskState.WAITING, "claimed_by": None, "attempts": 0}
    if isinstance(fault, Cancelled):
        return {"state": TaskState.CANCELLED, "finished_at": clock.now()}
    if isinstance(fault, Stopped):
        return {
            "state": TaskState.STOPPED,
            "finished_at": clock.now(),
            "message": stored(fault.message),
            "outcome": {"summary": fault.summary, "errors": [], "error_count": 0},
        }
    log = structlog.get_logger()
    if not isinstance(fault, Invalid | NotFound | NotAllowed):
        log.error("task failed", fault="".join(traceback.format_exception(fault)))
    return {"state": TaskState.FAILED, "finished_at": clock.now(), **explained(fault)}


def explained(fault: BaseException) -> dict[str, object]:
    """A fault as the task's message (a stored `Message`) and its error rows."""
    if isinstance(fault, Invalid):
        rows = [
            {"field": name, "text": {"msgid": text.msgid, "params": dict(text.params)}}
            for name, text in fault.fields.items()
        ]
        return {"message": "", "outcome": {"summary": {}, "errors": rows, "error_count": len(rows)}}
    if isinstance(fault, OSError | DatabaseError) and is_disk_full(fault):
        return {"message": stored(Message(DISK_FULL))}
    return {"message": stored(Message(FAULT, {"fault": f"{type(fault).__name__}: {fault}"[:500]}))}
