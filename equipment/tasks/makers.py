"""What a maker is given and gives back: a maker is `Callable[[Task, Progress], TaskOutcome]`, named in the
work.py of its slice.

A maker runs in a thread of the jobs process. It may be run again after a crash with the same input, so what
it wrote must be safe to write twice; heavy drawing goes to a child process (equipment/tasks/children.py).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from equipment.core.config import Settings
from equipment.core.words import Message
from equipment.storage.db import in_transaction
from equipment.tasks.models import Task

ERROR_ROWS_SHOWN = 1000


class Cancelled(Exception):
    """Somebody asked for the work to end; raised by `Progress.check()` and left alone by makers."""


class Interrupted(Exception):
    """The process stops or lost its lease: the work goes back to waiting; raised by `Progress.check()`."""


class Stopped(Exception):
    """The maker got as far as it could ("stopped at row N"): kept as it is until somebody says Continue."""

    def __init__(self, message: Message, summary: Mapping[str, object] | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.summary = dict(summary or {})


def stored(message: Message) -> str:
    """A message as `Task.message` keeps it: no language yet."""
    return json.dumps(
        {"msgid": message.msgid, "params": dict(message.params)}, ensure_ascii=False, default=str
    )


def message_in(text: str) -> Message | None:
    """The message that `stored` kept."""
    if not text:
        return None
    message = json.loads(text)
    return Message(message["msgid"], message["params"])


@dataclass(frozen=True, kw_only=True)
class TaskOutcome:
    """What came out: a file to download (bytes, or a path that is moved away), figures, the rows that failed,
    and what must be said of it."""

    content: bytes | Path | None = None
    name: str = ""
    media_type: str = "application/octet-stream"
    summary: Mapping[str, object] = field(default_factory=dict)
    errors: Sequence[Mapping[str, object]] = ()
    link: str = ""
    note: Message | None = None

    def as_json(self) -> dict[str, object]:
        shown = [dict(row) for row in self.errors[:ERROR_ROWS_SHOWN]]
        return {
            "summary": dict(self.summary),
            "errors": shown,
            "error_count": len(self.errors),
            "link": self.link,
            "note": stored(self.note) if self.note else "",
        }


class Progress:
    """How far a maker is. It only counts in memory: the runner writes it down every second,
    outside the maker's transactions."""

    def __init__(self, done: int = 0, total: int | None = None) -> None:
        self.done = done
        self.total = total
        self._end = threading.Event()
        self._why: type[Exception] = Cancelled

    def advance(self, n: int = 1) -> None:
        """`n` more are done; also the place where a cancelled maker ends."""
        self.done += n
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` or `Interrupted` when the work is to end; call it between chunks."""
        if self._end.is_set():
            raise self._why

    def end(self, why: type[Exception]) -> None:
        """Said by the runner: the next `check()` raises `why`."""
        self._why = why
        self._end.set()

    @property
    def shown(self) -> tuple[int, int | None]:
        """(done, total) as the table's check constraint wants them."""
        return (self.done, None) if self.total is None else (min(self.done, self.total), self.total)


Maker = Callable[[Task, Progress], TaskOutcome]


@dataclass(frozen=True, slots=True)
class JobsProcess:
    """What the process that does the work tells a slice: its settings, and its name for claims."""

    settings: Settings
    worker: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a slice leaves to the jobs process: `work(process)` in its work.py.

    `makers` stand under the names that `enqueue` is given; `timed` do the slice's scheduled jobs (its
    manifest says when): each gets the day it is for, may be run twice for one day, and returns figures for
    the history; `drawing` modules are imported once by the children that draw.
    """

    makers: Mapping[str, Maker] = field(default_factory=dict)
    timed: Mapping[str, Callable[[date], Mapping[str, object]]] = field(default_factory=dict)
    drawing: Sequence[str] = ()


AT_ONCE = 50  # rows that change together: about 40 ms of the one writer


def repeated(action: Callable[..., int], *args: object) -> int:
    """Run an action that does some of its work at a time, each time in a transaction of its own, until
    nothing is left."""
    total = 0
    while some := in_transaction(action, *args, most=AT_ONCE):
        total += some
    return total
