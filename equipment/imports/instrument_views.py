"""Instruments by workbook on the desk: upload a file, see what each row would be, enter the good ones."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Conflict, NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.views import handed_out
from equipment.imports.instrument_rules import BY_KEY
from equipment.imports.states import RowState
from equipment.people.rules import Action, Thing
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue, remember
from equipment.tasks.makers import message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import ENDED, task_of, wait_for
from equipment.tasks.rules import TaskState
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.language import translate

pages = Blueprint("instrument_imports", __name__, url_prefix="/instruments/import")
CHECK, ENTER, TEMPLATE = "instruments.import_check", "instruments.import", "instruments.template"
AT_WORK = "instruments-now"  # what the page asks for anew while work is under way


@pages.get("")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def index() -> web.Answer:
    return render_template("imports/instruments.html", problem="")


@pages.post("")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def upload() -> web.Answer:
    file = request.files.get("file")
    if file is None or not file.filename:
        return render_template("imports/instruments.html", problem=gettext("Choose a file.")), 422
    content = store.keep(cast(BinaryIO, file.stream), "application/octet-stream")
    if content.size == 0:
        return render_template("imports/instruments.html", problem=gettext("The file is empty.")), 422
    name = PurePath(file.filename).name
    values: dict[str, object] = {"sha256": content.sha256, "name": name[:200]}
    return _begun(CHECK, values, gettext("Checking %(name)s", name=name))


def _begun(kind: str, values: dict[str, object], title: str) -> web.Answer:
    with transaction():
        task = enqueue(kind, values, by=web.viewer(), title=title, locale=str(get_locale()))
    wait_for(task, 2)
    return redirect(url_for("instrument_imports.show", task_id=task.id))


def _mine(task_id: UUID, *kinds: str) -> Task:
    task = task_of(web.viewer(), task_id)
    if task is None or task.kind not in kinds:
        raise NotFound
    return task


@pages.get("/<uuid:task_id>")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def show(task_id: UUID) -> web.Answer:
    task = _mine(task_id, CHECK, ENTER)
    running = task.state not in ENDED
    if request.headers.get("HX-Target") == AT_WORK and not running:
        return web.sent_to(url_for("instrument_imports.show", task_id=task.id))
    rows = [
        {**row, "state": RowState(row.text("state")), "reasons": list(map(_reason, row.listed("faults")))}
        for row in task.figures.tables("instruments")
    ]
    message = message_in(task.message)
    faults = [
        translate(Message(fault.table("text").text("msgid"), fault.table("text").table("params")))
        for fault in Fields(task.outcome).tables("errors")
    ]
    if message is not None:
        faults.append(translate(message))
    return render_template(
        "imports/instruments_result.html",
        task=task,
        running=running,
        at_work=AT_WORK,
        counts=task.figures,
        rows=rows,
        faults=faults,
        checked=task.kind == CHECK,
        done=task.state == TaskState.DONE,
    )


def _reason(fault: tuple[str, str, dict[str, object]]) -> tuple[str, str]:
    """(heading, what is wrong) as a task keeps it."""
    column, msgid, params = fault
    return translate(BY_KEY[column].label) if column in BY_KEY else "", translate(Message(msgid, params))


@pages.get("/<uuid:task_id>/result")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def result(task_id: UUID) -> web.Answer:
    task = _mine(task_id, CHECK, ENTER)
    if task.file_sha256 is None:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


@pages.post("/<uuid:task_id>/run")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def run(task_id: UUID) -> web.Answer:
    with transaction():
        task = _mine(task_id, CHECK)
        if task.state != TaskState.DONE:
            raise Conflict({"": N_("This list has not been checked.")})
        if begun := task.input.get("run"):  # a second tap looks at what the first has begun
            return redirect(url_for("instrument_imports.show", task_id=begun))
        title = gettext("Entering the instruments of %(name)s", name=task.input["name"])
        entering = enqueue(ENTER, task.input, by=web.viewer(), title=title, locale=str(get_locale()))
        remember(task, run=str(entering.id))
    wait_for(entering, 2)
    return redirect(url_for("instrument_imports.show", task_id=entering.id))


@pages.post("/template")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def template() -> web.Answer:
    with transaction():
        title = gettext("Template of instruments")
        task = enqueue(TEMPLATE, {}, by=web.viewer(), title=title, locale=str(get_locale()))
    task = wait_for(task)
    if task.file_sha256:
        return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)
    return redirect(url_for("tasks.task", task_id=task.id))
