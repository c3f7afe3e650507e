"""Signing in and out, the first start, a forced first change of the password, and the reader's language."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as browser
from flask_babel import force_locale, gettext
from flask_login import current_user
from flask_security import login_user, logout_user
from werkzeug.wrappers import Response

from equipment import web
from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.people import credentials, interrupted, second_factor, setup
from equipment.people.codes import mobile_number
from equipment.people.credentials import Attempt, Lock
from equipment.people.forms import CodeForm, ConfirmedForm, LocaleForm, PasswordForm, SetupForm, SignInForm
from equipment.people.models import SignIn, User
from equipment.people.queries import answering_for, token_digest
from equipment.people.rules import SignInMeans, SignInOutcome
from equipment.people.security import BROWSER_COOKIE, attempt_here
from equipment.storage.db import session, transaction
from equipment.web.cookies import cookie, set_cookie
from equipment.web.forms import checked, show_errors
from equipment.web.language import LOCALE_COOKIE
from equipment.web.limits import limited

pages = Blueprint("signing", __name__)
BROWSER_S = 180 * 86400
HALF, HALF_FOR = "half", timedelta(minutes=10)  # between the password and the code


def settings() -> Settings:
    app_settings: Settings = current_app.config["SETTINGS"]
    return app_settings


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of ours, never another host."""
    parts = urlsplit((target or "").replace("\\", "/"))
    inside = (
        bool(target)
        and str(target).isprintable()  # no header of its own by CR LF
        and not parts.scheme
        and not parts.netloc
        and parts.path.startswith("/")
        and not parts.path.startswith("//")
    )
    return str(target) if inside and parts.path != url_for("signing.sign_in") else url_for("home.index")


def open_session(user: User, sign_in: SignIn) -> None:
    """A fresh session: nothing of the one before it stays but the language of the person."""
    browser.clear()
    browser["sign_in"] = str(sign_in.id)
    g.sign_in = sign_in
    login_user(user, remember=False)
    browser["locale"] = user.locale
    browser["at"] = int(clock.now().timestamp())


@pages.route("/sign-in", methods=["GET", "POST"])
@limited(lambda: settings().sign_in_rate)
@web.public
def sign_in() -> web.Answer:
    form = SignInForm(data={"next": request.args.get("next", ""), "kept": request.args.get("kept", "")})
    if current_user.is_authenticated and request.method == "GET":
        return redirect(safe_next(form.next.data))
    if not form.validate_on_submit():
        return render_template("signing/sign_in.html", form=form)
    token = cookie(BROWSER_COOKIE) or secrets.token_urlsafe(32)
    attempt = replace(attempt_here(SignInMeans.PASSWORD), browser=token_digest(token))
    signed = _signed(form.mobile.data, form.password.data, attempt)
    if signed is None:
        form.password.errors = [
            gettext(
                "The number or the password is wrong, or the account is locked here: "
                "after %(tries)s wrong tries for %(minutes)s minutes, then for longer.",
                tries=settings().lockout_tries,
                minutes=settings().lockout_minutes,
            )
        ]
        return render_template("signing/sign_in.html", form=form), 422
    if signed[1].outcome is SignInOutcome.EXPIRED:
        form.password.errors = [_expired(signed[0])]
        return render_template("signing/sign_in.html", form=form), 422
    lands = url_for("signing.again", token=form.kept.data) if form.kept.data else safe_next(form.next.data)
    if signed[1].outcome is SignInOutcome.HALF:
        browser.clear()
        browser[HALF] = {"sign_in": str(signed[1].id), "of": signed[0].fs_uniquifier, "next": lands}
        answer = redirect(url_for("signing.second"))
    else:
        open_session(*signed)
        answer = redirect(lands)
    set_cookie(answer, BROWSER_COOKIE, token, seconds=BROWSER_S)
    return answer


@pages.route("/sign-in/second", methods=["GET", "POST"])
@limited(lambda: settings().sign_in_rate)
@web.public
def second() -> web.Answer:
    """The code, after the password was right; nobody who does not know that comes so far."""
    half, form = half_signed(), CodeForm()
    if half is None:
        browser.pop(HALF, None)
        return redirect(url_for("signing.sign_in"))
    if form.validate_on_submit():
        lands = safe_next(browser[HALF]["next"])
        if sign_in := _by_code(*half, form.second_code.data):
            open_session(half[0], sign_in)
            return redirect(lands)
        form.second_code.errors = [
            gettext(
                "The code is wrong or was used before, or the account is locked here: "
                "after %(tries)s wrong tries for %(minutes)s minutes, then for longer.",
                tries=settings().lockout_tries,
                minutes=settings().lockout_minutes,
            )
        ]
    people = "、".join(answering_for(half[0])) or settings().bureau_name
    page = render_template("signing/second.html", form=form, people=people)
    return (page, 422) if form.errors else page


def half_signed() -> tuple[User, SignIn] | None:
    """Whose password was right in this browser a moment ago, and the row that says so; it is good once."""
    stated = browser.get(HALF, {})
    row = session.get(SignIn, key) if (key := id_in(str(stated.get("sign_in", "")))) else None
    fresh = row and row.outcome is SignInOutcome.HALF and not row.ended_at and row.at > clock.now() - HALF_FOR
    user = session.get(User, row.user_id) if row and fresh else None
    return (user, row) if user and row and user.fs_uniquifier == stated.get("of") else None


def _by_code(user: User, half: SignIn, code: str) -> SignIn | None:
    attempt, lock = attempt_here(SignInMeans.SECOND), Lock.of(settings())
    with transaction():
        user = session.get_one(User, user.id)
        if credentials.may_pass(user, attempt, lock) and second_factor.passes(user, code):
            session.get_one(SignIn, half.id).ended_at = clock.now()
            return credentials.signed_in(user, attempt)
        credentials.failed(user.id, attempt, lock)
    structlog.get_logger().info("code refused", address=attempt.address)
    return None


