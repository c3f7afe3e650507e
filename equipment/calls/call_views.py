"""`/rescue/calls`: the list, and one call as its people see it: the record on the desk, the buttons of
arrival and release on the technician's phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.accidents.queries import accident_of_call
from equipment.calls.actions import answer, record_finding
from equipment.calls.corrections import correct
from equipment.calls.forms import (
    ArriveForm,
    CallCorrectionForm,
    CallFindingForm,
    DispatchAnswerForm,
    ReleaseForm,
    cause_options,
)
from equipment.calls.lift_lookup import lift_behind
from equipment.calls.listing import ShownCall, answer_words, log_of, shown_calls, spoken
from equipment.calls.log import is_of_centre
from equipment.calls.models import RescueCall
from equipment.calls.queries import (
    call_of,
    causes_on,
    earlier_versions,
    filtered_calls,
    firms_at,
    limit_citation,
)
from equipment.calls.rules import ArrivalVerdict
from equipment.calls.states import INSIDE, UNDER_WAY, CallFlag, CallKind, CallState, CallStep, DispatchResult
from equipment.calls.stepping import StepDraft, apply_step
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.people.rules import Action, Role, Thing, may
from equipment.storage.db import transaction
from equipment.web.forms import checked, labelled, submitted
from equipment.web.offline import offline
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("calls", __name__)
UNDER_WAY_FILTER = "under_way"


@pages.route("/rescue/calls", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CALL)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("calls.export", filters, by=who, title=gettext("Rescue calls")):
        return taken
    sorts = {
        "called": (RescueCall.called_at, RescueCall.id),
        "people": (RescueCall.people, RescueCall.called_at, RescueCall.id),
    }
    page = paginate(filtered_calls(who, filters), sorts, default="-called")
    return render_template(
        "calls/list.html",
        page=replace(page, rows=shown_calls(who, page.rows, str(get_locale()))),
        args=filters,
        states=[(UNDER_WAY_FILTER, gettext("Under way")), *labelled(CallState)],
        kinds=labelled(CallKind),
        causes=cause_options(),
        arrivals=labelled(list(ArrivalVerdict)[:3]),
        flags=labelled([CallFlag.UNKNOWN_LIFT]),
        areas=area_options(who),
        spoken=spoken,
        may_take=may(who, Action.CREATE, Thing.CALL),
    )


@pages.get("/rescue/calls/<uuid:call_id>")
@web.allows(Action.SEE, Thing.CALL)
def show(call_id: UUID) -> web.Answer:
    who = web.viewer()
    call = call_of(who, call_id)
    if Role.TECHNICIAN in who.roles and call.state in UNDER_WAY:
        return offline(_page(call, phone=True))
    return _page(call)


def _page(
    call: RescueCall,
    *,
    phone: bool = False,
    finding: CallFindingForm | None = None,
    releasing: ReleaseForm | None = None,
) -> str:
    who = web.viewer()
    shown = shown_calls(who, [call], str(get_locale()))[0]
    return render_template(
        "calls/phone.html" if phone else "calls/show.html",
        shown=shown,
        log=log_of(who, call),
        earlier=earlier_versions(who, call),
        spoken=spoken,
        answer_words=answer_words,
        mine=_mine(shown),
        step_id=new_id(),
        releasing=releasing or ReleaseForm(formdata=None, data={"people": call.trapped}),
        answering=DispatchAnswerForm(formdata=None),
        finding=finding or CallFindingForm(formdata=None, data={"description": _first_words(shown)}),
        may_find=_may_find(shown),
        may_correct=is_of_centre(call, who) and call.state == CallState.CLOSED and not call.superseded,
        at_desk=is_of_centre(call, who) and call.state in UNDER_WAY,
        inside=call.state in INSIDE,
        limit_citation=limit_citation(call.on),
        accident=accident_of_call(who, call.id),
        may_report=may(who, Action.CREATE, Thing.ACCIDENT)
        and not call.superseded
        and (bool(call.injured) or call.kind is CallKind.HURT),
        may_open_lift=may(who, Action.SEE, Thing.EQUIPMENT),
    )


def _mine(shown: ShownCall) -> object:
    """The dispatch that waits for the viewer's own firm to answer."""
    who = web.viewer()
    if not may(who, Action.CHANGE, Thing.CALL):
        return None
    waiting = [
        row
        for row in shown.dispatches
        if row.firm_id == who.organisation_id and row.result == DispatchResult.WAITING
    ]
    return waiting[-1] if waiting and shown.record.state in INSIDE else None


def _may_find(shown: ShownCall) -> bool:
    """Whether the viewer may make a finding of it, and its cause is one that may be a fault of the lift."""
    who, call = web.viewer(), shown.record
    of_lift = {cause.code for cause in causes_on(call.on) if cause.is_finding}
    return (
        may(who, Action.CREATE, Thing.FINDING)
        and who.organisation_id is not None
        and call.equipment_id is not None
        and call.finding_id is None
        and not call.superseded
        and call.cause in of_lift
    )


def _first_words(shown: ShownCall) -> str:
    """What the finding says unless somebody words it better: the record of a Chinese bureau."""
    parts = (f"困人救援发现：{shown.cause}", shown.record.narrative)
    return "；".join(part for part in parts if part)[:500]


