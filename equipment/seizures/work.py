"""What seizures leave to the jobs process: their papers, and the register as a file."""

from __future__ import annotations

from equipment.seizures import printing
from equipment.seizures.listing import register_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "seizures.register": list_maker(register_table),
            "seizures.register_paper": printing.print_register,
            "seizures.paper": printing.print_seizure,
        },
        drawing=("equipment.seizures.printing",),
    )
