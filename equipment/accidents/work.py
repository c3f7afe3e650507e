"""What accidents leave to the jobs process."""

from __future__ import annotations

from equipment.accidents.listing import accident_table, expert_table
from equipment.accidents.printing import print_accident
from equipment.accidents.statistics import accident_statistics_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "accidents.export": list_maker(accident_table),
            "accidents.statistics": list_maker(accident_statistics_table),
            "accidents.paper": print_accident,
            "experts.export": list_maker(expert_table),
        },
        drawing=("equipment.accidents.printing",),
    )
