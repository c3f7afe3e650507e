"""Instruments by workbook on the desk: upload a file, see what each row would be, enter the good ones."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.core.words import N_
from equipment.imports.course_views import (
    Course,
    blank_book,
    enter_rows,
    own_task,
    result_book,
    take_file,
    task_page,
)
from equipment.imports.instrument_rules import COLUMNS
from equipment.imports.states import RowState
from equipment.people.rules import Action, Thing

pages = Blueprint("instrument_imports", __name__, url_prefix="/instruments/import")
CHECK, ENTER, TEMPLATE = "instruments.import_check", "instruments.import", "instruments.template"
COURSE = Course(
    route=pages.name,
    begin="imports/instruments.html",
    mark="instruments",
    check=CHECK,
    enter=ENTER,
    rows="instruments",
    labels={column.key: column.label for column in COLUMNS},
    planned={
        RowState.ADDED: N_("To be added"),
        RowState.CHANGED: N_("Certificate to be entered"),
        RowState.REFUSED: N_("Refused, not added"),
    },
    entered={RowState.CHANGED: N_("Certificate entered")},
    entering=N_("Entering the instruments of %(name)s"),
)


@pages.get("")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def index() -> web.Answer:
    return render_template("imports/instruments.html", problem="")


@pages.post("")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def upload() -> web.Answer:
    return take_file(COURSE)


@pages.get("/<uuid:task_id>")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def show(task_id: UUID) -> web.Answer:
    return task_page(COURSE, own_task(task_id, CHECK, ENTER), "imports/instruments_result.html")


@pages.get("/<uuid:task_id>/result")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def result(task_id: UUID) -> web.Answer:
    return result_book(COURSE, task_id)


@pages.post("/<uuid:task_id>/run")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def run(task_id: UUID) -> web.Answer:
    return enter_rows(COURSE, task_id)


@pages.post("/template")
@web.allows(Action.CHANGE, Thing.INSTRUMENT)
def template() -> web.Answer:
    return blank_book(TEMPLATE, gettext("Template of instruments"))
