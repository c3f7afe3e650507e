"""待检清单 on screen: made from the filters of /dues, read, printed, taken as a workbook. Results come back in
inspections/list_views.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import NotFound
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.dues.forms import NotDoneForm, TickedForm, due_list_form
from equipment.dues.models import DueList, DueListRow
from equipment.dues.rules import ListRowState, NotDone
from equipment.dues.views import options
from equipment.people.models import User
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, Action, Role, Thing, may
from equipment.people.scope import visible
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, submitted
from equipment.web.pages import paginate

pages = Blueprint("due_lists", __name__)
SORTS = {"made": (DueList.made_at, DueList.id), "number": (DueList.number, DueList.id)}
ROW_SORTS = {"row": (DueListRow.row_no,), "due_on": (DueListRow.state, DueListRow.row_no)}


@dataclass(frozen=True, slots=True)
class DueListSummary:
    """One list as its list shows it."""

    record: DueList
    returns: lists.Returns
    maker: str
    inspector: str

    @property
    def id(self) -> UUID:
        return self.record.id


@pages.get("/due-lists")
@web.allows(Action.SEE, Thing.DUE_LIST)
def index() -> web.Answer:
    who = web.viewer()
    listed = lists.lists(who)
    if request.args.get("whose") == "mine":
        listed = listed.where((DueList.inspector_id == who.user_id) | (DueList.made_by == who.user_id))
    if request.args.get("state") == "open":
        listed = listed.where(DueList.closed_at.is_(None))
    page = paginate(listed, SORTS, default="-made")
    returns, names = (
        lists.returns_of(page.rows),
        people({id for row in page.rows for id in (row.made_by, row.inspector_id)}),
    )
    page = replace(
        page,
        rows=[
            DueListSummary(row, returns[row.id], names.get(row.made_by, ""), names.get(row.inspector_id, ""))
            for row in page.rows
        ],
    )
    return render_template(
        "dues/lists.html",
        page=page,
        supervision=lists.is_supervision(who),
        may_make=may(who, Action.CREATE, Thing.DUE_LIST),
    )


def people(ids: set[UUID | None]) -> dict[UUID | None, str]:
    users = visible(SYSTEM, User).where(User.id.in_([user_id for user_id in ids if user_id is not None]))
    return {user.id: user.name for user in session.scalars(users)}


@pages.route("/due-lists/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.DUE_LIST)
def new() -> web.Answer:
    """Overdue plus 60 days by default; by street and unit always."""
    who = web.viewer()
    filters = Filters.of(request.values, window=request.values.get("window", "60"))
    inspectors = _inspectors()
    form = due_list_form(
        filters,
        options(who),
        inspectors,
        request.values.get("inspector") or str(who.user_id),
        supervision=lists.is_supervision(who),
    )
    due_list = submitted(
        form,
        lambda: lists.make_list(
            filters,
            by=who,
            title=form.title.data,
            inspector_id=UUID(form.inspector.data)
            if "inspector" in form and form.inspector.data in dict(inspectors)
            else who.user_id,
        ),
    )
    if due_list:
        return redirect(url_for("due_lists.show", list_id=due_list.id))
    page = render_template(
        "dues/new_list.html",
        form=form,
        # what this viewer cannot choose still narrows the list, as it does the one on screen
        unseen={name: value for name, value in filters.as_json().items() if name not in form},
        supervision=lists.is_supervision(who),
    )
    return (page, 422) if request.method == "POST" else page


@pages.post("/due-lists/ticked")
@web.allows(Action.CREATE, Thing.DUE_LIST)
def ticked() -> web.Answer:
    """A list of the ticked rows of the page on screen, for whoever ticked them."""
    who, form = web.viewer(), TickedForm()
    checked(form)
    with transaction():
        filters = Filters.of(request.args)
        due_list = lists.make_list(filters, by=who, title="", inspector_id=who.user_id, ticked=form.id.data)
    return redirect(url_for("due_lists.show", list_id=due_list.id))


def _inspectors() -> list[tuple[str, str]]:
    who = web.viewer()
    return (
        [
            (str(user.id), user.name)
            for user in people_with(who.organisation_id, Role.INSPECTOR, Role.SUPERVISOR)
        ]
        if who.organisation_id
        else []
    )


@pages.get("/due-lists/<uuid:list_id>")
@web.allows(Action.SEE, Thing.DUE_LIST)
def show(list_id: UUID) -> web.Answer:
    who = web.viewer()
    due_list = lists.due_list(who, list_id)
    rows = lists.rows_of(due_list)
    if request.args.get("state") in set(ListRowState):
        rows = rows.where(DueListRow.state == request.args["state"])
    page = paginate(rows, ROW_SORTS, default="row")
    names = people({due_list.made_by, due_list.inspector_id})
    return render_template(
        "dues/list.html",
        made=due_list,
        page=page,
        standing=lists.returns_of([due_list])[due_list.id],
        maker=names.get(due_list.made_by, ""),
        inspector=names.get(due_list.inspector_id, ""),
        fills_in=lists.may_fill_in(who, due_list),
        supervision=lists.is_supervision(who),
    )


@pages.post("/due-lists/<uuid:list_id>/rows/<int:row_no>/not-done")
@web.allows(Action.CHANGE, Thing.DUE_LIST)
def not_done(list_id: UUID, row_no: int) -> web.Answer:
    """未检成: why, and when it is tried again."""
    who, form = web.viewer(), NotDoneForm()
    with transaction():
        due_list = lists.due_list(who, list_id)
        if not lists.may_fill_in(who, due_list):
            raise NotFound
        checked(form)
        lists.not_done(due_list, row_no, NotDone(form.reason.data), form.again_on.data, by=who)
    flash(gettext("Noted."), "success")
    return redirect(url_for("due_lists.show", list_id=list_id))


@pages.post("/due-lists/<uuid:list_id>/print")
@web.allows(Action.SEE, Thing.DUE_LIST)
def draw(list_id: UUID) -> web.Answer:
    """The PDF, drawn by the jobs process. Without PUBLIC_URL its codes lead to the address this page was
    opened at."""
    settings: Settings = current_app.config["SETTINGS"]
    address = settings.public_url or request.url_root
    return _enqueue("dues.print_list", list_id, {"address": address, "sample": settings.is_demo})


@pages.post("/due-lists/<uuid:list_id>/workbook")
@web.allows(Action.SEE, Thing.DUE_LIST)
def workbook(list_id: UUID) -> web.Answer:
    return _enqueue("dues.list_workbook", list_id, {})


def _enqueue(kind: str, list_id: UUID, more: dict[str, object]) -> web.Answer:
    who = web.viewer()
    due_list = lists.due_list(who, list_id)
    title = (
        gettext("Supervision check list %(number)s", number=due_list.number)
        if lists.is_supervision(who)
        else gettext("Due-list %(number)s", number=due_list.number)
    )
    with transaction():
        task = enqueue(
            kind, {"list_id": str(due_list.id), **more}, by=who, title=title, locale=str(get_locale())
        )
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
