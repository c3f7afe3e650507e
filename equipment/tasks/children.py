"""Heavy drawing in memory-capped child processes: a child that eats too much dies alone.

Children are forked from a clean server process that has no threads and has imported the drawing libraries
once: a child starts in hundredths of a second instead of the second and more that a fresh interpreter needs
to import everything.

`function` must be importable by name and its arguments and result picklable. The cap is on private memory
(RLIMIT_DATA), not on address space, of which V8 reserves far more than it uses.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Generic, TypeVar

from equipment.core.errors import Invalid
from equipment.core.lifeline import end_with
from equipment.core.words import N_, Message
from equipment.tasks.makers import Progress

R = TypeVar("R")

MEMORY_MB = 400
SECONDS = 600
POLL_S = 0.25
TOO_MUCH_MEMORY = N_("This is too much to draw at once (more than %(mb)s MB of memory). Choose fewer rows.")
TOO_LONG = N_("Drawing took longer than %(seconds)s seconds and was ended. Choose fewer rows.")
DIED = N_("The drawing process ended unexpectedly (%(code)s). Try again.")

logging.getLogger("weasyprint.progress").setLevel(
    logging.WARNING
)  # or each step of each drawing stands in the log

_server: ForkServerContext = multiprocessing.get_context("forkserver")


def preload(*modules: str) -> None:
    """Name what the server process imports before the first child is asked for; called once by the wiring."""
    _server.set_forkserver_preload([__name__, *modules])


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one child may use."""

    memory_mb: int = MEMORY_MB
    seconds: int = SECONDS
    too_much: str = TOO_MUCH_MEMORY  # what to say of work that needs more


def run_in_child(
    function: Callable[..., R],
    args: Sequence[object] = (),
    *,
    memory_mb: int = MEMORY_MB,
    seconds: int = SECONDS,
    too_much: str = TOO_MUCH_MEMORY,
    progress: Progress | None = None,
) -> R:
    """`function(*args)` in a child of its own; what it raises is raised here, a cancelled task kills it."""
    return run_in_children(
        function, [args], limits=ChildLimits(memory_mb, seconds, too_much), progress=progress, count=False
    )[0]


def run_in_children(
    function: Callable[..., R],
    parts: Sequence[Sequence[object]],
    *,
    at_once: int = 2,
    limits: ChildLimits = ChildLimits(),
    progress: Progress | None = None,
    count: bool = True,
) -> list[R]:
    """`function(*part)` for every part, `at_once` children at a time; results in the order of the parts, one
    advance per part."""
    results: dict[int, R] = {}
    waiting, running = list(enumerate(parts)), dict[Connection, _Child[R]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                number, part = waiting.pop(0)
                child = _Child(function, part, number, limits)
                running[child.reads] = child
            ready = wait(list(running), timeout=POLL_S)
            for child in [running.pop(reads) for reads in list(running) if reads in ready]:
                results[child.number] = child.result()
                if progress and count:
                    progress.advance()
            if progress:
                progress.check()
            for child in running.values():
                child.check_time()
    finally:
        for child in running.values():
            child.kill()
    return [results[number] for number in range(len(parts))]


class _Child(Generic[R]):
    """One process and the pipe its answer comes through."""

    def __init__(
        self, function: Callable[..., R], args: Sequence[object], number: int, limits: ChildLimits
    ) -> None:
        self.number = number
        self.limits = limits
        self.reads, writes = _server.Pipe(duplex=False)
        # Removed here, since a child that is killed cannot clear up.
        self.scratch = tempfile.mkdtemp(prefix="child-")
        self.process: ForkServerProcess = _server.Process(
            target=_work, args=(writes, limits.memory_mb, self.scratch, function, tuple(args)), daemon=True
        )
        self.process.start()
        writes.close()
        self.until = time.monotonic() + limits.seconds

    def result(self) -> R:
        answer: R
        try:
            answer, fault = self.reads.recv()
        except EOFError:
            self.process.join()
            raise self._ended() from None
        finally:
            self.reads.close()
            self.kill()
        if isinstance(fault, MemoryError):
            raise self._too_much() from fault
        if isinstance(fault, dict):
            raise Invalid(fault)
        if fault is not None:
            raise fault
        return answer

    def _too_much(self) -> Invalid:
        return Invalid({"": Message(self.limits.too_much, {"mb": self.limits.memory_mb})})

    def _ended(self) -> Invalid:
        """Ended without an answer. What is written in Rust or C++ aborts where Python raises MemoryError."""
        return (
            self._too_much()
            if self.process.exitcode == -signal.SIGABRT
            else Invalid({"": Message(DIED, {"code": self.process.exitcode})})
        )

    def check_time(self) -> None:
        if time.monotonic() > self.until:
            self.kill()
            raise Invalid({"": Message(TOO_LONG, {"seconds": self.limits.seconds})})

    def kill(self) -> None:
        if self.process.is_alive():
            self.process.join(0.2)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _work(
    writes: Connection,
    memory_mb: int,
    scratch: str,
    function: Callable[..., object],
    args: tuple[object, ...],
) -> None:
    """The child: caps itself, works, sends its result or its fault."""
    end_with(os.getppid())
    tempfile.tempdir = scratch
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1024 * 1024,) * 2)
    try:
        writes.send((function(*args), None))
    except Invalid as fault:
        writes.send((None, dict(fault.fields)))
    except (MemoryError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, OSError) as fault:
        writes.send((None, fault))
