"""What fills leave to the jobs process."""

from __future__ import annotations

from functools import partial

from equipment.fills import label_printing
from equipment.fills.actions import close_unfinished
from equipment.fills.day_printing import day_papers
from equipment.fills.exporting import fill_table, no_code_table
from equipment.fills.manifolds import close_manifolds
from equipment.tasks.makers import JobsProcess, Work, repeated
from equipment.tasks.workbooks import list_maker


def work(process: JobsProcess) -> Work:
    return Work(
        makers={
            "fills.export": list_maker(fill_table),
            "fills.no_code.export": list_maker(no_code_table),
            "fills.papers": day_papers,
            "fills.labels": partial(label_printing.make_labels, settings=process.settings),
        },
        # at midnight, yesterday's fills without a result are 未充装
        timed={
            "close_fills": lambda on: {
                "manifolds": repeated(close_manifolds, on),
                "closed": repeated(close_unfinished, on),
            }
        },
        drawing=("equipment.tasks.ruled_printing", "equipment.fills.label_printing"),
    )
