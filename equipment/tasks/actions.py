"""Asking for long work, and changing one's mind about it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.people.rules import Viewer
from equipment.storage.db import sandbox_here, session
from equipment.tasks.models import Task
from equipment.tasks.queries import task_of
from equipment.tasks.rules import TASK_CHANGES, Lane, TaskState


def enqueue(
    kind: str,
    input: Mapping[str, object],
    *,
    by: Viewer,
    title: str,
    locale: str = "zh_Hans_CN",
    lane: Lane = Lane.QUICK,
) -> Task:
    """Put work of `kind` in line for the jobs process; the title is text in the asker's own language. What
    takes minutes goes into the long lane."""
    if sandbox_here() is not None:
        raise NotAllowed(N_("A sandbox makes no files and reads none: send messages, and look at the pages."))
    if by.user_id is None or by.organisation_id is None:
        raise NotAllowed(N_("Long work needs a person who asks for it."))
    task = Task(
        organisation_id=by.organisation_id,
        id=new_id(),
        kind=kind,
        title=title[:200],
        input=dict(input),
        user_id=by.user_id,
        locale=locale,
        lane=lane,
        state=TaskState.WAITING,
        created_at=clock.now(),
        done=0,
        outcome={},
        message="",
        file_name="",
        cancel_asked=False,
        attempts=0,
    )
    session.add(task)
    return task


def remember(task: Task, **more: object) -> None:
    """What its maker needs to go on from here when it is run again: kept in the transaction of the chunk that
    it has just written."""
    task.input = {**task.input, **more}
    session.execute(
        update(Task)
        .where(Task.organisation_id == task.organisation_id, Task.id == task.id)
        .values(input=task.input)
    )


def cancel(task_id: UUID, *, by: Viewer) -> Task:
    """End work at once when nobody has it yet; otherwise ask its maker, who ends between two chunks."""
    task = _mine(task_id, by)
    idle = update(Task).where(Task.id == task_id, Task.state.in_((TaskState.WAITING, TaskState.STOPPED)))
    ended = session.execute(idle.values(state=TaskState.CANCELLED, finished_at=clock.now()))
    if ended.rowcount == 0:  # type: ignore[attr-defined]
        running = (
            update(Task).where(Task.id == task_id, Task.state == TaskState.RUNNING).values(cancel_asked=True)
        )
        if session.execute(running).rowcount == 0:  # type: ignore[attr-defined]
            raise Conflict({"": N_("This work has ended already.")})
    session.refresh(task)
    return task


def resume(task_id: UUID, *, by: Viewer) -> Task:
    """Put stopped or failed work in line again."""
    task = _mine(task_id, by)
    allowed = [
        state
        for state, after in TASK_CHANGES.items()
        if TaskState.WAITING in after and state != TaskState.RUNNING
    ]
    again = (
        update(Task)
        .where(Task.id == task_id, Task.state.in_(allowed))
        .values(
            state=TaskState.WAITING,
            cancel_asked=False,
            message="",
            attempts=0,
            finished_at=None,
            claimed_by=None,
            lease_until=None,
        )
    )
    if session.execute(again).rowcount == 0:  # type: ignore[attr-defined]
        raise Conflict({"": N_("This work cannot be continued.")})
    session.refresh(task)
    return task


def _mine(task_id: UUID, by: Viewer) -> Task:
    task = task_of(by, task_id)
    if task is None:
        raise NotFound
    return task
