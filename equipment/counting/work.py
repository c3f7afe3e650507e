"""What running counts leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.counting.actions import check_all, fold_all
from equipment.counting.troubles import JOB
from equipment.tasks.makers import JobsProcess, Work


def fold_counts(_on: date) -> dict[str, int]:
    return {"folded": fold_all()}


def check_counts(_on: date) -> dict[str, int]:
    return check_all()


def work(_process: JobsProcess) -> Work:
    return Work(timed={"fold_counts": fold_counts, JOB: check_counts})
