"""What rescue leaves to the jobs process."""

from __future__ import annotations

from equipment.core.words import N_, Message
from equipment.rescue import printing
from equipment.rescue.lift_codes import allot
from equipment.rescue.listing import drill_table, lift_table, phone_table
from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.workbooks import list_maker
from equipment.web.language import translate

AT_ONCE = 20  # lifts that get their code in one transaction
USED_UP = N_("No code of the range is free any more: %(left)s lifts are still without one.")


def allot_codes(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `rescue.allot`: a code for every vertical lift in use without one; cut off it goes on where
    it stopped."""
    by, given = asked_by(task), 0
    while True:
        with transaction():
            step = allot(AT_ONCE, by=by)
        given += step.count
        progress.total, progress.done = given + step.left, given
        progress.advance(0)
        if step.is_used_up:
            text = translate(Message(USED_UP, {"left": step.left}), task.locale)
            return TaskOutcome(summary={"rows": given}, errors=[{"problem": text}], link="/rescue")
        if not step.left or not step.count:
            return TaskOutcome(summary={"rows": given}, link="/rescue")


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "rescue.export": list_maker(lift_table),
            "rescue.phones.export": list_maker(phone_table),
            "rescue.allot": allot_codes,
            "drills.export": list_maker(drill_table),
            "drills.paper": printing.print_drill,
        },
        drawing=("equipment.rescue.printing",),
    )
