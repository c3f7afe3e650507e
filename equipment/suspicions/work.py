"""What suspicions leave to the jobs process."""

from __future__ import annotations

from datetime import timedelta

from equipment.suspicions.collecting import look_through
from equipment.tasks.makers import JobsProcess, Work


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={}, timed={"look_through": lambda on: {"suspicions": look_through(on - timedelta(days=1))}}
    )
