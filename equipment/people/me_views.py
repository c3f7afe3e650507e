"""My account: who I am, my papers, my PIN, my phones."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from equipment import web
from equipment.core.errors import Invalid
from equipment.people import credentials, second_factor
from equipment.people.duty import cards_of
from equipment.people.forms import PinForm
from equipment.people.models import Certificate, Device, SignIn, User
from equipment.people.rules import Action, DeviceKind, Role, SignInOutcome, Thing, may
from equipment.people.signing import confirmed
from equipment.people.views import area_name, form_page
from equipment.storage.db import session, transaction
from equipment.web.forms import show_errors

pages = Blueprint("me", __name__)

SHOWN = 12  # sign-ins
ON_FLOOR = {Role.OPERATOR, Role.STATION_OWNER}


@pages.get("/me")
@web.signed_in
def page() -> web.Answer:
    if not current_user.is_authenticated:
        return redirect(url_for("duty.page"))
    person: User = current_user._get_current_object()
    phones = (
        select(Device)
        .where(Device.user_id == person.id, Device.kind == DeviceKind.PHONE, Device.revoked_at.is_(None))
        .order_by(Device.created_at)
    )
    certificates = (
        select(Certificate).where(Certificate.user_id == person.id).order_by(Certificate.valid_until.desc())
    )
    sign_ins = (
        select(SignIn)
        .where(SignIn.user_id == person.id, SignIn.outcome != SignInOutcome.CLEARED)
        .order_by(SignIn.at.desc())
        .limit(SHOWN)
    )
    return render_template(
        "people/me.html",
        sign_ins=session.scalars(sign_ins).all(),
        this=g.sign_in.id,
        person=person,
        area=area_name(person.area),
        certificates=session.scalars(certificates).all(),
        cards=cards_of(person.id),
        phones=session.scalars(phones).all(),
        works_on_floor=bool(person.role_names & ON_FLOOR),
        sees_organisation=may(web.viewer(), Action.SEE, Thing.ORGANISATION),
        has_second=second_factor.is_asked(person, web.settings()),
        may_have_second=second_factor.may_have_one(person, web.settings()),
        enrols=Role.STATION_OWNER in person.role_names,
    )


@pages.route("/me/pin", methods=["GET", "POST"])
@web.signed_in
def pin() -> web.Answer:
    if not current_user.is_authenticated:
        return redirect(url_for("duty.page"))
    form = PinForm()
    if form.validate_on_submit() and _set(form):
        flash(gettext("Your PIN was set."), "success")
        return redirect(url_for("me.page"))
    return form_page(form, gettext("Set PIN"), url_for("me.page"))


def _set(form: PinForm) -> bool:
    if form.pin.data != form.again.data:
        form.again.errors = [gettext("The two PINs differ.")]
        return False
    try:
        hashed = credentials.hashed_pin(form.pin.data, current_user.mobile)
    except Invalid as error:
        show_errors(form, error)
        return False
    if not confirmed(form):
        return False
    with transaction():
        credentials.set_pin(session.get_one(User, current_user.id), hashed, by=web.viewer())
    return True
