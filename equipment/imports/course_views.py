"""The course of a workbook that is entered as it stands: uploaded, checked by one task, its rows shown with
what becomes of each and why, entered by a second task; the workbook of the result, a template to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Conflict, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.views import handed_out
from equipment.imports.states import RowState
from equipment.imports.step_views import UNTYPED
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue, remember
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, task_of, wait_for
from equipment.tasks.rules import TaskState
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.language import translate

GOOD = (RowState.ADDED, RowState.CHANGED, RowState.FLAGGED)  # what is entered


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """One kind of workbook: its pages, its tasks and the words for its rows (msgids)."""

    route: str  # the blueprint with `index`, `upload`, `show`, `run` and `result`
    begin: str  # the template of the page where files are uploaded
    mark: str  # begins the ids of the page that shows its rows
    check: str  # kinds of task
    enter: str
    rows: str  # the figure of a task that holds its rows
    labels: Mapping[str, str]  # column by column
    planned: Mapping[RowState, str]  # what becomes of a row, before anything is entered
    entered: Mapping[RowState, str] = field(default_factory=dict)  # afterwards; else the state's label
    entering: str  # title of the second task, with the place %(name)s
    unchecked: str = N_("This list has not been checked.")

    def page_of(self, task: Task) -> str:
        return url_for(f"{self.route}.show", task_id=task.id)


def take_file(course: Course, **values: object) -> web.Answer:
    """Have the file that was sent checked; what is wrong with it is said on the page it came from."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return render_template(course.begin, problem=gettext("Choose a file.")), 422
    content = store.keep(cast(BinaryIO, file.stream), UNTYPED)
    if content.size == 0:
        return render_template(course.begin, problem=gettext("The file is empty.")), 422
    name = PurePath(file.filename).name
    values = {"sha256": content.sha256, "name": name[:200], **values}
    return begin_task(course, course.check, values, gettext("Checking %(name)s", name=name))


def begin_task(course: Course, kind: str, values: Mapping[str, object], title: str) -> web.Answer:
    """The page of a new task, after a moment in which short work ends by itself."""
    with transaction():
        task = enqueue(kind, values, by=web.viewer(), title=title, locale=str(get_locale()))
    wait_for(task, 2)
    return redirect(course.page_of(task))


def own_task(task_id: UUID, *kinds: str) -> Task:
    task = task_of(web.viewer(), task_id)
    if task is None or task.kind not in kinds:
        raise NotFound
    return task


def task_page(course: Course, task: Task, template: str, **more: object) -> web.Answer:
    """A task at work, or its rows with what becomes of each and why; `template` extends
    imports/_course.html."""
    running, checked = task.state not in ENDED, task.kind == course.check
    at_work = f"{course.mark}-now"  # what the page asks for anew while work is under way
    if request.headers.get("HX-Target") == at_work and not running:
        return web.sent_to(course.page_of(task))
    counts, words = task.figures, course.planned if checked else course.entered
    rows = [
        {
            **row,
            "state": (state := RowState(row.text("state"))),
            "outcome": translate(words.get(state, state.label)),
            "reasons": [
                (translate(course.labels.get(column, "")), translate(Message(msgid, params)))
                for column, msgid, params in row.listed("faults")
            ],
        }
        for row in counts.tables(course.rows)
    ]
    faults = [translate(fault.table("text")) for fault in Fields(task.outcome).tables("errors")]
    message = message_in(task.message)
    return render_template(
        template,
        course=course,
        task=task,
        running=running,
        at_work=at_work,
        checked=checked,
        done=task.state == TaskState.DONE,
        counts=counts,
        good=sum(counts.integer(state, 0) for state in GOOD),
        rows=rows,
        unseen=sum(counts.integer(state, 0) for state in RowState) - len(rows),
        faults=[*faults, translate(message)] if message is not None else faults,
        **more,
    )


def result_book(course: Course, task_id: UUID) -> web.Answer:
    """Every row with what becomes of it, where something is wrong with one."""
    task = own_task(task_id, course.check, course.enter)
    if task.file_sha256 is None:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


def enter_rows(course: Course, task_id: UUID, **values: object) -> web.Answer:
    """Enter the good rows of a file that was checked; a second tap looks at what the first has begun."""
    with transaction():
        task = own_task(task_id, course.check)
        session.refresh(task, with_for_update=True)  # of two taps at once the second waits for the first
        if task.state != TaskState.DONE:
            raise Conflict({"": course.unchecked})
        if begun := task.input.get("run"):
            return redirect(url_for(f"{course.route}.show", task_id=begun))
        title = translate(Message(course.entering, {"name": task.input["name"]}))
        values = {**task.input, **values}
        entering = enqueue(course.enter, values, by=web.viewer(), title=title, locale=str(get_locale()))
        remember(task, run=str(entering.id))
    wait_for(entering, 2)
    return redirect(course.page_of(entering))


def blank_book(kind: str, title: str, **values: object) -> web.Answer:
    """The template that a task of `kind` draws; its page, where that takes longer."""
    with transaction():
        task = enqueue(kind, values, by=web.viewer(), title=title, locale=str(get_locale()))
    task = wait_for(task)
    if task.file_sha256:
        return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)
    return redirect(url_for("tasks.task", task_id=task.id))
