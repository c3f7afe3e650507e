from __future__ import annotations

from rehearsals.actions import plan_next

from equipment.tasks.makers import JobsProcess, Work, repeated


def work(_process: JobsProcess) -> Work:
    return Work(timed={"plan_rehearsals": lambda on: {"planned": repeated(plan_next, on)}})
