"""The record of a visit: what was done, who signs it for the use unit, what is disputed, taken back or
corrected."""

from __future__ import annotations

import base64
import binascii
from typing import Protocol
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Conflict, NotAllowed
from equipment.files.queries import attachments_of
from equipment.maintenance import actions, records
from equipment.maintenance.actions import Signature
from equipment.maintenance.api import drawing
from equipment.maintenance.closing import piece_of
from equipment.maintenance.listing import lines, organisation_names
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import failed_items, items_of, names_of, swipes_of, to_sign, visit
from equipment.maintenance.rules import flag_citation
from equipment.maintenance.states import ItemAnswer, VisitState
from equipment.people.models import User
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.detail_views import facts
from equipment.regulation.checklists import annex_checklist, by_place
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import rules
from equipment.storage.db import in_transaction, session, transaction
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("visit_records", __name__)


class VisitStep(Protocol):
    """What needs nothing but a reason."""

    def __call__(self, visit: Visit, reason: str, /, *, by: Viewer) -> None: ...


STEPS: dict[str, VisitStep] = {"dispute": actions.dispute, "reply": actions.reply, "void": actions.take_back}
UNLISTED = "A"  # lifts whose checklist the firm sets (防爆, 消防员) are traction lifts too


def record_page(found: Visit) -> str:
    """One visit as its record stands, with what this viewer may do about it."""
    who, items = web.viewer(), items_of(found)
    pack, people = (
        rules(found.category),
        [*found.technicians, *(str(swipe.user_id) for swipe in swipes_of(found) if swipe.user_id)],
    )
    files = attachments_of(who, found.equipment_id, "visit", found.id)
    manages = found.organisation_id == who.organisation_id and may(who, Action.APPROVE, Thing.VISIT)
    return render_template(
        "maintenance/record.html",
        visit=found,
        line=lines(who, [found])[0],
        lift=piece_of(found),
        groups=by_place(items),
        answers=found.answers,
        annex=annex_checklist(found.annex) if found.annex else None,
        language=str(get_locale()),
        answer_of=lambda stored: ItemAnswer(stored) if stored else None,
        flags=[(flag, flag_citation(flag, pack, found.on)) for flag in lines(who, [found])[0].flags],
        signed_rule=pack.value("visit.signed_by_use_unit", found.on).citation,
        findings={item.code: item for item in failed_items(who, found)},
        swipes=swipes_of(found),
        names=names_of(people),
        photos={file.id.hex: file for file in files},
        signature=next((file for file in files if file.kind == "signature"), None),
        signs=actions.may_sign(found, who) and found.state == VisitState.TO_SIGN,
        mine=actions.is_mine(found, who),
        manages=manages,
        confirms=found.state in (VisitState.UNCONFIRMED, VisitState.TO_SIGN)
        and str(who.user_id) in found.technicians
        and str(who.user_id) not in found.confirmed,
        works=actions.is_mine(found, who) and found.state in actions.ANSWERABLE and not found.counted,
        next_duty=DueKind(found.next_duty) if found.next_duty else None,
        parameters=facts(piece_of(found), annex_checklist(found.annex or UNLISTED).parameters),
        unit=next(iter(organisation_names([found.use_unit_id]).values()), ""),
        safety=piece_of(found).details.get("safety_officer") or "",
    )


def _back(found: Visit) -> web.Answer:
    return redirect(url_for("visits.page", equipment_id=found.equipment_id, visit_id=found.id, view="record"))


@pages.get("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def waiting() -> web.Answer:
    """What the use unit has to sign, the oldest first."""
    who = web.viewer()
    page = paginate(to_sign(who), {"closed": (Visit.closed_at, Visit.id)}, default="closed")
    page.rows[:] = lines(who, page.rows)
    return render_template("maintenance/to_sign.html", page=page)


@pages.post("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def sign_many() -> web.Answer:
    """Sign the chosen ones; one that cannot be signed any more does not hold up the others."""
    signed, left = 0, 0
    for chosen in request.form.getlist("id")[:200]:
        equipment_id, _, visit_id = chosen.partition("/")
        try:
            in_transaction(_sign_own, UUID(equipment_id), UUID(visit_id))
            signed += 1
        except (Conflict, ValueError, NotAllowed):
            left += 1
    flash(gettext("%(num)d signed.", num=signed), "success")
    if left:
        flash(gettext("%(num)d could not be signed: look at them one by one.", num=left), "warning")
    return redirect(url_for("visit_records.waiting"))


def _sign_own(equipment_id: UUID, visit_id: UUID) -> None:
    who = web.viewer()
    actions.sign(
        visit(who, equipment_id, visit_id),
        Signature(session.get_one(User, who.user_id).name if who.user_id else who.name),
        by=who,
    )


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/sign")
@web.allows(Action.SEE, Thing.VISIT)
def sign(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """By the safety officer from his own account, or drawn on the technician's phone."""
    who = web.viewer()
    found = visit(who, equipment_id, visit_id)
    if actions.may_sign(found, who):
        in_transaction(_sign_own, equipment_id, visit_id)
    else:
        drawn = Signature(request.form.get("signer_name", ""), drawing(_ink(request.form.get("drawing", ""))))
        in_transaction(lambda: actions.sign(visit(who, equipment_id, visit_id), drawn, by=who))
    found = visit(who, equipment_id, visit_id)
    flash(
        gettext(
            "Signed. Next: %(duty)s by %(day)s.",
            duty=translate(DueKind(found.next_duty).label),
            day=found.next_on,
        )
        if found.next_on
        else gettext("Signed."),
        "success",
    )
    return _back(found)


def _ink(url: str) -> bytes:
    """The picture behind a data: address."""
    try:
        return base64.b64decode(url.removeprefix("data:image/png;base64,"), validate=True)
    except (binascii.Error, ValueError):
        return b""


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/<any(dispute, reply, void):step>")
@web.allows(Action.SEE, Thing.VISIT)
def say(equipment_id: UUID, visit_id: UUID, step: str) -> web.Answer:
    """What needs nothing but a reason: the use unit disputes, the firm replies or takes the visit back."""
    who, reason = web.viewer(), request.form.get("reason", "")
    with transaction():
        found = visit(who, equipment_id, visit_id)
        STEPS[step](found, reason, by=who)
    return _back(found)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/correct")
@web.allows(Action.APPROVE, Thing.VISIT)
def correct(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who = web.viewer()
    with transaction():
        made = records.correct(visit(who, equipment_id, visit_id), request.form.get("reason", ""), by=who)
    flash(
        gettext("A new record takes the place of the signed one. Correct it, then have it signed again."),
        "success",
    )
    return redirect(url_for("visits.page", equipment_id=made.equipment_id, visit_id=made.id))
