"""What supervision leaves to the jobs process: the record as a paper, the list as a file."""

from __future__ import annotations

from equipment.supervision.listing import check_table
from equipment.supervision.printing import print_check
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"supervision.checks": list_maker(check_table), "supervision.record": print_check},
        drawing=("equipment.supervision.printing",),
    )
