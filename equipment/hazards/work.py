"""What hazards leave to the jobs process."""

from __future__ import annotations

from equipment.hazards.views import export_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(makers={"hazards.export": list_maker(export_table)})
