"""销毁 on screen: the scrapped bottles that wait, the record with its photos, the list of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.files.queries import attachments_of
from equipment.lots import destroying
from equipment.lots.destroying import SORTS, WAITING_SORTS
from equipment.lots.destruction_forms import DestructionForm, photos_of_request
from equipment.lots.listing import waiting_rows
from equipment.lots.models import Destroyed, Destruction
from equipment.lots.queries import people_named
from equipment.lots.states import DestructionMethod
from equipment.people.rules import Action, Thing, Viewer
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, show_errors
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("destructions", __name__)
ROW_SORTS = {"row": (Destroyed.equipment_id,)}


@pages.route("/destructions", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LOT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("lots.destructions.export", filters, by=who, title=gettext("Destructions")):
        return taken
    page = paginate(destroying.destructions(who, filters), SORTS, default="-on")
    return render_template(
        "lots/destructions.html",
        page=page,
        names=names_of({party for one in page.rows for party in (one.organisation_id, one.body_id)}),
        methods=labelled(DestructionMethod),
        areas=area_options(who) if who.oversees else [],
    )


@pages.route("/destructions/waiting", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LOT)
def waiting() -> web.Answer:
    """Scrapped and not destroyed, with the days they wait."""
    who, filters = web.viewer(), arguments()
    title = gettext("Scrapped, not destroyed")
    if taken := exported("lots.waiting.export", filters, by=who, title=title):
        return taken
    page = paginate(destroying.waiting(who, filters), WAITING_SORTS, default="since", scalars=False)
    return render_template(
        "lots/waiting.html",
        page=replace(page, rows=waiting_rows(page.rows)),
        may_destroy=destroying.may_destroy(who),
        areas=area_options(who) if who.oversees else [],
    )


@pages.post("/destructions/new")
@web.allows(Action.SEE, Thing.LOT)
def new() -> web.Answer:
    """The form of the ticked bottles, and the record itself once it names its day."""
    who, form = web.viewer(), DestructionForm()
    if not destroying.may_destroy(who):
        raise NotAllowed(N_("The inspection body or the owner records a destruction."))
    chosen = pieces(who, form.id.data)
    if form.destruction_id.data is None:
        form = DestructionForm(formdata=None, destruction_id=new_id(), on=clock.today())
        return _page(form, chosen)
    if not form.validate():
        return _page(form, chosen), 422
    try:
        photos = photos_of_request()
        with transaction():
            record = destroying.destroy(form.destruction_id.data, form.id.data, form.draft(), photos, by=who)
            key = record.id
    except Invalid as refusal:
        show_errors(form, refusal)
        return _page(form, pieces(who, form.id.data)), form.http_status
    flash(gettext("The destruction is recorded."), "success")
    return redirect(url_for("destructions.show", destruction_id=key))


def _page(form: DestructionForm, chosen: Sequence[Equipment]) -> str:
    return render_template(
        "lots/destroy.html", form=form, chosen=chosen, rule=destroying.methods(clock.today())
    )


@pages.get("/destructions/<uuid:destruction_id>")
@web.allows(Action.SEE, Thing.LOT)
def show(destruction_id: UUID) -> web.Answer:
    who = web.viewer()
    record = destroying.destruction_of(destruction_id, by=who)
    page = paginate(destroying.bottles_of(record), ROW_SORTS, default="row")
    return render_template(
        "lots/destruction.html",
        record=record,
        page=page,
        names=names_of([record.organisation_id, record.body_id]),
        people=people_named([record.recorded_by]),
        photos=_photos_of(who, record, page.rows),
    )


def _photos_of(who: Viewer, record: Destruction, rows: list[Destroyed]) -> list[object]:
    """The photos hang on every bottle of the record: those of the first are all of them."""
    if not rows:
        return []
    return list(attachments_of(who, rows[0].equipment_id, "destruction", record.id))


@pages.post("/destructions/<uuid:destruction_id>/print")
@web.allows(Action.SEE, Thing.LOT)
def draw(destruction_id: UUID) -> web.Answer:
    """销毁记录, drawn by the jobs process."""
    who = web.viewer()
    record = destroying.destruction_of(destruction_id, by=who)
    title = gettext("Record of destruction %(number)s", number=record.number)
    stated = {"destruction_id": str(record.id), "sample": web.settings().is_demo}
    with transaction():
        task = enqueue("lots.destruction", stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))
