"""Makers of imports: what the jobs process runs for a person who asked for it on a page."""

from __future__ import annotations

from pathlib import Path

from equipment.core.words import N_
from equipment.imports.instrument_work import INSTRUMENT_MAKERS
from equipment.imports.queries import Key, batch_key, the_batch
from equipment.imports.result_work import MAKERS
from equipment.imports.stages import check_file, enter_file, plan_file, read_file, undo_file
from equipment.imports.states import NOTEWORTHY, ImportState, RowState
from equipment.imports.visit_work import VISIT_MAKERS
from equipment.imports.workbooks import error_workbook, template_workbook
from equipment.regulation.categories import category
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.rules import Lane
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.language import translate

PLANNING = N_("Plan what is due for imported pieces")


def _link(task: Task) -> str:
    return f"/register/import/{task.input['batch']}"


def _with_errors(key: Key, counts: dict[str, int], locale: str) -> TaskOutcome:
    batch = the_batch(key)
    book = error_workbook(batch, locale) if any(counts[state] for state in NOTEWORTHY) else None
    return TaskOutcome(
        content=book,
        name=Path(batch.file_name).stem[:80] + "-errors.xlsx" if book else "",
        media_type=WORKBOOK_TYPE,
        summary=counts,
        link=f"/register/import/{batch.id}",
    )


def read(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.import_read`."""
    read_file(batch_key(task), progress)
    return TaskOutcome(link=_link(task))


def check(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.import_check`: ends in the workbook of what is wrong."""
    counts = check_file(batch_key(task), progress, by=asked_by(task))
    return _with_errors(batch_key(task), counts, task.locale)


def run(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.import`; what is due is planned by a task of its own,
    so that the pieces are there at once."""
    key, by = batch_key(task), asked_by(task)
    if the_batch(key).state != ImportState.DONE:
        counts = enter_file(key, progress, by=by, change=bool(task.input.get("change")))
        with transaction():
            enqueue(
                "register.import_plan",
                task.input,
                by=by,
                title=translate(PLANNING, task.locale),
                locale=task.locale,
                lane=Lane(task.lane),
            )
    else:
        counts = dict.fromkeys(map(str, RowState), 0) | the_batch(key).counts
    return _with_errors(key, counts, task.locale)


def undo(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.import_undo`."""
    return TaskOutcome(summary=undo_file(batch_key(task), progress, by=asked_by(task)), link=_link(task))


def plan(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.import_plan`."""
    plan_file(batch_key(task), progress)
    return TaskOutcome(link=_link(task))


def template(task: Task, _progress: Progress) -> TaskOutcome:
    """The maker `register.template`: the workbook people fill in for one category."""
    key = str(task.input["category"])
    name = translate(N_("Import template %(category)s"), task.locale) % {
        "category": translate(category(key).label, task.locale)
    }
    return TaskOutcome(
        content=template_workbook(key, task.locale), name=f"{name}.xlsx", media_type=WORKBOOK_TYPE
    )


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "register.template": template,
            "register.import_read": read,
            "register.import_check": check,
            "register.import": run,
            "register.import_plan": plan,
            "register.import_undo": undo,
            **MAKERS,
            **VISIT_MAKERS,
            **INSTRUMENT_MAKERS,
        }
    )
