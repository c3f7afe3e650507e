"""Signing for the use unit: many at once from its own account, one on the technician's phone, or by the
photo of
a paper record."""

from __future__ import annotations

import base64
import binascii
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.clock import today
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.months import month_text
from equipment.core.words import N_
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.maintenance import actions, signatures
from equipment.maintenance.api import drawing
from equipment.maintenance.forms import PaperRecordForm, SignatureForm, SignManyForm
from equipment.maintenance.listing import listed_visits
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import to_sign, visit_at
from equipment.maintenance.record_views import back_to
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import SignatureKind
from equipment.people.rules import Action, Thing
from equipment.regulation.planning import DueKind
from equipment.storage.db import in_transaction
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("visit_signing", __name__)


@pages.get("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def waiting() -> web.Answer:
    """What the use unit has to sign, the oldest first."""
    who = web.viewer()
    page = paginate(to_sign(who), {"closed": (Visit.closed_at, Visit.id)}, default="closed")
    page.rows[:] = listed_visits(who, page.rows)
    return render_template(
        "maintenance/to_sign.html", page=page, month=month_text(today()), unit_id=who.organisation_id
    )


@pages.post("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def sign_many() -> web.Answer:
    """Sign the chosen ones; one that cannot be signed any more does not hold up the others."""
    form = SignManyForm()
    signed, left = 0, form.unknown
    for equipment_id, visit_id in form.id.data:
        try:
            in_transaction(_sign_own, equipment_id, visit_id)
            signed += 1
        except (Conflict, NotAllowed):
            left += 1
    flash(gettext("%(num)d signed.", num=signed), "success")
    if left:
        flash(gettext("%(num)d could not be signed: look at them one by one.", num=left), "warning")
    return redirect(url_for("visit_signing.waiting"))


def _sign_own(equipment_id: UUID, visit_id: UUID) -> None:
    who = web.viewer()
    signatures.sign(visit_at(who, equipment_id, visit_id), Signature(), by=who)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/sign")
@web.allows(Action.SEE, Thing.VISIT)
def sign(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """By the safety officer from his own account, or drawn on the technician's phone."""
    who = web.viewer()
    visit = visit_at(who, equipment_id, visit_id)
    if actions.may_sign(visit, who):
        in_transaction(_sign_own, equipment_id, visit_id)
    else:
        form = SignatureForm()
        image = drawing(_ink(form.drawing.data))
        drawn = Signature(SignatureKind.ON_SITE, form.signer_id.data, form.signer_name.data, image)
        in_transaction(lambda: signatures.sign(visit_at(who, equipment_id, visit_id), drawn, by=who))
    visit = visit_at(who, equipment_id, visit_id)
    text = translate(visit.shown.label)
    if visit.next_on:
        text += " " + gettext(
            "Next: %(duty)s by %(day)s.", duty=translate(DueKind(visit.next_duty).label), day=visit.next_on
        )
    flash(text, "success")
    return back_to(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/paper")
@web.allows(Action.CHANGE, Thing.VISIT)
def photograph(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The photo of a paper record that the use unit signed: the lowest kind of signature."""
    who, form, file = web.viewer(), PaperRecordForm(), request.files.get("photo")
    visit_at(who, equipment_id, visit_id)
    if file is None or not file.filename:
        raise Invalid({"photo": N_("Take a photo")})
    photo = take(cast(BinaryIO, file.stream), file.filename, "paper_record", accept=IMAGES, field="photo")
    paper = Signature(SignatureKind.PAPER, form.signer_id.data, image=photo)
    in_transaction(lambda: signatures.sign(visit_at(who, equipment_id, visit_id), paper, by=who))
    flash(gettext("The photo of the paper record is on file."), "success")
    return back_to(visit_at(who, equipment_id, visit_id))


def _ink(url: str) -> bytes:
    """The picture behind a data: address."""
    try:
        return base64.b64decode(url.removeprefix("data:image/png;base64,"), validate=True)
    except (binascii.Error, ValueError):
        return b""
