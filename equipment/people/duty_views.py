"""Shared floor devices: enrolled once by a manager, then people go on duty by name and PIN or by card
(上岗、交接班)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_security import logout_user
from werkzeug.wrappers import Response

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import N_
from equipment.people import credentials, devices, duty
from equipment.people.credentials import Lock
from equipment.people.forms import DutyForm, FloorForm
from equipment.people.hooks import open_work
from equipment.people.models import Device, OnDuty, Organisation, User
from equipment.people.rules import PUBLIC, Action, DeviceKind, OrganisationKind, SignInMeans, Thing
from equipment.people.security import attempt_here
from equipment.people.signing import confirmed
from equipment.people.views import form_page
from equipment.storage.db import session, transaction
from equipment.web import api
from equipment.web.cookies import set_cookie
from equipment.web.forms import submitted
from equipment.web.language import translate
from equipment.web.limits import limited

pages = Blueprint("duty", __name__)


class IdentityShown(api.RequestBody):
    """What a person shows to a device: a card, or his id and PIN."""

    card: str = ""
    user_id: UUID | None = None
    pin: str = ""


@dataclass(frozen=True, slots=True)
class PersonOnDuty:
    """Who is on duty at a device, since when."""

    duty: OnDuty
    user: User


def floor_device() -> Device:
    """The enrolled device of this request, whether it came with its cookie or its token;
    NotFound for everybody else."""
    device: Device | None = g.get("device")
    if device is None:
        raise NotFound
    return device


def person_on_duty(device: Device) -> PersonOnDuty | None:
    """Who is on duty at the device now."""
    now = duty.duty_at(device.id)
    return PersonOnDuty(now, session.get_one(User, now.user_id)) if now else None


def identify(organisation_id: UUID, identity: IdentityShown) -> User:
    """Whose card or PIN this is. Call it outside a transaction:
    it is slow by design and commits what it counts."""
    if identity.card:
        return duty.card_holder(identity.card, organisation_id)
    user = session.get(User, identity.user_id) if identity.user_id else None
    if user is None or user.organisation_id != organisation_id or not user.active:
        raise NotAllowed(N_("This person does not work here."))
    lock = Lock.of(current_app.config["SETTINGS"])
    device: Device | None = g.get("device")
    attempt = attempt_here(SignInMeans.PIN, device.id if device else None)
    if credentials.locked_until(user.id, attempt, lock):
        raise NotAllowed(N_("Too many wrong PINs. Wait a quarter of an hour, or ask your manager."))
    right = credentials.has_pin(user, identity.pin)
    with transaction():
        if right and credentials.succeeded(user, attempt, lock):
            return user
        credentials.failed(user.id, attempt, lock)
    raise NotAllowed(N_("The PIN is wrong, or none was set yet."))


def confirm_by_second(identity: IdentityShown, *, first: UUID | None, organisation_id: UUID) -> User:
    """The second person of a step that needs two, by his own PIN or card;
    call it before the transaction of the step."""
    second = identify(organisation_id, identity)
    if second.id == first:
        raise Invalid({"second": N_("The second person must be somebody else.")})
    return second


@pages.route("/floor/enrol", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.DEVICE)
def enrol() -> web.Answer:
    """设备绑定: the manager signs in once on the shared device; it stays, he is signed out."""
    who = web.viewer()
    if who.organisation_kind is not OrganisationKind.STATION or not current_user.is_authenticated:
        raise NotAllowed(N_("Only the manager of a station enrols its floor devices."))
    organisation = session.get_one(Organisation, who.organisation_id)
    form = FloorForm()

    def add() -> tuple[Device, str]:
        new = devices.NewDevice(DeviceKind.FLOOR, form.name.data, bay=form.bay.data or "")
        return devices.enrol(organisation, new, by=who)

    enrolled = submitted(form, add) if confirmed(form) else None
    if not enrolled:
        return form_page(
            form,
            gettext("Enrol this device"),
            url_for("me.page"),
            note=gettext(
                "You will be signed out. "
                "The device stays enrolled until you revoke it; "
                "people go on duty on it by PIN or card."
            ),
        )
    device, token = enrolled
    with transaction():
        credentials.end_sign_ins(current_user.id, g.sign_in.id)
    logout_user()
    g.viewer = PUBLIC  # the page that follows is nobody's any more
    answer = make_response(render_template("people/floor_enrolled.html", device=device, token=token), 201)
    set_cookie(answer, web.FLOOR_COOKIE, token, seconds=web.FLOOR_S, samesite="Strict")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/floor/duty")
@web.signed_in
def page() -> web.Answer:
    device = floor_device()
    person_id = request.args.get("who", "")
    people = duty.colleagues(device)
    chosen = next((colleague for colleague in people if str(colleague.user.id) == person_id), None)
    return render_template(
        "people/duty.html",
        device=device,
        people=people,
        chosen=chosen,
        now=person_on_duty(device),
        work=open_work(device),
    )


@pages.post("/floor/duty")
@limited("60 per minute")
@web.signed_in
def take() -> Response:
    device = floor_device()
    form = DutyForm()
    identity = IdentityShown(card=form.card.data, user_id=form.user_id.data, pin=form.pin.data)
    try:
        take_over(device, identity)
    except NotAllowed as error:
        flash(translate(error.message), "error")
        return redirect(url_for("duty.page", who=identity.user_id))
    return redirect(url_for("home.index"))


@pages.post("/floor/duty/end")
@web.signed_in
def leave() -> Response:
    try:
        leave_off(floor_device())
    except Conflict as error:
        flash(web.field_texts(error), "error")
    return redirect(url_for("duty.page"))


def take_over(device: Device, identity: IdentityShown) -> None:
    user = identify(device.organisation_id, identity)
    with transaction():
        duty.go_on_duty(session.get_one(Device, device.id), session.get_one(User, user.id), by=web.viewer())


def leave_off(device: Device) -> None:
    with transaction():
        duty.leave(session.get_one(Device, device.id), by=web.viewer())
