"""Duty phones (/rescue/phones): those of a firm or use unit, and who made sure of them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.dues.filters import names_of
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing, Viewer
from equipment.rescue import phones
from equipment.rescue.forms import DutyPhoneForm, PhoneConfirmForm
from equipment.rescue.models import DutyPhone
from equipment.rescue.phones import SORTS
from equipment.rescue.rules import ConfirmedHow, PhoneState, spelt_phone
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("duty_phones", __name__)


@pages.route("/rescue/phones", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RESCUE)
def index() -> web.Answer:
    """The duty phones of one's own organisation; for the bureau those of its area."""
    who, filters, on = web.viewer(), arguments(), clock.today()
    title = gettext("Duty phones")
    if taken := exported("rescue.phones.export", filters, by=who, title=title):
        return taken
    page = paginate(phones.duty_phones(who, filters, on), SORTS, default="until")
    return render_template(
        "rescue/phones.html",
        page=page,
        names=names_of({row.organisation_id for row in page.rows}),
        phone_states=phones.states_of(page.rows, on),
        spelt=spelt_phone,
        states=[("open", gettext("To be confirmed")), *labelled(PhoneState)],
        areas=area_options(who) if who.oversees else [],
        own=who.organisation_id if who.organisation_kind in phones.KINDS else None,
        without=session.scalars(phones.without_phone(who).order_by(Organisation.name)).all()
        if who.oversees
        else [],
    )


@pages.get("/rescue/organisations/<uuid:key>")
@web.allows(Action.SEE, Thing.RESCUE)
def organisation(key: UUID) -> web.Answer:
    who = web.viewer()
    owner = phones.organisation_seen(key, by=who)
    form = DutyPhoneForm(formdata=None)
    if not phones.phones_of(key):  # what stands in its file is a first proposal
        form.number.data = owner.rescue_phone
    return _page(owner, who, form)


def _page(owner: Organisation, who: Viewer, form: DutyPhoneForm) -> str:
    on, kept = clock.today(), phones.phones_of(owner.id)
    confirmations = phones.confirmations_of(owner.id)
    is_own = who.organisation_id == owner.id
    ways = [ConfirmedHow.OWN] if is_own else [ConfirmedHow.CALLED_BACK, ConfirmedHow.CENTRE]
    return render_template(
        "rescue/organisation.html",
        owner=owner,
        phones=kept,
        states=phones.states_of(kept, on),
        spelt=spelt_phone,
        numbers={phone.id: spelt_phone(phone.digits) for phone in kept},
        confirmations=confirmations,
        names=names_of({row.by_organisation for row in confirmations if row.by_organisation}),
        form=form,
        confirm_form=PhoneConfirmForm(formdata=None, on=on),
        ways=labelled(ways),
        is_own=is_own,
        is_kept=phones.is_kept_by(owner, who),
        months=phones.months_valid(on),
        counted=phones.counted_ways(on),
    )


@pages.post("/rescue/organisations/<uuid:key>")
@web.allows(Action.CREATE, Thing.RESCUE)
def add(key: UUID) -> web.Answer:
    who, form = web.viewer(), DutyPhoneForm()
    owner = phones.organisation_seen(key, by=who)
    if submitted(form, lambda: phones.add_phone(owner, form.draft(), by=who)) is not None:
        flash(gettext("The duty phone is entered; it counts once somebody has confirmed it."), "success")
        return redirect(url_for("duty_phones.organisation", key=key))
    return _page(session.get_one(Organisation, key), who, form), form.http_status


@pages.post("/rescue/phones/<uuid:phone_id>/confirm")
@web.allows(Action.CHANGE, Thing.RESCUE)
def confirm(phone_id: UUID) -> web.Answer:
    form = PhoneConfirmForm()

    def confirmed(phone: DutyPhone, who: Viewer) -> object:
        checked(form)
        return phones.confirm(
            phone, ConfirmedHow(form.how.data), form.answered_by.data or "", form.on.data, by=who
        )

    return _step(phone_id, confirmed, gettext("The duty phone is confirmed."))


@pages.post("/rescue/phones/<uuid:phone_id>/first")
@web.allows(Action.CHANGE, Thing.RESCUE)
def make_first(phone_id: UUID) -> web.Answer:
    done = gettext("This phone serves every lift that names no other.")
    return _step(phone_id, lambda phone, who: phones.make_first(phone, by=who), done)


@pages.post("/rescue/phones/<uuid:phone_id>/end")
@web.allows(Action.CHANGE, Thing.RESCUE)
def end(phone_id: UUID) -> web.Answer:
    done = gettext("The number is in use no more.")
    return _step(phone_id, lambda phone, who: phones.end_phone(phone, by=who), done)


def _step(phone_id: UUID, step: Callable[[DutyPhone, Viewer], object], done: str) -> web.Answer:
    """One step with a phone from the page of its organisation; what is refused is said there."""
    who = web.viewer()
    key = phones.phone_of(phone_id, by=who).organisation_id
    try:
        with transaction():
            step(phones.phone_of(phone_id, by=who), who)
        flash(done, "success")
    except Invalid as refusal:
        flash(web.field_texts(refusal), "danger")
    return redirect(url_for("duty_phones.organisation", key=key))
