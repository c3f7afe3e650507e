"""What inspections leave to the jobs process."""

from __future__ import annotations

from equipment.inspections.listing import inspection_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(makers={"inspections.export": list_maker(inspection_table)})
