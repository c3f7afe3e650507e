"""What the messages of gateways leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.core import clock
from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.telemetry import actions


def _watch(_on: date) -> dict[str, int]:
    with transaction():
        return {"silent": actions.watch_links(clock.now())}


def _forget(on: date) -> dict[str, int]:
    forgotten = 0
    while True:
        with transaction():
            chunk = actions.forget_days(on)
        forgotten += chunk
        if not chunk:
            return {"forgotten": forgotten}


def work(_process: JobsProcess) -> Work:
    return Work(makers={}, timed={"watch_links": _watch, "forget_lift_days": _forget})
