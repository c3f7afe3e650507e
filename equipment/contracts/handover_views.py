"""移交 on screen: the list, what one firm leaves to the next, its answer, and the paper of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.contracts import handing_over
from equipment.contracts.forms import ThingsForm
from equipment.contracts.models import Contract, Handover
from equipment.contracts.queries import handover_of, people_named
from equipment.contracts.states import HandoverState
from equipment.core.ids import NOBODY
from equipment.dues.kinds import due_kind
from equipment.hazards.rules import HazardState
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.register.lists import names_of
from equipment.regulation.planning import VISITS
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, step_with_reason
from equipment.web.pages import arguments, paginate

pages = Blueprint("handovers", __name__)
SORTS = {"on": (Handover.on, Handover.id), "state": (Handover.state, Handover.id)}


@pages.get("/handovers")
@web.allows(Action.SEE, Thing.CONTRACT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    listed = visible(who, Handover)
    if filters.get("state") in set(HandoverState):
        listed = listed.where(Handover.state == filters["state"])
    page = paginate(listed, SORTS, default="-on")
    sides = {key for row in page.rows for key in (row.organisation_id, row.to_id, row.use_unit_id) if key}
    return render_template(
        "contracts/handovers.html",
        page=page,
        filters=filters,
        states=labelled(HandoverState),
        names=names_of(sides),
    )


@pages.get("/handovers/<uuid:handover_id>")
@web.allows(Action.SEE, Thing.CONTRACT)
def show(handover_id: UUID) -> web.Answer:
    who = web.viewer()
    handover = handover_of(handover_id, by=who)
    may_act = may(who, Action.APPROVE, Thing.CONTRACT)
    number = session.scalar(
        visible(SYSTEM, Contract)
        .where(Contract.id == handover.contract_id)
        .with_only_columns(Contract.number)
    )
    sides = [handover.organisation_id, handover.to_id or NOBODY, handover.use_unit_id or NOBODY]
    return render_template(
        "contracts/handover.html",
        handover=handover,
        contract=handover.contract_id and visible_contract(handover.contract_id),
        number=number or "",
        names=names_of(sides),
        people=people_named([handover.decided_by]),
        classes=VISITS,
        due_kind=due_kind,
        hazard_states={str(state): state for state in HazardState},
        gives=may_act and who.organisation_id == handover.organisation_id,
        takes=may_act and handover.to_id is not None and who.organisation_id == handover.to_id,
    )


def visible_contract(key: UUID) -> Contract | None:
    """The contract that ended, where the viewer may open it."""
    return session.scalar(visible(web.viewer(), Contract).where(Contract.id == key))


@pages.post("/handovers/<uuid:handover_id>/things")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def set_things(handover_id: UUID) -> web.Answer:
    """What goes along: the rows of the form, each with its tick, and new ones."""
    who = web.viewer()
    form = ThingsForm()
    with transaction():
        handover = handover_of(handover_id, by=who)
        handing_over.set_things(handover, form.rows(), by=who)
    flash(gettext("Saved."), "success")
    return redirect(url_for("handovers.show", handover_id=handover_id))


@pages.post("/handovers/<uuid:handover_id>/<any(accept, offer):step>")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def move(handover_id: UUID, step: str) -> web.Answer:
    who, action = web.viewer(), handing_over.accept if step == "accept" else handing_over.offer_again
    with transaction():
        action(handover_of(handover_id, by=who), by=who)
    flash(
        gettext("Taken over.") if step == "accept" else gettext("It waits for the other firm again."),
        "success",
    )
    return redirect(url_for("handovers.show", handover_id=handover_id))


@pages.post("/handovers/<uuid:handover_id>/refuse")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def refuse(handover_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: handover_of(handover_id, by=who),
        lambda handover, reason: handing_over.refuse(handover, reason, by=who),
    )
    flash(gettext("Noted: not taken over so. The other firm sees why."), "success")
    return redirect(url_for("handovers.show", handover_id=handover_id))


@pages.post("/handovers/<uuid:handover_id>/print")
@web.allows(Action.SEE, Thing.CONTRACT)
def print_paper(handover_id: UUID) -> web.Answer:
    who = web.viewer()
    with transaction():
        handover = handover_of(handover_id, by=who)
        title = gettext("Hand-over of lifts, %(day)s", day=handover.on.isoformat())
        wanted = {"handover_id": str(handover.id)}
        task = enqueue("contracts.handover", wanted, by=who, title=title, locale=str(get_locale()))
    return redirect(url_for("tasks.task", task_id=task.id))
