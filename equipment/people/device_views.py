"""Devices on the desk: enrolled with a token shown once, revoked; and a person's own phones."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from equipment import web
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.words import N_
from equipment.people import devices
from equipment.people.forms import DeviceForm, PhoneForm
from equipment.people.hooks import piece_named
from equipment.people.models import Device, Organisation, User
from equipment.people.rules import DEVICES_OF, Action, DeviceKind, Thing, may
from equipment.people.scope import seen, visible
from equipment.people.signing import confirmed
from equipment.people.views import form_page
from equipment.storage.db import session, transaction
from equipment.web.forms import labelled, submitted
from equipment.web.limits import limited

pages = Blueprint("devices", __name__)


def phone_token(name: str) -> Response:
    """The answer to a page that works without a signal: a new token, and whose it is. Raises NotAllowed where
    nobody is signed in."""
    if not current_user.is_authenticated:
        raise NotAllowed
    with transaction():
        _device, token = devices.enrol_phone(current_user, name, by=web.viewer())
    response = jsonify({"token": token, "person": str(current_user.id)})
    response.headers["Cache-Control"] = "no-store"
    return response


def piece_of(text: str) -> UUID:
    """The lift behind what was scanned or typed; the register lends the search
    (wiring), because people stand to its left."""
    piece = piece_named(web.viewer(), text)
    if piece is None:
        raise Invalid({"equipment": N_("No lift of yours has this label or device code.")})
    return piece


@pages.route("/organisations/<uuid:key>/devices/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.DEVICE)
def new(key: UUID) -> web.Answer:
    who = web.viewer()
    organisation = seen(who, Organisation, key)
    people = session.scalars(
        visible(who, User).where(User.organisation_id == key, User.active).order_by(User.name)
    ).all()
    form = DeviceForm()
    form.kind.choices = labelled(DEVICES_OF[organisation.kind])
    form.person.choices = [("", "—"), *((str(person.id), person.name) for person in people)]

    def add() -> tuple[Device, str]:
        kind = DeviceKind(form.kind.data)
        equipment = (
            piece_of(form.equipment.data) if kind is DeviceKind.READER and form.equipment.data else None
        )
        person = UUID(form.person.data) if form.person.data else None
        return devices.enrol(
            organisation,
            devices.NewDevice(kind, form.name.data, person, equipment, form.bay.data or ""),
            by=who,
        )

    enrolled = submitted(form, add) if confirmed(form) else None
    if enrolled:
        return render_template(
            "people/token_once.html", device=enrolled[0], token=enrolled[1], organisation=organisation
        ), 201
    return form_page(
        form, gettext("New device"), url_for("organisations.page", key=key), note=organisation.name
    )


@pages.post("/devices/<uuid:key>/revoke")
@web.signed_in
def revoke(key: UUID) -> Response:
    """By whoever may change the organisation's devices, or by the person whose phone it is."""
    who = web.viewer()
    device = seen(who, Device, key)
    own = device.kind is DeviceKind.PHONE and device.user_id == who.user_id and who.device_id is None
    if not own and not may(who, Action.CHANGE, Thing.DEVICE):
        raise NotAllowed
    with transaction():
        devices.revoke(device, by=who)
    flash(gettext("The device was revoked. Its token no longer works."), "success")
    return redirect(url_for("me.page") if own else url_for("organisations.page", key=device.organisation_id))


@pages.post("/devices/phone")
@limited("20 per hour")
@web.signed_in
def phone() -> tuple[Response, int]:
    """A token for this person's phone, for pages that must go on without a signal."""
    if not current_user.is_authenticated:
        raise NotFound
    who = web.viewer()
    with transaction():
        device, token = devices.enrol_phone(
            session.get_one(User, current_user.id), PhoneForm().name.data[:60], by=who
        )
        answer = {"device_id": str(device.id), "token": token, "name": device.name}
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response, 201
