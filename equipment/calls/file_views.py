"""A workbook of calls on the desk: upload, see which column is which and what each row would be, enter."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.calls.forms import chosen_columns
from equipment.calls.workbook_rules import BY_KEY, COLUMNS
from equipment.core.errors import Conflict, NotAllowed, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.views import handed_out
from equipment.imports.states import RowState
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue, remember
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, task_of, wait_for
from equipment.tasks.rules import TaskState
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.forms import Form
from equipment.web.language import translate

pages = Blueprint("call_files", __name__, url_prefix="/rescue/calls/import")
CHECK, ENTER, TEMPLATE = "calls.check", "calls.enter", "calls.template"
AT_WORK = "calls-now"  # what the page asks for anew while work is under way


@pages.get("")
@web.allows(Action.CREATE, Thing.CALL)
def index() -> web.Answer:
    return render_template("calls/import.html", problem="")


@pages.post("")
@web.allows(Action.CREATE, Thing.CALL)
def upload() -> web.Answer:
    if web.viewer().organisation_kind is not OrganisationKind.CENTRE:
        raise NotAllowed(N_("Calls are taken by a rescue centre."))
    file = request.files.get("file")
    if file is None or not file.filename:
        return render_template("calls/import.html", problem=gettext("Choose a file.")), 422
    content = store.keep(cast(BinaryIO, file.stream), "application/octet-stream")
    if content.size == 0:
        return render_template("calls/import.html", problem=gettext("The file is empty.")), 422
    name = PurePath(file.filename).name
    values: dict[str, object] = {"sha256": content.sha256, "name": name[:200], "columns": {}}
    return _begun(CHECK, values, gettext("Checking %(name)s", name=name))


def _begun(kind: str, values: dict[str, object], title: str) -> web.Answer:
    with transaction():
        task = enqueue(kind, values, by=web.viewer(), title=title, locale=str(get_locale()))
    wait_for(task, 2)
    return redirect(url_for("call_files.show", task_id=task.id))


def _mine(task_id: UUID, *kinds: str) -> Task:
    task = task_of(web.viewer(), task_id)
    if task is None or task.kind not in kinds:
        raise NotFound
    return task


@pages.get("/<uuid:task_id>")
@web.allows(Action.CREATE, Thing.CALL)
def show(task_id: UUID) -> web.Answer:
    task = _mine(task_id, CHECK, ENTER)
    running = task.state not in ENDED
    if request.headers.get("HX-Target") == AT_WORK and not running:
        return web.sent_to(url_for("call_files.show", task_id=task.id))
    summary = task.figures
    rows = [
        {**row, "state": RowState(row.text("state")), "reasons": list(map(_reason, row.listed("faults")))}
        for row in summary.tables("calls")
    ]
    message = message_in(task.message)
    faults = [
        translate(Message(fault.table("text").text("msgid"), fault.table("text").table("params")))
        for fault in Fields(task.outcome).tables("errors")
    ]
    faults += [translate(message)] if message is not None else []
    headings, columns = summary.texts("headings"), summary.texts("columns")
    return render_template(
        "calls/import_show.html",
        task=task,
        running=running,
        at_work=AT_WORK,
        counts=summary,
        rows=rows,
        faults=faults,
        checked=task.kind == CHECK,
        done=task.state == TaskState.DONE,
        columns=list(zip(headings, columns, strict=True)),
        choices=[(column.key, translate(column.label)) for column in COLUMNS],
    )


def _reason(fault: tuple[str, str, dict[str, object]]) -> tuple[str, str]:
    """(heading, what is wrong) as a task keeps it."""
    column, msgid, params = fault
    return translate(BY_KEY[column].label) if column in BY_KEY else "", translate(Message(msgid, params))


@pages.post("/<uuid:task_id>/columns")
@web.allows(Action.CREATE, Thing.CALL)
def match(task_id: UUID) -> web.Answer:
    """Somebody says which column is which; the file is checked again."""
    task, form = _mine(task_id, CHECK), Form()
    form.validate_on_submit()
    headings = task.figures.texts("headings")
    chosen = chosen_columns(headings, {*BY_KEY, ""})
    values = {**task.input, "columns": chosen}
    return _begun(CHECK, values, gettext("Checking %(name)s", name=task.input["name"]))


@pages.get("/<uuid:task_id>/result")
@web.allows(Action.CREATE, Thing.CALL)
def result(task_id: UUID) -> web.Answer:
    task = _mine(task_id, CHECK, ENTER)
    if task.file_sha256 is None:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


@pages.post("/<uuid:task_id>/run")
@web.allows(Action.CREATE, Thing.CALL)
def run(task_id: UUID) -> web.Answer:
    with transaction():
        task = _mine(task_id, CHECK)
        if task.state != TaskState.DONE:
            raise Conflict({"": N_("This file has not been checked.")})
        if begun := task.input.get("run"):  # a second tap looks at what the first has begun
            return redirect(url_for("call_files.show", task_id=begun))
        title = gettext("Entering the calls of %(name)s", name=task.input["name"])
        entering = enqueue(ENTER, dict(task.input), by=web.viewer(), title=title, locale=str(get_locale()))
        remember(task, run=str(entering.id))
    wait_for(entering, 2)
    return redirect(url_for("call_files.show", task_id=entering.id))


@pages.post("/template")
@web.allows(Action.CREATE, Thing.CALL)
def template() -> web.Answer:
    with transaction():
        title = gettext("Template for rescue calls")
        task = enqueue(TEMPLATE, {}, by=web.viewer(), title=title, locale=str(get_locale()))
    task = wait_for(task)
    if task.file_sha256:
        return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)
    return redirect(url_for("tasks.task", task_id=task.id))
