"""What passes leave to the jobs process."""

from __future__ import annotations

from equipment.passes.actions import renew_lists
from equipment.tasks.makers import JobsProcess, Work


def work(_process: JobsProcess) -> Work:
    return Work(makers={}, timed={"renew_passes": lambda _on: {"lists": renew_lists()}})
