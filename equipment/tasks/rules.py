"""The states of long work. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from equipment.core.words import N_, Labelled, Message


class TaskState(Labelled):
    WAITING = "waiting", N_("In line"), "grey"
    RUNNING = "running", N_("Running"), "blue"
    STOPPED = "stopped", N_("Stopped"), "amber"
    DONE = "done", N_("Done"), "green"
    FAILED = "failed", N_("Failed"), "red"
    CANCELLED = "cancelled", N_("Cancelled"), "grey"


TASK_CHANGES: dict[TaskState, set[TaskState]] = {
    TaskState.WAITING: {TaskState.RUNNING, TaskState.CANCELLED},
    TaskState.RUNNING: {
        TaskState.DONE,
        TaskState.FAILED,
        TaskState.STOPPED,
        TaskState.CANCELLED,
        TaskState.WAITING,
    },
    TaskState.STOPPED: {TaskState.WAITING, TaskState.CANCELLED},
    TaskState.FAILED: {TaskState.WAITING},
    TaskState.DONE: set(),
    TaskState.CANCELLED: set(),
}


class Lane(StrEnum):
    """Where work waits: whoever waits for a page of ten labels never stands behind an import."""

    QUICK = "quick"
    LONG = "long"


QUICK_PIECES = 200


def lane_of(pieces: int) -> Lane:
    """The lane of work on so many pieces or rows."""
    return Lane.LONG if pieces > QUICK_PIECES else Lane.QUICK


class RunState(Labelled):
    RUNNING = "running", N_("Running"), "blue"
    DONE = "done", N_("Done"), "green"
    FAILED = "failed", N_("Failed"), "red"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that did not go as it should: its code on /healthz, what people read, where to look. A fault
    turns /healthz red; `alarm` is the key under which administrators hear of it once."""

    code: str
    text: Message
    link: str = "/jobs"
    is_fault: bool = True
    alarm: str = ""
