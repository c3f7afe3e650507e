"""What lots leave to the jobs process."""

from __future__ import annotations

from equipment.lots import printing
from equipment.lots.listing import bottle_table, lot_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "lots.export": list_maker(lot_table),
            "lots.bottles.export": list_maker(bottle_table),
            "lots.paper": printing.print_paper,
        },
        drawing=("equipment.lots.printing",),
    )