def _expired(user: User) -> str:
    """What whoever comes with an old one-time password is told."""
    people = "、".join(answering_for(user)) or settings().bureau_name
    return gettext("This one-time password has expired. Ask for a new one: %(people)s.", people=people)


def _signed(mobile: str, password: str, attempt: Attempt) -> tuple[User, SignIn] | None:
    """The person and the sign-in, when number and password are right and nothing is locked:
    one answer for everything else."""
    user, lock = credentials.person_with(mobile, password), Lock.of(settings())
    with transaction():
        asks = user is not None and second_factor.is_asked(user, settings())
        if user and (sign_in := credentials.succeeded(user, attempt, lock, asks_code=asks)):
            return user, sign_in
        credentials.failed_number(mobile, attempt, lock)
    structlog.get_logger().info("sign-in refused", address=attempt.address)
    return None


@pages.post("/sign-out")
@web.public
def sign_out() -> Response:
    if current_user.is_authenticated:
        with transaction():
            credentials.end_sign_ins(current_user.id, g.sign_in.id)
    logout_user()
    browser.clear()
    return redirect(url_for("signing.sign_in"))


@pages.post("/sign-out/everywhere")
@web.signed_in
def sign_out_everywhere() -> Response:
    """End every session of this person, this one too; phones that were enrolled stay."""
    if current_user.is_authenticated:
        with transaction():
            credentials.end_sign_ins(current_user.id)
    return sign_out()


@pages.post("/locale")
@web.public
def locale() -> Response:
    """The language of this browser, and of the person who is signed in."""
    form = LocaleForm()
    checked(form)
    chosen: str = form.locale.data
    browser["locale"] = chosen
    if current_user.is_authenticated:
        with transaction():
            session.get_one(User, current_user.id).locale = chosen
    answer = redirect(safe_next(form.next.data))
    set_cookie(answer, LOCALE_COOKIE, chosen, seconds=365 * 86400)
    return answer


@pages.route("/me/password", methods=["GET", "POST"])
@web.signed_in
def change_password() -> web.Answer:
    if not current_user.is_authenticated:
        return web.unauthenticated()
    form = PasswordForm()
    if form.validate_on_submit() and _changed(form):
        flash(gettext("Your password was changed."), "success")
        return redirect(url_for("home.index"))
    page = render_template("signing/password.html", form=form, forced=current_user.must_change)
    return (page, 422) if form.errors else page


def _changed(form: PasswordForm) -> bool:
    mobile = current_user.mobile
    if form.new_password.data != form.again.data:
        form.again.errors = [gettext("The two passwords differ.")]
        return False
    if form.new_password.data == form.password.data:
        form.new_password.errors = [gettext("Choose a password that differs from the present one.")]
        return False
    try:
        hashed = credentials.hashed_password(form.new_password.data, mobile)
    except Invalid as error:
        show_errors(form, error)
        return False
    if not confirmed(form):
        return False
    with transaction():
        user = session.get_one(User, current_user.id)
        credentials.set_password(user, hashed, by=web.viewer())
        sign_in = credentials.signed_in(user, attempt_here(SignInMeans.PASSWORD))
    open_session(user, sign_in)
    return True


def confirmed(form: ConfirmedForm) -> bool:
    """Whether the form was sent, is right, and its password is that of whoever has signed in here; a wrong
    one stands at its field and counts like one at the door."""
    if not form.validate_on_submit():
        return False
    attempt, lock = attempt_here(SignInMeans.PASSWORD), Lock.of(settings())
    right = credentials.has_password(current_user, form.password.data)
    with transaction():
        user = session.get_one(User, current_user.id)
        if right and credentials.may_pass(user, attempt, lock):
            return True
        credentials.failed(user.id, attempt, lock)
    form.password.errors = [
        gettext("This is not your present password, or the account is locked after too many wrong tries.")
    ]
    return False


@pages.route("/sign-in/again/<token>")
@web.signed_in
def again(token: str) -> web.Answer:
    """What was typed when the session ran out, to be sent again by the same person with a fresh token."""
    form = interrupted.kept_form(token, current_user) if current_user.is_authenticated else None
    if form is None:
        flash(gettext("What you had typed is no longer kept."), "warning")
        return redirect(url_for("home.index"))
    return render_template(
        "signing/again.html", kept=form, told=[(name, value) for name, value in form.fields if value.strip()]
    )


@pages.route("/setup/<token>", endpoint="setup", methods=["GET", "POST"])
@limited(lambda: settings().sign_in_rate)
@web.public
def first_person(token: str) -> web.Answer:
    setup.setup_link(token)
    form = SetupForm(data={"organisation": settings().bureau_name})
    if form.validate_on_submit():
        try:
            user, sign_in = _first(token, form)
        except Invalid as error:
            show_errors(form, error)
        else:
            open_session(user, sign_in)
            with force_locale(user.locale):
                flash(gettext("Welcome. You are the administrator."), "success")
            return redirect(url_for("home.index"))
    page = render_template("signing/setup.html", form=form)
    return (page, 422) if form.errors or form.form_errors else page


def _first(token: str, form: SetupForm) -> tuple[User, SignIn]:
    if form.new_password.data != form.again.data:
        raise Invalid({"again": N_("The two passwords differ.")})
    hashed = credentials.hashed_password(form.new_password.data, mobile_number(form.mobile.data))
    person = setup.FirstPerson(form.organisation.data, form.name.data, form.mobile.data, hashed)
    with transaction():
        user = setup.make_first_person(token, person, settings())
        return user, credentials.signed_in(user, attempt_here(SignInMeans.PASSWORD))
