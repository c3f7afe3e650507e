"""What instruments leave to the jobs process: files, papers, and every night the next own checks by the rules
of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from equipment.instruments import printing
from equipment.instruments.actions import plan_checks
from equipment.instruments.listing import instrument_table, list_table
from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker

AT_ONCE = 500


def plan_instruments(_on: date) -> Mapping[str, object]:
    """How many days of own checks moved since the night before."""
    moved, last = 0, None
    while True:
        with transaction():
            last, some = plan_checks(last, AT_ONCE)
        moved += some
        if last is None:
            return {"moved": moved}


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "instruments.list": list_maker(instrument_table),
            "instruments.rows": list_maker(list_table),
            "instruments.paper": printing.print_list,
        },
        timed={"plan_instruments": plan_instruments},
        drawing=("equipment.instruments.printing",),
    )
