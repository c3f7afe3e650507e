"""What dues leave to the jobs process."""

from __future__ import annotations

from equipment.dues import exporting, joint_printing, printing
from equipment.dues.actions import plan_all
from equipment.dues.joint_listing import joint_table
from equipment.dues.listing import due_table
from equipment.dues.organisation_listing import organisation_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "dues.export": list_maker(due_table),
            "dues.organisations.export": list_maker(organisation_table),
            "dues.list_workbook": exporting.list_workbook,
            "dues.print_list": printing.print_list,
            "dues.joint.export": list_maker(joint_table),
            "dues.joint_paper": joint_printing.print_joint,
            "dues.plan_paper": joint_printing.print_plan,
        },
        timed={"plan_dues": plan_all},
        drawing=("equipment.dues.joint_printing", "equipment.dues.printing"),
    )
