"""What maintenance on demand leaves to the jobs process."""

from __future__ import annotations

from equipment.on_demand.following import follow_all
from equipment.on_demand.listing import pilot_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(makers={"on_demand.lifts": list_maker(pilot_table)}, timed={"follow_on_demand": follow_all})
