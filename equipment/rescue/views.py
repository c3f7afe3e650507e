"""Who is on the rescue platform (/rescue): the vertical lifts in use, what each lacks, and the page of one
lift with its code and everybody who is called to it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext, ngettext
from sqlalchemy import func, select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.rescue import coverage
from equipment.rescue.contacts import contacts_of
from equipment.rescue.coverage import COVERED, MISSING, SORTS, lift_rows, vertical_lifts
from equipment.rescue.forms import LiftContactForm, RescueCodeForm
from equipment.rescue.lift_codes import FIELD, allotting, give_code, lift_of_code, stated_code, without_code
from equipment.rescue.phones import is_kept_by, name_contact, phones_of
from equipment.rescue.platform import LIFT, may_set, platform_of
from equipment.rescue.rules import Lacking, spelt_phone
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("rescue", __name__)
STATES = ((MISSING, N_("Not covered")), (COVERED, N_("Covered")))


@pages.route("/rescue", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RESCUE)
def index() -> web.Answer:
    """The vertical lifts in use with what each lacks; above them the figure and its definition."""
    who, filters, on = web.viewer(), arguments(), clock.today()
    title = gettext("Lifts on the rescue platform")
    if taken := exported("rescue.export", filters, by=who, title=title):
        return taken
    meaning = coverage.definition(on)
    page = paginate(vertical_lifts(who, filters, meaning), SORTS, default="area", scalars=False)
    page = replace(page, rows=lift_rows(page.rows, meaning))
    parties = {party for row in page.rows for party in _parties(row.equipment)}
    return render_template(
        "rescue/index.html",
        page=page,
        names=names_of(parties),
        is_bureau=who.oversees,
        platform=platform_of(who.area, on) if who.oversees else None,
        figure=coverage.cover(who, filters.get("area", ""), meaning),
        by_area=coverage.by_area(who, meaning) if who.oversees else [],
        definition=meaning,
        states=[(value, translate(label)) for value, label in STATES],
        reasons=labelled(Lacking),
        areas=area_options(who) if who.oversees else [],
    )


def _parties(equipment: Equipment) -> set[UUID]:
    return {key for key in (equipment.maintenance_firm_id, equipment.use_unit_id) if key is not None}


@pages.get("/rescue/lifts/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.RESCUE)
def lift(equipment_id: UUID) -> web.Answer:
    who = web.viewer()
    return _lift_page(_lift(who, equipment_id), who, RescueCodeForm(formdata=None))


def _lift(who: Viewer, equipment_id: UUID) -> Equipment:
    equipment = piece(who, equipment_id)
    if equipment.category != LIFT:
        raise NotFound
    return equipment


def _lift_page(equipment: Equipment, who: Viewer, form: RescueCodeForm) -> str:
    on, code = clock.today(), stated_code(equipment)
    if not form.is_submitted():
        form.code.data = code
    same = [one for one in lift_of_code(who, code) if one.id != equipment.id] if code else []
    parties = visible(SYSTEM, Organisation).where(Organisation.id.in_(_parties(equipment)))
    organisations = session.scalars(parties.order_by(Organisation.kind))
    kept = [organisation for organisation in organisations if is_kept_by(organisation, who)]
    contacts = contacts_of(equipment, on)
    return render_template(
        "rescue/lift.html",
        equipment=equipment,
        code=code,
        row=coverage.lift_row(who, equipment.id, coverage.definition(on)),
        same=same,
        contacts=contacts,
        serving={contact.phone.id for contact in contacts if contact.phone},
        platform=platform_of(equipment.area, on),
        form=form,
        may_code=who.oversees and may(who, Action.CHANGE, Thing.RESCUE),
        choices=[(one, phones_of(one.id)) for one in kept],
        spelt=spelt_phone,
    )


@pages.post("/rescue/lifts/<uuid:equipment_id>/code")
@web.allows(Action.CHANGE, Thing.RESCUE)
def code(equipment_id: UUID) -> web.Answer:
    """The bureau gives the lift another code, or takes one away that is another's."""
    who, form = web.viewer(), RescueCodeForm()
    equipment = _lift(who, equipment_id)

    def give() -> Equipment:
        return give_code(_lift(who, equipment_id), form.code.data or "", form.reason.data or "", by=who)

    if submitted(form, give, {FIELD: "code"}) is not None:
        flash(gettext("The rescue code is changed."), "success")
        return redirect(url_for("rescue.lift", equipment_id=equipment_id))
    return _lift_page(session.get_one(Equipment, equipment.id), who, form), form.http_status


@pages.post("/rescue/lifts/<uuid:equipment_id>/contact")
@web.allows(Action.CHANGE, Thing.RESCUE)
def contact(equipment_id: UUID) -> web.Answer:
    """Another phone of the firm or use unit serves this lift."""
    who, form = web.viewer(), LiftContactForm()
    try:
        with transaction():
            equipment = _lift(who, equipment_id)
            checked(form)
            if form.organisation.data is None:
                raise NotFound
            name_contact(equipment, form.organisation.data, form.phone.data, by=who)
        flash(gettext("This phone serves the lift from now on."), "success")
    except Invalid as refusal:
        flash(web.field_texts(refusal), "danger")
    return redirect(url_for("rescue.lift", equipment_id=equipment_id))


@pages.post("/rescue/allot")
@web.allows(Action.APPROVE, Thing.RESCUE)
def allot() -> web.Answer:
    """Codes for all lifts without one, drawn up by the jobs process."""
    who = web.viewer()
    platform = allotting(who)
    waiting = without_code(who, platform.area).order_by(None).subquery()
    number = session.scalar(select(func.count()).select_from(waiting)) or 0
    if not number:
        flash(gettext("Every vertical lift in use has a code."), "info")
        return redirect(url_for("rescue_platform.index"))
    with transaction():
        title = ngettext("A rescue code for %(num)s lift", "Rescue codes for %(num)s lifts", number)
        task = enqueue("rescue.allot", {}, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


def may_allot(who: Viewer) -> bool:
    """Whether the page offers to allot codes."""
    platform = platform_of(who.area, clock.today())
    return platform is not None and platform.own and bool(platform.first_code) and may_set(who)
