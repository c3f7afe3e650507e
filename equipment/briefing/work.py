"""What the briefing leaves to the jobs process."""

from __future__ import annotations

from equipment.briefing.printing import print_paper
from equipment.tasks.makers import JobsProcess, Work


def work(_process: JobsProcess) -> Work:
    return Work(makers={"briefing.paper": print_paper}, drawing=("equipment.reports.printing",))
