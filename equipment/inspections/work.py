"""What inspections leave to the jobs process."""

from __future__ import annotations

from equipment.inspections.listing import inspection_table
from equipment.inspections.mark_listing import mark_table
from equipment.inspections.mark_printing import print_marks
from equipment.inspections.opinion_listing import opinion_table
from equipment.inspections.opinion_printing import print_opinion
from equipment.inspections.report_clock import clock_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "inspections.export": list_maker(inspection_table),
            "inspections.opinions": list_maker(opinion_table),
            "inspections.opinion": print_opinion,
            "inspections.clock": list_maker(clock_table),
            "inspections.marks": print_marks,
            "inspections.marks.export": list_maker(mark_table),
        },
        drawing=("equipment.inspections.mark_printing", "equipment.inspections.opinion_printing"),
    )