@pages.post("/rescue/calls/<uuid:call_id>/on-the-way")
@web.allows(Action.CHANGE, Thing.CALL)
def on_the_way(call_id: UUID) -> web.Answer:
    """已接警: the firm that was sent says that it comes, and when it will be there."""
    form, who = DispatchAnswerForm(), web.viewer()
    call_of(who, call_id)
    checked(form)
    with transaction():
        call = call_of(who, call_id)
        row = _mine(shown_calls(who, [call], str(get_locale()))[0])
        if row is None:
            raise Conflict({"": N_("This call waits for no answer of your firm.")})
        answer(
            call,
            row,  # type: ignore[arg-type]
            DispatchResult(form.result.data),
            by=who,
            eta_minutes=form.eta_minutes.data,
            remark=form.remark.data or "",
        )
    flash(gettext("The centre has your answer."), "success")
    return redirect(url_for("calls.show", call_id=call_id))


@pages.post("/rescue/calls/<uuid:call_id>/arrive")
@web.allows(Action.CHANGE, Thing.CALL)
def arrive(call_id: UUID) -> web.Answer:
    """The button of a page without scripts; with them the phone keeps and sends it by itself."""
    form = ArriveForm()
    return _stepped(call_id, form.step_id.data, CallStep.ARRIVED, form.happened_at.data)


@pages.post("/rescue/calls/<uuid:call_id>/release")
@web.allows(Action.CHANGE, Thing.CALL)
def release(call_id: UUID) -> web.Answer:
    form = ReleaseForm()
    if not form.validate_on_submit():
        return _page(call_of(web.viewer(), call_id), phone=True, releasing=form), 422
    return _stepped(call_id, form.step_id.data, CallStep.RELEASED, form.happened_at.data, form)


def _stepped(
    call_id: UUID, step_id: UUID | None, step: CallStep, at: datetime | None, form: ReleaseForm | None = None
) -> web.Answer:
    who = web.viewer()
    if not firms_at(call_of(who, call_id)) & {who.organisation_id}:
        raise Invalid({"": N_("Your firm was not sent to this call.")})
    more = (
        {
            "people": form.people.data,
            "injured": form.injured.data,
            "cause": form.cause.data or "",
            "text": form.narrative.data or "",
        }
        if form
        else {}
    )
    message = StepDraft(step_id=step_id or new_id(), step=step, happened_at=at or clock.now(), **more)
    with transaction():
        apply_step(call_of(who, call_id), message, by=who)
    flash(gettext("Recorded. The centre sees it."), "success")
    return redirect(url_for("calls.show", call_id=call_id))


@pages.post("/rescue/calls/<uuid:call_id>/finding")
@web.allows(Action.CREATE, Thing.FINDING)
def make_finding(call_id: UUID) -> web.Answer:
    """A person decides that what the call showed is a finding at the lift."""
    form, who = CallFindingForm(), web.viewer()
    call = call_of(who, call_id)
    finding_id = submitted(form, lambda: record_finding(call_of(who, call_id), form.description.data, by=who))
    if finding_id is None:
        return _page(call, finding=form), form.http_status
    flash(gettext("The finding is recorded; the county office decides what it is."), "success")
    return redirect(f"/hazards/findings/{call.equipment_id}/{finding_id}")


@pages.route("/rescue/calls/<uuid:call_id>/correct", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CALL)
def correction(call_id: UUID) -> web.Answer:
    """What a closed record said wrong."""
    who = web.viewer()
    call = call_of(who, call_id)
    values = {name: getattr(call, name) for name in ("kind", "people", "injured", "cause", "narrative")}
    times = ("called_at", "dispatched_at", "arrived_at", "released_at")
    values |= {
        name: clock.site_time(at).replace(tzinfo=None) if (at := getattr(call, name)) else None
        for name in times
    }
    form = CallCorrectionForm(data=values)
    fresh = submitted(form, lambda: _corrected(call_of(who, call_id), form))
    if fresh is None:
        shown = shown_calls(who, [call], str(get_locale()))[0]
        page = render_template("calls/correct.html", form=form, shown=shown)
        return page if not form.errors else (page, form.http_status)
    flash(gettext("The corrected record stands beside the old one, which can still be read."), "success")
    return redirect(url_for("calls.show", call_id=fresh.id))


def _corrected(call: RescueCall, form: CallCorrectionForm) -> RescueCall:
    lift = None
    if form.code.data and (lift := lift_behind(form.code.data, web.viewer())) is None:
        raise Invalid({"code": N_("No lift of your area has this number, or several have.")})
    changes: dict[str, object] = {
        "called_at": _same_second(form.called_at.instant, call.called_at),
        "dispatched_at": _same_second(form.dispatched_at.instant, call.dispatched_at),
        "arrived_at": _same_second(form.arrived_at.instant, call.arrived_at),
        "released_at": _same_second(form.released_at.instant, call.released_at),
        "kind": CallKind(form.kind.data),
        "people": form.people.data,
        "injured": form.injured.data,
        "cause": form.cause.data,
        "narrative": form.narrative.data or "",
    }
    return correct(call, changes, form.reason.data, by=web.viewer(), lift=lift)


def _same_second(typed: datetime | None, before: datetime | None) -> datetime | None:
    """What was not changed keeps its fractions of a second."""
    if typed is not None and before is not None and abs((typed - before).total_seconds()) < 1:
        return before
    return typed
