"""What colours leave to the jobs process: every night all pieces and units are graded anew."""

from __future__ import annotations

from datetime import date

from equipment.risks.grading import grade_all
from equipment.risks.listing import piece_table, unit_table
from equipment.risks.queries import JOB
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def grade_risks(on: date) -> dict[str, int]:
    """The nightly run; run twice for one day it writes nothing the second time."""
    return grade_all(on)


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"risks.pieces": list_maker(piece_table), "risks.units": list_maker(unit_table)},
        timed={JOB: grade_risks},
    )
