"""应急演练 (/drills): the records of a firm, their form, their paper."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.dues.models import OrganisationDue
from equipment.dues.organisations import LATE, organisation_dues
from equipment.files.queries import attachments_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import seen
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.rescue import drills
from equipment.rescue.drills import SORTS
from equipment.rescue.forms import DrillForm, papers_of_request
from equipment.rescue.models import Drill
from equipment.rescue.rules import LiftClass, RescueDueKind, Scenario
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, show_errors
from equipment.web.pages import area_options, arguments, counted, exported, paginate

pages = Blueprint("drills", __name__)
DUE_ROWS = 12


@pages.route("/drills", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.DRILL)
def index() -> web.Answer:
    """The records; above them the kinds of lift whose drill is due next, or which firms are late."""
    who, filters, on = web.viewer(), arguments(), clock.today()
    if taken := exported("drills.export", filters, by=who, title=gettext("Emergency drills")):
        return taken
    page = paginate(drills.drills(who, filters), SORTS, default="-on")
    kind = {"kind": str(RescueDueKind.DRILL), "area": filters.get("area", "")}
    waiting = organisation_dues(who, kind, on)
    due = session.scalars(waiting.order_by(OrganisationDue.due_on, OrganisationDue.id).limit(DUE_ROWS)).all()
    lifts = pieces(who, {row.equipment_id for row in page.rows})
    return render_template(
        "rescue/drills.html",
        page=page,
        lifts={one.id: one for one in lifts},
        names=names_of({row.organisation_id for row in [*page.rows, *due]}),
        due=due,
        waiting=counted(waiting),
        late=counted(organisation_dues(who, {**kind, "window": LATE}, on)),
        rule=drills.months_between(on),
        class_of=LiftClass,
        may_record=may(who, Action.CREATE, Thing.DRILL) and not who.oversees,
        scenarios=labelled(Scenario),
        areas=area_options(who) if who.oversees else [],
    )


@pages.get("/drills/new")
@web.allows(Action.CREATE, Thing.DRILL)
def new() -> web.Answer:
    """An empty form, one for a kind of lift (`of`), or one that corrects a record (`replaces`)."""
    who = web.viewer()
    form = _form(who, DrillForm(formdata=None, drill_id=new_id(), on=clock.today()))
    if request.args.get("of") in set(LiftClass):
        form.classes.data = [request.args["of"]]
    return _page(form)


@pages.get("/drills/<uuid:drill_id>/correct")
@web.allows(Action.CREATE, Thing.DRILL)
def correct(drill_id: UUID) -> web.Answer:
    who = web.viewer()
    drill = seen(who, Drill, drill_id)
    if drill.organisation_id != who.organisation_id:
        raise NotAllowed(N_("The maintenance firm records its drills."))
    form = _form(who, DrillForm(formdata=None, drill_id=new_id()), drill)
    form.fill(drill)
    return _page(form, drill)


@pages.post("/drills/new")
@web.allows(Action.CREATE, Thing.DRILL)
def record() -> web.Answer:
    who = web.viewer()
    form = DrillForm()
    former = seen(who, Drill, form.replaces.data) if form.replaces.data else None
    _form(who, form, former)
    if not form.validate():
        return _page(form, former), 422
    try:
        draft, photos = form.draft(), papers_of_request()
        with transaction():
            key = drills.record(form.drill_id.data or new_id(), draft, photos, by=who).id
    except Invalid as refusal:
        show_errors(form, refusal)
        return _page(form, seen(who, Drill, form.replaces.data) if former else None), form.http_status
    flash(gettext("The drill is recorded."), "success")
    return redirect(url_for("drills.show", drill_id=key))


def _form(who: Viewer, form: DrillForm, former: Drill | None = None) -> DrillForm:
    lifts = {one.id: one for one in drills.own_lifts(who)}
    if former is not None:  # a lift that has gone to another firm since
        lifts |= {one.id: one for one in pieces(who, [former.equipment_id])}
    form.offer([(str(one.id), f"{called(one)} {one.address}".strip()) for one in lifts.values()])
    return form


def _page(form: DrillForm, former: Drill | None = None) -> str:
    return render_template(
        "rescue/drill_form.html", form=form, former=former, rule=drills.months_between(clock.today())
    )


@pages.get("/drills/<uuid:drill_id>")
@web.allows(Action.SEE, Thing.DRILL)
def show(drill_id: UUID) -> web.Answer:
    who = web.viewer()
    drill = seen(who, Drill, drill_id)
    lift = pieces(who, [drill.equipment_id])
    successor = drills.successor_of(drill) if drill.superseded else None
    return render_template(
        "rescue/drill.html",
        drill=drill,
        lift=lift[0] if lift else None,
        names=names_of({key for key in (drill.organisation_id, drill.use_unit_id) if key}),
        successor=successor,
        class_of=LiftClass,
        photos=attachments_of(who, drill.equipment_id, "drill", drill.id),
        may_correct=drill.organisation_id == who.organisation_id
        and may(who, Action.CREATE, Thing.DRILL)
        and not drill.superseded,
    )


@pages.post("/drills/<uuid:drill_id>/print")
@web.allows(Action.SEE, Thing.DRILL)
def draw(drill_id: UUID) -> web.Answer:
    """应急演练记录, drawn by the jobs process."""
    who = web.viewer()
    drill = seen(who, Drill, drill_id)
    stated = {"drill_id": str(drill.id), "sample": web.settings().is_demo}
    title = gettext("Record of emergency drill %(number)s", number=drill.number)
    with transaction():
        task = enqueue("drills.paper", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
