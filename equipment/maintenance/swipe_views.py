"""Swipes of a signed-in phone: signing in at the lift, the second technician, signing out. 刷卡记录: what readers
and phones were answered, refused swipes first."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_, Message
from equipment.maintenance import actions
from equipment.maintenance.api import reason_text, record_swipe, swipe_json
from equipment.maintenance.forms import JoinForm, SwipeForm
from equipment.maintenance.list_views import options
from equipment.maintenance.models import Swipe, SwipeAnswer, Visit
from equipment.maintenance.queries import visit_at
from equipment.maintenance.states import Direction, ReadBy, SwipeOutcome, SwipeReason, VisitState
from equipment.maintenance.swipe_list import SwipeChoice, filtered_swipes, listed_swipes, may_look_through
from equipment.maintenance.swiping import SwipeMessage
from equipment.maintenance.visit_views import start_page, visit_page
from equipment.people.credentials import Lock, failed, has_pin, succeeded
from equipment.people.models import User
from equipment.people.queries import people_with, viewer_of
from equipment.people.rules import Action, Role, SignInMeans, Thing
from equipment.people.scope import visible
from equipment.people.security import attempt_here
from equipment.storage.db import session, transaction
from equipment.web.forms import labelled, show_errors
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("swipes", __name__)
UNSAID = {"minutes": "…"}  # numbers of single swipes, in a list of all reasons
OUTCOME_TEXTS = {
    SwipeOutcome.OPENED: N_("You are signed in at this lift."),
    SwipeOutcome.JOINED: N_("The second technician has joined."),
    SwipeOutcome.CLOSED: N_("You are signed out of this lift."),
    SwipeOutcome.RESCUE: N_("Your arrival at the rescue is recorded."),
}


@pages.route("/swipes", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.VISIT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if not may_look_through(who):
        raise NotAllowed
    if taken := exported("swipes.export", filters, by=who, title=gettext("Swipes")):
        return taken
    sorts = {"at": (Swipe.received_at, Swipe.id), "happened": (Swipe.happened_at, Swipe.id)}
    page = paginate(filtered_swipes(who, filters), sorts, default="-at")
    offered = options(who)
    return render_template(
        "maintenance/swipes.html",
        page=replace(page, rows=listed_swipes(who, page.rows)),
        filters=filters,
        choices=labelled(SwipeChoice)[1:],
        reasons=[(str(reason), translate(Message(reason.label, UNSAID))) for reason in SwipeReason],
        areas=offered["areas"],
        firms=offered["firms"],
    )


@pages.post("/visits/swipe")
@web.allows(Action.CREATE, Thing.VISIT)
def sign_in() -> web.Answer:
    """A signed-in phone met the label or plate of a lift: the label decides where it is, not the page it was
    scanned on."""
    form = SwipeForm()
    tapped: UUID | None = form.equipment_id.data
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        clock.now(),
        code=form.code.data,
        how=form.read_by,
        position=form.position,
    )
    try:
        answer, _fresh = record_swipe(message, web.viewer())
    except Conflict:  # the page was sent twice, or again after going back: the earlier answer stands
        return redirect(url_for("visits.start", equipment_id=tapped) if tapped else url_for("visits.today"))
    return _answer_page(answer, message.code, message.how, tapped)


@pages.get("/visits/swipes/<uuid:swipe_id>")
@web.allows(Action.CREATE, Thing.VISIT)
def answer(swipe_id: UUID) -> web.Answer:
    """What the viewer's own swipe was answered, which his phone sent by itself: the visit, or why it opened
    none. `tapped` is the lift whose page he scanned on."""
    who = web.viewer()
    own = visible(who, Swipe).where(Swipe.id == swipe_id, Swipe.user_id == who.user_id)
    row = session.scalar(own)
    if row is None:
        raise NotFound
    code = str(json.loads(row.content).get("code", ""))
    return _answer_page(json.loads(row.answer), code, row.how, id_in(request.args.get("tapped", "")))


def _answer_page(answer: SwipeAnswer, code: str, how: ReadBy | None, tapped: UUID | None) -> web.Answer:
    if answer["visit_id"] is None:
        shown = swipe_json(answer)
        if {reason["code"] for reason in answer["reasons"]} & {"lift_unknown", "lift_mistyped"}:
            shown["unknown"] = {"code": code, "how": how or ReadBy.TYPED, "lift": tapped}
        return (
            start_page(tapped, shown) if tapped else render_template("maintenance/refused.html", answer=shown)
        )
    _flash_answer(answer, tapped)
    return redirect(url_for("visits.page", equipment_id=answer["equipment_id"], visit_id=answer["visit_id"]))


def _flash_answer(answer: SwipeAnswer, tapped: UUID | None) -> None:
    for reason in answer["reasons"]:
        flash(reason_text(reason), "warning")
    if tapped is not None and str(tapped) != answer["equipment_id"]:
        flash(
            gettext(
                "The label belongs to another lift than the one you tapped. "
                "The visit is at the lift of the label."
            ),
            "warning",
        )
    text = OUTCOME_TEXTS.get(SwipeOutcome(answer["outcome"]))
    if text:
        flash(translate(text), "success")


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/join")
@web.allows(Action.CHANGE, Thing.VISIT)
def join(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The second technician at the first one's phone: by card, or by name and PIN, which is his own
    sign-in."""
    visit = visit_at(web.viewer(), equipment_id, visit_id)
    if visit.state != VisitState.OPEN or not actions.is_mine(visit, web.viewer()):
        raise Conflict({"": N_("This visit is not open any more.")})
    form, second = JoinForm(), web.viewer()
    if not form.card.data:
        try:
            second = viewer_of(_by_pin(visit, form))
        except Invalid as error:
            show_errors(form, error)
            return visit_page(visit, form), 422
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        clock.now(),
        card=form.card.data,
        direction=Direction.IN,
        at_lift=equipment_id,
    )
    answer, _fresh = record_swipe(message, second)
    _flash_answer(answer, None)
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id))


