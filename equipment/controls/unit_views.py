"""A unit's own matters: who holds which post, its stopped days, its risk lists version by version."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.controls import posts, queries, risk_lists
from equipment.controls.forms import (
    WEEKDAYS,
    AppointForm,
    BeginRiskListForm,
    ClosureForm,
    EndPostForm,
    RiskRowForm,
)
from equipment.controls.models import ControlAppointment, RiskList, UnitClosure
from equipment.controls.risk_lists import empty_row
from equipment.controls.rules import ControlPost, shared_posts
from equipment.controls.states import RiskListState
from equipment.controls.views import draw
from equipment.core import clock
from equipment.core.errors import NotAllowed, NotFound
from equipment.core.ids import id_in
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.categories import category as category_of
from equipment.regulation.control_numbers import control_clauses, template_rows
from equipment.storage.db import session, transaction
from equipment.web.forms import Form, checked, submitted

pages = Blueprint("controls_unit", __name__)


def document(form: Form) -> StoredDocument | None:
    """The file of a form, if one was added."""
    file = form["file"].data
    return take(cast(BinaryIO, file.stream), file.filename, "control") if file and file.filename else None


@pages.route("/controls/posts", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CONTROL)
def posts_page() -> web.Answer:
    """任命: who is 主要负责人, 安全总监, 安全员. Supervisors read a unit's with `unit`."""
    who, today = web.viewer(), clock.today()
    unit = _unit_asked()
    form = AppointForm()
    if form.is_submitted():
        user = session.get(User, form.user.data) if form.user.data else None
        done = submitted(
            form,
            lambda: posts.appoint(
                ControlPost(form.post.data),
                form.name.data,
                form.from_on.data,
                by=who,
                user=user,
                category=form.category.data,
                document=document(form),
            ),
        )
        if done is not None:
            flash(gettext("Appointed."), "success")
            return redirect(url_for("controls_unit.posts_page"))
    else:
        form = AppointForm(formdata=None, from_on=today)
    accounts = visible(SYSTEM, User).where(User.organisation_id == unit.id, User.active)
    rows = queries.appointments(who, unit.id)
    standing = queries.posts_of_unit(unit.id, today)
    page = render_template(
        "controls/posts.html",
        unit=unit,
        rows=rows,
        today=today,
        form=form,
        end_form=EndPostForm(formdata=None, until_on=today),
        accounts=session.scalars(accounts.order_by(User.name)).all(),
        shared=shared_posts({post: [row.name for row in some] for post, some in standing.items()}),
        lacking=[post for post in ControlPost if not standing[post]],
        kind_of=category_of,
        own=unit.id == who.organisation_id,
        may_change=may(who, Action.CHANGE, Thing.CONTROL) and unit.id == who.organisation_id,
    )
    return (page, form.http_status) if form.errors else page


def _unit_asked() -> Organisation:
    """The viewer's own unit, or the one that a supervisor asks for."""
    who = web.viewer()
    if not who.oversees:
        return posts.own_unit(who, Action.SEE)
    wanted = id_in(request.args.get("unit", ""))
    there = visible(who, Organisation).where(Organisation.id == wanted)
    unit = session.scalar(there) if wanted else None
    if unit is None:
        raise NotFound
    return unit


def _appointment(appointment_id: UUID) -> ControlAppointment:
    rows = visible(web.viewer(), ControlAppointment).where(ControlAppointment.id == appointment_id)
    row = session.scalar(rows)
    if row is None:
        raise NotFound
    return row


@pages.post("/controls/posts/<uuid:appointment_id>/end")
@web.allows(Action.CHANGE, Thing.CONTROL)
def end_post(appointment_id: UUID) -> web.Answer:
    form = EndPostForm()
    with transaction():
        row = _appointment(appointment_id)
        checked(form)
        posts.end_appointment(row, form.until_on.data, by=web.viewer())
    flash(gettext("The appointment ends on that day."), "success")
    return redirect(url_for("controls_unit.posts_page"))


@pages.get("/controls/posts/<uuid:appointment_id>/file")
@web.allows(Action.SEE, Thing.CONTROL)
def post_file(appointment_id: UUID) -> web.Answer:
    """The document of an appointment."""
    row = _appointment(appointment_id)
    if not row.file_sha256:
        raise NotFound
    return handed_out(row.file_sha256, row.file_type, row.file_name)


@pages.route("/controls/closures", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CONTROL)
def closures() -> web.Answer:
    """停业日: days on which nothing is used and no control is expected."""
    who, today = web.viewer(), clock.today()
    unit, form = _unit_asked(), ClosureForm()
    if form.is_submitted():
        done = submitted(
            form,
            lambda: posts.state_closure(
                form.category.data,
                form.from_on.data,
                form.until_on.data,
                form.reason.data,
                by=who,
                weekdays=[int(day) for day in form.weekdays.data or ()],
            ),
        )
        if done is not None:
            flash(gettext("Stated: no control is expected on these days."), "success")
            return redirect(url_for("controls_unit.closures"))
    else:
        form = ClosureForm(formdata=None, from_on=today, until_on=today)
    rows = visible(who, UnitClosure).where(UnitClosure.organisation_id == unit.id)
    page = render_template(
        "controls/closures.html",
        unit=unit,
        today=today,
        rows=session.scalars(rows.order_by(UnitClosure.from_on.desc(), UnitClosure.id).limit(200)).all(),
        form=form,
        weekdays=WEEKDAYS,
        kind_of=category_of,
        site_day=clock.site_day,
        own=unit.id == who.organisation_id,
        may_change=may(who, Action.CHANGE, Thing.CONTROL) and unit.id == who.organisation_id,
    )
    return (page, form.http_status) if form.errors else page


