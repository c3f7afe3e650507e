"""What contracts leave to the jobs process."""

from __future__ import annotations

from equipment.contracts import printing
from equipment.contracts.facing import follow_contracts
from equipment.contracts.missing import missing_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "contracts.missing": list_maker(missing_table),
            "contracts.handover": printing.print_handover,
        },
        drawing=("equipment.contracts.printing",),
        timed={"follow_contracts": follow_contracts},
    )
