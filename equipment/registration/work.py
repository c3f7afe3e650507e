"""What registration forms leave to the jobs process."""

from __future__ import annotations

from equipment.registration import printing
from equipment.tasks.makers import JobsProcess, Work


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"registration.form": printing.make_form}, drawing=("equipment.registration.printing",)
    )
