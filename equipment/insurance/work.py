"""What insurance leaves to the jobs process."""

from __future__ import annotations

from equipment.insurance.listing import missing_table, policy_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "insurance.policies": list_maker(policy_table),
            "insurance.missing": list_maker(missing_table),
        }
    )