@pages.post("/controls/closures/<uuid:closure_id>/withdraw")
@web.allows(Action.CHANGE, Thing.CONTROL)
def withdraw_closure(closure_id: UUID) -> web.Answer:
    with transaction():
        row = session.scalar(visible(web.viewer(), UnitClosure).where(UnitClosure.id == closure_id))
        if row is None:
            raise NotFound
        posts.withdraw_closure(row, by=web.viewer())
    flash(gettext("Taken back: controls are expected again from today on."), "success")
    return redirect(url_for("controls_unit.closures"))


@pages.get("/controls/lists/<category>")
@web.allows(Action.SEE, Thing.CONTROL)
def lists(category: str) -> web.Answer:
    """The versions of a unit's risk list of a category; the newest is shown whole."""
    unit = _unit_asked()
    if category not in {each.key for each in CATEGORIES}:
        raise NotFound
    versions = queries.risk_lists(web.viewer(), unit.id, category)
    if versions:
        return redirect(url_for("controls_unit.risk_list", organisation_id=unit.id, list_id=versions[0].id))
    who, today = web.viewer(), clock.today()
    return render_template(
        "controls/no_list.html",
        unit=unit,
        kind=category_of(category),
        proposed=template_rows(category, today),
        clauses=control_clauses(category, today),
        may_begin=may(who, Action.CHANGE, Thing.CONTROL) and unit.id == who.organisation_id,
    )


@pages.post("/controls/lists/begin")
@web.allows(Action.CHANGE, Thing.CONTROL)
def begin_list() -> web.Answer:
    """The next version as a draft."""
    form = BeginRiskListForm()
    with transaction():
        checked(form)
        draft = risk_lists.begin_list(form.category.data, by=web.viewer())
    return _at(draft)


@pages.get("/controls/lists/<uuid:organisation_id>/<uuid:list_id>")
@web.allows(Action.SEE, Thing.CONTROL)
def risk_list(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """One version; a draft with the forms that change it."""
    return _list_page(queries.risk_list_of(web.viewer(), organisation_id, list_id))


def _list_page(own: RiskList, form: RiskRowForm | None = None) -> web.Answer:
    who = web.viewer()
    chosen = next((row for row in own.rows if row["code"] == request.args.get("row")), None)
    edits = (
        own.state is RiskListState.DRAFT
        and may(who, Action.CHANGE, Thing.CONTROL)
        and own.organisation_id == who.organisation_id
    )
    page = render_template(
        "controls/list.html",
        own=own,
        kind=category_of(own.category),
        unit_name=names_of([own.organisation_id]).get(own.organisation_id, ""),
        versions=queries.risk_lists(who, own.organisation_id, own.category),
        form=form or RiskRowForm(formdata=None, data=chosen or empty_row()),
        chosen=chosen,
        edits=edits,
        begins=own.state is RiskListState.ADOPTED
        and may(who, Action.CHANGE, Thing.CONTROL)
        and own.organisation_id == who.organisation_id,
        clauses=control_clauses(own.category, clock.today()),
        proposal=template_rows(own.category, clock.today())[0].citation,
    )
    return (page, form.http_status) if form is not None else page


def _at(own: RiskList) -> web.Answer:
    return redirect(url_for("controls_unit.risk_list", organisation_id=own.organisation_id, list_id=own.id))


@pages.post("/controls/lists/<uuid:organisation_id>/<uuid:list_id>/row")
@web.allows(Action.CHANGE, Thing.CONTROL)
def put_row(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form = _draft(organisation_id, list_id), RiskRowForm()
    done = submitted(form, lambda: risk_lists.put_risk_row(own, form.row(), by=web.viewer()))
    return _at(own) if done is not None else _list_page(own, form)


@pages.post("/controls/lists/<uuid:organisation_id>/<uuid:list_id>/row/remove")
@web.allows(Action.CHANGE, Thing.CONTROL)
def remove_row(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form = _draft(organisation_id, list_id), RiskRowForm()
    with transaction():
        risk_lists.take_risk_row_away(own, form.code.data or "", by=web.viewer())
    flash(gettext("The row is out of the draft."), "success")
    return _at(own)


@pages.post("/controls/lists/<uuid:organisation_id>/<uuid:list_id>/adopt")
@web.allows(Action.APPROVE, Thing.CONTROL)
def adopt(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own = _draft(organisation_id, list_id)
    with transaction():
        risk_lists.adopt_list(own, by=web.viewer())
    flash(gettext("Adopted: controls from now on are made by this version."), "success")
    return _at(own)


@pages.post("/controls/lists/<uuid:organisation_id>/<uuid:list_id>/paper")
@web.allows(Action.SEE, Thing.CONTROL)
def list_paper(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """安全风险管控清单 on paper."""
    own = queries.risk_list_of(web.viewer(), organisation_id, list_id)
    title = gettext("Risk list, version %(version)s", version=own.version)
    return draw("list", organisation_id, list_id, title)


def _draft(organisation_id: UUID, list_id: UUID) -> RiskList:
    own = queries.risk_list_of(web.viewer(), organisation_id, list_id)
    if own.organisation_id != web.viewer().organisation_id:
        raise NotAllowed
    return own
