"""应急演练 (/drills): the records of firms, filling stations and use units, their form, their photos, their
paper."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.dues.filters import names_of
from equipment.dues.models import OrganisationDue
from equipment.dues.organisations import LATE, organisation_dues
from equipment.files.models import StoredFile
from equipment.files.views import handed_out
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import seen
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.rescue import drills
from equipment.rescue.drills import SORTS
from equipment.rescue.forms import DrillForm, papers_of_request
from equipment.rescue.models import Drill
from equipment.rescue.rules import DRILLED, DrillKind, RescueDueKind, Scenario
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, show_errors
from equipment.web.pages import area_options, arguments, counted, exported, paginate

pages = Blueprint("drills", __name__)
DUE_ROWS = 12


@pages.route("/drills", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.DRILL)
def index() -> web.Answer:
    """The records; above them whose drill is due next, or who is late."""
    who, filters, on = web.viewer(), arguments(), clock.today()
    if taken := exported("drills.export", filters, by=who, title=gettext("Emergency drills")):
        return taken
    page = paginate(drills.drills(who, filters), SORTS, default="-on")
    kind = {"kind": str(RescueDueKind.DRILL), "area": filters.get("area", "")}
    waiting = organisation_dues(who, kind, on)
    due = session.scalars(waiting.order_by(OrganisationDue.due_on, OrganisationDue.id).limit(DUE_ROWS)).all()
    places = pieces(who, {row.equipment_id for row in page.rows if row.equipment_id})
    return render_template(
        "rescue/drills.html",
        page=page,
        places={one.id: one for one in places},
        names=names_of({row.organisation_id for row in [*page.rows, *due]}),
        due=due,
        waiting=counted(waiting),
        late=counted(organisation_dues(who, {**kind, "window": LATE}, on)),
        rules=[drills.months_of(one, on) for one in DRILLED if who.oversees or one is who.organisation_kind],
        kind_of=DrillKind,
        may_record=_may_record(who),
        may_see_rescue=may(who, Action.SEE, Thing.RESCUE),
        scenarios=labelled(Scenario),
        holders=labelled(DRILLED) if who.oversees else [],
        areas=area_options(who) if who.oversees else [],
    )


@pages.get("/drills/new")
@web.allows(Action.CREATE, Thing.DRILL)
def new() -> web.Answer:
    """An empty form, with the kind of the duty that it is for (`of`)."""
    who = web.viewer()
    if not _may_record(who):
        raise NotAllowed(drills.WHO_RECORDS)
    form = _form(who, DrillForm(formdata=None, drill_id=new_id(), on=clock.today()))
    if request.args.get("of") in set(DrillKind):
        form.classes.data = [request.args["of"]]
    return _page(form)


@pages.get("/drills/<uuid:drill_id>/correct")
@web.allows(Action.CREATE, Thing.DRILL)
def correct(drill_id: UUID) -> web.Answer:
    who = web.viewer()
    drill = seen(who, Drill, drill_id)
    if drill.organisation_id != who.organisation_id:
        raise NotAllowed(drills.WHO_RECORDS)
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


def _may_record(who: Viewer) -> bool:
    return may(who, Action.CREATE, Thing.DRILL) and who.organisation_kind in DRILLED


def _form(who: Viewer, form: DrillForm, former: Drill | None = None) -> DrillForm:
    own = {one.id: one for one in drills.own_pieces(who)}
    if former is not None and former.equipment_id:  # a lift that has gone to another firm since
        own |= {one.id: one for one in pieces(who, [former.equipment_id])}
    form.offer(
        who.organisation_kind, [(str(one.id), f"{called(one)} {one.address}".strip()) for one in own.values()]
    )
    return form


def _page(form: DrillForm, former: Drill | None = None) -> str:
    kind = web.viewer().organisation_kind
    return render_template(
        "rescue/drill_form.html",
        form=form,
        former=former,
        rule=drills.months_of(kind, clock.today()),
        of_firm=kind is OrganisationKind.FIRM,
    )


@pages.get("/drills/<uuid:drill_id>")
@web.allows(Action.SEE, Thing.DRILL)
def show(drill_id: UUID) -> web.Answer:
    who = web.viewer()
    drill = seen(who, Drill, drill_id)
    place = pieces(who, [drill.equipment_id]) if drill.equipment_id else []
    successor = drills.successor_of(drill) if drill.superseded else None
    return render_template(
        "rescue/drill.html",
        drill=drill,
        place=place[0] if place else None,
        names=names_of({key for key in (drill.organisation_id, drill.use_unit_id) if key}),
        successor=successor,
        kind_of=DrillKind,
        of_lifts=drills.is_of_lifts(drill),
        photos=[session.get_one(StoredFile, sha256) for sha256 in drill.photos],
        may_correct=drill.organisation_id == who.organisation_id
        and may(who, Action.CREATE, Thing.DRILL)
        and not drill.superseded,
    )


@pages.get("/drills/<uuid:drill_id>/photos/<sha256>")
@web.allows(Action.SEE, Thing.DRILL)
def photo(drill_id: UUID, sha256: str) -> web.Answer:
    """A photo or paper of a record."""
    drill = seen(web.viewer(), Drill, drill_id)
    if sha256 not in drill.photos:
        raise NotFound
    number = drill.photos.index(sha256) + 1
    return handed_out(sha256, session.get_one(StoredFile, sha256).media_type, f"{drill.number}-{number}")


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
