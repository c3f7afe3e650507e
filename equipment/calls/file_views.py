"""A workbook of calls on the desk: upload, see which column is which and what each row would be, enter."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.calls.forms import chosen_columns
from equipment.calls.workbook_rules import BY_KEY, COLUMNS
from equipment.core.errors import NotAllowed
from equipment.core.words import N_
from equipment.imports.course_views import (
    Course,
    begin_task,
    blank_book,
    enter_rows,
    own_task,
    result_book,
    take_file,
    task_page,
)
from equipment.imports.states import RowState
from equipment.people.rules import Action, OrganisationKind, Thing
from equipment.web.forms import Form
from equipment.web.language import translate

pages = Blueprint("call_files", __name__, url_prefix="/rescue/calls/import")
CHECK, ENTER, TEMPLATE = "calls.check", "calls.enter", "calls.template"
COURSE = Course(
    route=pages.name,
    begin="calls/import.html",
    mark="calls",
    check=CHECK,
    enter=ENTER,
    rows="calls",
    labels={column.key: column.label for column in COLUMNS},
    planned={RowState.ADDED: N_("To be added"), RowState.FLAGGED: N_("To be added, look at it")},
    entering=N_("Entering the calls of %(name)s"),
    unchecked=N_("This file has not been checked."),
)


@pages.get("")
@web.allows(Action.CREATE, Thing.CALL)
def index() -> web.Answer:
    return render_template("calls/import.html", problem="")


@pages.post("")
@web.allows(Action.CREATE, Thing.CALL)
def upload() -> web.Answer:
    if web.viewer().organisation_kind is not OrganisationKind.CENTRE:
        raise NotAllowed(N_("Calls are taken by a rescue centre."))
    return take_file(COURSE, columns={})


@pages.get("/<uuid:task_id>")
@web.allows(Action.CREATE, Thing.CALL)
def show(task_id: UUID) -> web.Answer:
    task = own_task(task_id, CHECK, ENTER)
    headings, columns = task.figures.texts("headings"), task.figures.texts("columns")
    return task_page(
        COURSE,
        task,
        "calls/import_show.html",
        columns=list(zip(headings, columns, strict=True)),
        choices=[(column.key, translate(column.label)) for column in COLUMNS],
    )


@pages.post("/<uuid:task_id>/columns")
@web.allows(Action.CREATE, Thing.CALL)
def match(task_id: UUID) -> web.Answer:
    """Somebody says which column is which; the file is checked again."""
    task, form = own_task(task_id, CHECK), Form()
    form.validate_on_submit()
    chosen = chosen_columns(task.figures.texts("headings"), {*BY_KEY, ""})
    values = {**task.input, "columns": chosen, "run": ""}  # what the first check began is not this one's
    return begin_task(COURSE, CHECK, values, gettext("Checking %(name)s", name=task.input["name"]))


@pages.get("/<uuid:task_id>/result")
@web.allows(Action.CREATE, Thing.CALL)
def result(task_id: UUID) -> web.Answer:
    return result_book(COURSE, task_id)


@pages.post("/<uuid:task_id>/run")
@web.allows(Action.CREATE, Thing.CALL)
def run(task_id: UUID) -> web.Answer:
    return enter_rows(COURSE, task_id)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.CALL)
def template() -> web.Answer:
    return blank_book(TEMPLATE, gettext("Template for rescue calls"))
