"""People by workbook on the desk: upload a list, see what each row would be, add, hand out passwords once."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Blueprint, render_template, send_file
from flask_babel import gettext

from equipment import web
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_
from equipment.files import store
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
from equipment.people.rules import Action, Thing
from equipment.roster.rules import COLUMNS
from equipment.storage.db import transaction
from equipment.tasks.actions import remember
from equipment.tasks.sheets import WORKBOOK_TYPE

pages = Blueprint("roster", __name__, url_prefix="/people/roster")
CHECK, ADD = "people.roster_check", "people.roster"
RENEW, TEMPLATE = "people.roster_passwords", "people.roster_template"
COURSE = Course(
    route=pages.name,
    begin="roster/index.html",
    mark="roster",
    check=CHECK,
    enter=ADD,
    rows="people",
    labels={column.key: column.label for column in COLUMNS},
    planned={RowState.ADDED: N_("To be added"), RowState.REFUSED: N_("Refused, not added")},
    entering=N_("Adding the people of %(name)s"),
)
GONE = N_("These passwords were handed out already, or are no longer kept. Make new ones.")


@pages.get("")
@web.allows(Action.CREATE, Thing.PERSON)
def index() -> web.Answer:
    return render_template("roster/index.html", problem="")


@pages.post("")
@web.allows(Action.CREATE, Thing.PERSON)
def upload() -> web.Answer:
    return take_file(COURSE)


@pages.get("/<uuid:task_id>")
@web.allows(Action.CREATE, Thing.PERSON)
def show(task_id: UUID) -> web.Answer:
    task = own_task(task_id, CHECK, ADD, RENEW)
    return task_page(COURSE, task, "roster/show.html", waiting=bool(task.input.get("passwords")))


@pages.get("/<uuid:task_id>/result")
@web.allows(Action.CREATE, Thing.PERSON)
def result(task_id: UUID) -> web.Answer:
    return result_book(COURSE, task_id)


@pages.post("/<uuid:task_id>/run")
@web.allows(Action.CREATE, Thing.PERSON)
def run(task_id: UUID) -> web.Answer:
    return enter_rows(COURSE, task_id, address=web.settings().public_url)


@pages.post("/<uuid:task_id>/passwords")
@web.allows(Action.CREATE, Thing.PERSON)
def passwords(task_id: UUID) -> web.Answer:
    """The list of one-time passwords, once: what is handed out is no longer here."""
    with transaction():
        task = own_task(task_id, ADD, RENEW)
        path = store.path_of(task.stated.text("passwords")) if task.input.get("passwords") else None
        remember(task, passwords="")
    if path is None or not path.is_file():
        raise Conflict({"": GONE})
    content = path.read_bytes()
    path.unlink()
    name = gettext("One-time passwords") + ".xlsx"
    answer = send_file(BytesIO(content), mimetype=WORKBOOK_TYPE, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/<uuid:task_id>/renew")
@web.allows(Action.CREATE, Thing.PERSON)
def renew(task_id: UUID) -> web.Answer:
    """New passwords for those of this list who have never signed in."""
    task = own_task(task_id, ADD, RENEW)
    if not task.input.get("added"):
        raise Invalid({"": N_("This list has put nobody on file.")})
    values = {"added": task.input["added"], "address": web.settings().public_url}
    return begin_task(COURSE, RENEW, values, gettext("New one-time passwords"))


@pages.post("/template")
@web.allows(Action.CREATE, Thing.PERSON)
def template() -> web.Answer:
    return blank_book(TEMPLATE, gettext("Template of a list of people"))
