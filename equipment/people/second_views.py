"""One's own second factor: set up with a QR code, recovery codes shown once, switched off."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as browser
from flask_babel import gettext
from flask_login import current_user

from equipment import web
from equipment.core.errors import NotAllowed, NotFound
from equipment.people import second_factor
from equipment.people.forms import ConfirmedForm, SecondFactorForm
from equipment.people.models import SecondFactor, User
from equipment.people.second_factor import authenticator
from equipment.people.signing import confirmed
from equipment.storage.db import session, transaction
from equipment.web.forms import submitted
from equipment.web.symbols import outline

pages = Blueprint("second", __name__)
DRAWN = "second_factor"  # the secret, encrypted, in the session of the browser that sets it up


def person() -> User:
    """The person of this session, to whom this server offers it."""
    if not current_user.is_authenticated:
        raise NotFound
    user = session.get_one(User, current_user.id)
    if not second_factor.may_have_one(user, web.settings()) and second_factor.factor_of(user.id) is None:
        raise NotFound
    return user


@pages.route("/me/second", methods=["GET", "POST"])
@web.signed_in
def page() -> web.Answer:
    user = person()
    factor = second_factor.factor_of(user.id)
    if factor is not None:
        return state(user, factor, ConfirmedForm())
    secret = browser.setdefault(DRAWN, authenticator().generate_totp_secret())
    form = SecondFactorForm()
    if confirmed(form) and (
        codes := submitted(
            form, lambda: second_factor.set_up(user, secret, form.second_code.data, by=web.viewer())
        )
    ):
        browser.pop(DRAWN, None)
        return render_template("people/recovery_codes.html", codes=codes), 201
    return render_template(
        "people/second_new.html",
        form=form,
        qr=outline(authenticator().get_totp_uri(user.mobile, secret)),
        key=authenticator().get_totp_pretty_key(secret),
        forced=second_factor.must_set_up(user, web.settings()),
    ), 422 if form.errors else 200


def state(user: User, factor: SecondFactor, form: ConfirmedForm) -> tuple[str, int]:
    codes = second_factor.recovery_codes(user.id)
    return render_template(
        "people/second.html",
        form=form,
        factor=factor,
        left=sum(code.used_at is None for code in codes),
        may_end=web.settings().totp != "required",
    ), 422 if form.errors else 200


@pages.post("/me/second/<any(codes, off):wanted>")
@web.signed_in
def change(wanted: str) -> web.Answer:
    user, form = person(), ConfirmedForm()
    factor = second_factor.factor_of(user.id)
    if factor is None:
        return redirect(url_for("second.page"))
    if wanted == "off" and web.settings().totp == "required":
        raise NotAllowed
    if not confirmed(form):
        return state(user, factor, form)
    if wanted == "codes":
        with transaction():
            codes = second_factor.renew_codes(user, by=web.viewer())
        return render_template("people/recovery_codes.html", codes=codes), 201
    with transaction():
        second_factor.take_away(user, by=web.viewer())
    flash(gettext("Your second factor is switched off."), "success")
    return redirect(url_for("me.page"))