def _by_pin(visit: Visit, form: JoinForm) -> User:
    """The colleague whose PIN this is; wrong ones count towards the lock of his account."""
    user_id = id_in(form.person.data)
    person = next(
        (
            colleague
            for colleague in people_with(visit.organisation_id, Role.TECHNICIAN)
            if colleague.id == user_id
        ),
        None,
    )
    if person is None:
        raise Invalid({"person": N_("Show the card, or choose the colleague and enter his PIN.")})
    lock, attempt = Lock.of(current_app.config["SETTINGS"]), attempt_here(SignInMeans.PIN)
    right = has_pin(person, form.pin.data)
    with transaction():
        proved = right and succeeded(session.get_one(User, person.id), attempt, lock)
        if not proved:
            failed(person.id, attempt, lock)
    if not proved:
        raise Invalid({"pin": N_("The PIN is wrong, or this account is locked.")})
    return session.get_one(User, person.id)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/sign-out")
@web.allows(Action.CHANGE, Thing.VISIT)
def sign_out(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The label scanned again on leaving. A phone without signal keeps the scan and sends it with its own
    time."""
    visit = visit_at(web.viewer(), equipment_id, visit_id)
    form = SwipeForm()
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        form.happened_at.data or clock.now(),
        code=form.code.data,
        direction=Direction.OUT,
        how=form.read_by,
        position=form.position,
    )
    answer, _fresh = record_swipe(message, web.viewer())
    here = answer["visit_id"] == str(visit.id)
    elsewhere = not here and (
        answer["visit_id"] is not None
        or SwipeReason.NO_SIGN_IN in {reason["code"] for reason in answer["reasons"]}
    )
    if request.accept_mimetypes.best == "application/json":
        return jsonify({**swipe_json(answer), "here": here, "elsewhere": elsewhere})
    if elsewhere:
        flash(gettext("This label belongs to another lift."), "warning")
    else:
        _flash_answer(answer, equipment_id if here else None)
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id))
