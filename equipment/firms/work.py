"""What the rating of firms leaves to the jobs process."""

from __future__ import annotations

from equipment.firms.counting import finish_months
from equipment.firms.listing import behind_table, firms_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"firms.export": list_maker(firms_table), "firms.behind": list_maker(behind_table)},
        timed={"finish_firm_months": lambda on: {"rows": finish_months(on)}},
    )
