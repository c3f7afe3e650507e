"""What lots leave to the jobs process."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from equipment.lots import printing
from equipment.lots.leaving import leave
from equipment.lots.listing import bottle_table, destruction_table, lot_table, waiting_table
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.workbooks import list_maker
from equipment.web.language import translate

AT_ONCE = 50


def leave_rest(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `lots.leave`; input: lot_id. What is judged leaves the line, bottle by bottle; cut off it
    goes on where it stopped."""
    by = asked_by(task)
    lot_id, gone = UUID(task.stated.text("lot_id")), 0
    problems: list[Mapping[str, object]] = []
    while True:
        left = leave(lot_id, by=by, most=AT_ONCE + len(problems))
        gone += left.count
        problems = [{"row": number, "problem": translate(why, task.locale)} for number, why in left.problems]
        progress.total, progress.done = gone + left.to_go + len(problems), gone
        progress.advance(0)
        if not left.to_go or not left.count:
            return TaskOutcome(summary={"rows": gone}, errors=problems, link=f"/lots/{lot_id}")


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "lots.export": list_maker(lot_table),
            "lots.bottles.export": list_maker(bottle_table),
            "lots.paper": printing.print_paper,
            "lots.leave": leave_rest,
            "lots.destructions.export": list_maker(destruction_table),
            "lots.waiting.export": list_maker(waiting_table),
            "lots.destruction": printing.print_destruction,
        },
        drawing=("equipment.lots.printing",),
    )
