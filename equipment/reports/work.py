"""What reports leave to the jobs process."""

from __future__ import annotations

from equipment.reports import printing
from equipment.reports.hazard_statistics import hazard_statistics_table
from equipment.reports.listing import devices_table
from equipment.reports.tallies import keep_month_ends
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "reports.export": list_maker(devices_table),
            "reports.hazard_statistics": list_maker(hazard_statistics_table),
            "reports.month": printing.make_month,
            "reports.year": printing.make_year,
            "reports.year_workbook": printing.make_year_workbook,
        },
        timed={"keep_rates": keep_month_ends},
        drawing=("equipment.reports.printing",),
    )
