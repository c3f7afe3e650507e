"""Keeps the processes of a server alive: one that ends is started again, and none outlives the supervisor.

Each is forked from the supervisor, which has imported what they need, so that it is back within a second or
two.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import click

from equipment.core.lifeline import end_with

LOOK_S = 0.1
STOP_S = 8
QUICK_S = 10  # a process that lived shorter than this has not served anybody
LONGEST_PAUSE_S = 30


@dataclass
class Child:
    """One process: what it does, and how often in a row it ended quickly."""

    name: str
    work: Callable[[], None]
    process: int = 0
    started: float = 0
    due: float = 0
    quick_ends: int = 0

    def start(self) -> None:
        """Fork it, in a group of its own: what it starts itself must not outlive it and keep the port."""
        self.started, parent = time.monotonic(), os.getpid()
        self.process = os.fork()
        if self.process:
            return
        code = 1
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.setpgid(0, 0)
            end_with(parent)
            self.work()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001  (a fork must never go on in the code of its parent)
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def look(self) -> None:
        """Start it if it is time to; say if it has ended, and when it comes again."""
        if not self.process:
            if time.monotonic() >= self.due:
                self.start()
            return
        ended, status = os.waitpid(self.process, os.WNOHANG)
        if not ended:
            return
        self.kill_group()
        self.process = 0
        lived = time.monotonic() - self.started
        self.quick_ends = self.quick_ends + 1 if lived < QUICK_S else 0
        pause = min(LONGEST_PAUSE_S, 2 ** (self.quick_ends - 2)) if self.quick_ends > 1 else 0
        self.due = time.monotonic() + pause
        click.echo(
            f"{self.name} ended ({os.waitstatus_to_exitcode(status)}) after {lived:.0f} s; "
            + (f"it is started again in {pause} s." if pause else "it is started again."),
            err=True,
        )

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)

    def stop(self, until: float) -> None:
        """Wait for its end, which has been asked for, but no longer than `until`."""
        while os.waitpid(self.process, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                break
            time.sleep(LOOK_S)
        self.kill_group()


def run(works: dict[str, Callable[[], None]]) -> int:
    """Keep all alive until a signal comes, then stop them; 0."""
    signals: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        signals.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # a closed terminal ends it, unless nohup was asked for
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)
    children = [Child(name, work) for name, work in works.items()]
    while not signals:
        for child in children:
            child.look()
        time.sleep(LOOK_S)
    running = [child for child in children if child.process]
    for child in running:
        os.kill(child.process, signal.SIGTERM)
    until = time.monotonic() + STOP_S
    for child in running:
        child.stop(until)
    return 0
