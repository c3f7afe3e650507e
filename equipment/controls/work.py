"""What controls leave to the jobs process: the days and reports of every night, lists and papers."""

from __future__ import annotations

from equipment.controls.listing import day_table
from equipment.controls.nightly import open_controls
from equipment.controls.printing import print_paper
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"controls.days": list_maker(day_table), "controls.paper": print_paper},
        timed={"open_controls": open_controls},
        drawing=("equipment.controls.printing",),
    )
