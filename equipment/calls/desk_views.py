"""/desk: the call-taker's one page, worked by keyboard alone. Search, open calls as tiles, the call that is
worked on; what other people do to it comes in every few seconds without touching what is being typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.calls import actions
from equipment.calls.forms import (
    ArriveForm,
    CloseForm,
    DescribeForm,
    DispatchAnswerForm,
    DispatchForm,
    EndCallForm,
    OpenForm,
    PlaceForm,
    ReleaseForm,
    TellForm,
)
from equipment.calls.hooks import duty_phones
from equipment.calls.lift_lookup import lift_behind
from equipment.calls.listing import ShownCall, answer_words, log_of, shown_calls
from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.nearby import nearby_firms
from equipment.calls.queries import call_at, call_of, lifts_matching, under_way
from equipment.calls.states import (
    CALL_CHANGES,
    INSIDE,
    ArrivalHow,
    CallKind,
    CallSource,
    CallState,
    DispatchLevel,
    DispatchResult,
)
from equipment.calls.taking import CallDraft, describe, place, take
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction
from equipment.web.forms import Form, checked
from equipment.web.language import translate

pages = Blueprint("desk", __name__)
F = TypeVar("F", bound=Form)
MOST_MATCHES, MOST_TILES, FIRE = 12, 24, "119"


@pages.get("/desk")
@web.allows(Action.CREATE, Thing.CALL)
def page() -> web.Answer:
    return _page()


def _page(problem: str = "", status: int = 200, call_id: UUID | None = None) -> web.Answer:
    shown = render_template("calls/desk.html", problem=problem, **_board(call_id))
    return shown if status == 200 else (shown, status)


@pages.get("/desk/live")
@web.allows(Action.CREATE, Thing.CALL)
def live() -> web.Answer:
    """What changes by itself: the tiles, the state of the chosen call, its log."""
    return render_template("calls/_live.html", **_board())


def _board(call_id: UUID | None = None) -> dict[str, object]:
    who, locale = web.viewer(), str(get_locale())
    records = list(session.scalars(under_way(who).limit(MOST_TILES)))
    key = call_id or id_in(request.args.get("call", ""))
    chosen = next((call for call in records if call.id == key), None)
    if chosen is None and key is not None:
        chosen = _seen(key)
    chosen = chosen or (records[0] if records and key is None else None)
    rows = shown_calls(who, list(dict.fromkeys([*records, *([chosen] if chosen else [])])), locale)
    by_id = {row.record.id: row for row in rows}
    shown = by_id[chosen.id] if chosen else None
    return {
        "tiles": [by_id[call.id] for call in records],
        "shown": shown,
        "log": log_of(who, chosen) if chosen else [],
        "answer_words": answer_words,
        "keys": _keys(shown) if shown else "",
        **(_forms(shown) if shown else {"opening": OpenForm(formdata=None)}),
        "new_call_id": new_id(),
    }


def _seen(call_id: UUID) -> RescueCall | None:
    """The call of the address; one that is nobody's here is as good as none."""
    try:
        return call_of(web.viewer(), call_id)
    except NotFound:
        return None


def _keys(shown: ShownCall) -> str:
    """The steps that are possible now, as the letters of their keys."""
    state = CallState(shown.record.state)
    changes = CALL_CHANGES[state]
    letters = "123" if state in INSIDE else ""
    for letter, to in (
        ("A", CallState.ARRIVED),
        ("R", CallState.RELEASED),
        ("C", CallState.CLOSED),
        ("X", CallState.CANCELLED),
        ("F", CallState.FALSE),
    ):
        letters += letter if to in changes else ""
    return letters + ("NT" if changes else "N")


def _forms(shown: ShownCall) -> dict[str, object]:
    """The forms of the chosen call, as they stand before anything is typed."""
    call = shown.record
    waiting = [row for row in shown.dispatches if row.result == DispatchResult.WAITING]
    telling = TellForm(formdata=None)
    telling.note_id.data = new_id()
    describing = DescribeForm(
        formdata=None,
        data={
            "kind": call.kind,
            "trapped": call.trapped,
            "caller_phone": call.caller_phone,
            "address": call.address,
        },
    )
    closing = CloseForm(formdata=None, data={"cause": call.cause, "narrative": ""})
    answering = DispatchAnswerForm(formdata=None)
    answering.dispatch_id.data = waiting[-1].id if waiting else None
    return {
        "opening": OpenForm(formdata=None),
        "telling": telling,
        "describing": describing,
        "releasing": ReleaseForm(formdata=None, data={"people": call.trapped}),
        "closing": closing,
        "ending": EndCallForm(formdata=None),
        "placing": PlaceForm(formdata=None),
        "answering": answering,
        "waiting": waiting[-1] if waiting else None,
        "nearby": nearby_firms(shown.lift, clock.today()) if shown.lift is not None else [],
        "fire": FIRE,
    }


@pages.get("/desk/search")
@web.allows(Action.CREATE, Thing.CALL)
def search() -> web.Answer:
    """The lifts that match while somebody types: by rescue code, name, address, unit."""
    who, text = web.viewer(), request.args.get("q", "").strip()
    lifts = lifts_matching(who, text, MOST_MATCHES + 1) if text else []
    by_code = lift_behind(text, who) if text else None
    if by_code is not None:
        lifts = [by_code, *(lift for lift in lifts if lift.id != by_code.id)]
    phones = duty_phones([lift.id for lift in lifts], clock.today()) if lifts else {}
    return render_template(
        "calls/_matches.html",
        lifts=lifts[:MOST_MATCHES],
        more=len(lifts) > MOST_MATCHES,
        phones=phones,
        text=text,
        new_call_id=new_id(),
    )


@pages.post("/desk/open")
@web.allows(Action.CREATE, Thing.CALL)
def open_call() -> web.Answer:
    """A call is taken. The same lift again leads to the call that is under way there."""
    form, who = OpenForm(), web.viewer()
    checked(form)
    draft = CallDraft(
        id=form.call_id.data or new_id(),
        called_at=clock.now(),
        source=CallSource.DESK,
        equipment_id=form.equipment_id.data,
        address=form.address.data or "",
    )
    if session.get(RescueCall, draft.id) is not None:  # sent twice
        return redirect(url_for("desk.page", call=draft.id))
    try:
        with transaction():
            call = take(draft, by=who)
    except Conflict as fault:
        there = call_at(who, draft.equipment_id) if draft.equipment_id else None
        if there is None:
            raise
        flash(web.field_texts(fault), "warning")
        return redirect(url_for("desk.page", call=there.id))
    except Invalid as fault:
        return _page(web.field_texts(fault), 422)
    return redirect(url_for("desk.page", call=call.id))


def _sound(call_id: UUID, form: F) -> F:
    """What was typed for a call that is the viewer's to see; the call is looked for first."""
    call_of(web.viewer(), call_id)
    checked(form)
    return form


def _step(call_id: UUID, step: Callable[[RescueCall], object]) -> web.Answer:
    """One step of the chosen call; whoever was faster is told, and nothing of it is overwritten."""
    try:
        with transaction():
            step(call_of(web.viewer(), call_id))
    except Conflict as fault:
        flash(web.field_texts(fault), "warning")
    except Invalid as fault:
        return _page(web.field_texts(fault), 422, call_id)
    return redirect(url_for("desk.page", call=call_id))


@pages.post("/desk/calls/<uuid:call_id>/dispatch")
@web.allows(Action.CREATE, Thing.CALL)
def dispatch(call_id: UUID) -> web.Answer:
    form = _sound(call_id, DispatchForm())
    level = DispatchLevel(form.level.data)

    def step(call: RescueCall) -> None:
        if level is DispatchLevel.FIRE:
            actions.dispatch(call, level, by=web.viewer(), name=gettext("Fire brigade"), phone=FIRE)
            return
        key = form.firm_id.data or (call.firm_id if level is DispatchLevel.FIRM else None)
        firm = session.get(Organisation, key) if key else None
        if firm is None:
            raise Invalid({"firm": N_("No maintenance firm is on file for this lift.")})
        name, phone, why = _reached_at(call, firm, level)
        actions.dispatch(call, level, by=web.viewer(), firm=firm, name=name, phone=phone, why=why)

    return _step(call_id, step)


def _reached_at(call: RescueCall, firm: Organisation, level: DispatchLevel) -> tuple[str, str, str]:
    """(who is rung, at which number, why this firm)."""
    phone = firm.rescue_phone or firm.phone
    lift = session.get(Equipment, call.equipment_id) if call.equipment_id else None
    if lift is None:
        return firm.name, phone, ""
    if level is DispatchLevel.FIRM:
        on_duty = duty_phones([lift.id], clock.today()).get(lift.id)
        return firm.name, (on_duty.firm_phone if on_duty else "") or phone, ""
    near = next((row for row in nearby_firms(lift, clock.today()) if row.firm_id == firm.id), None)
    return firm.name, phone, translate(near.why) if near else ""


@pages.post("/desk/calls/<uuid:call_id>/answer")
@web.allows(Action.CREATE, Thing.CALL)
def answer(call_id: UUID) -> web.Answer:
    form = _sound(call_id, DispatchAnswerForm())

    def step(call: RescueCall) -> None:
        rows = visible(web.viewer(), Dispatch).where(
            Dispatch.call_id == call.id, Dispatch.id == form.dispatch_id.data
        )
        row = session.scalar(rows)
        if row is None:
            raise NotFound
        actions.answer(
            call,
            row,
            DispatchResult(form.result.data),
            by=web.viewer(),
            eta_minutes=form.eta_minutes.data,
            remark=form.remark.data or "",
        )

    return _step(call_id, step)


@pages.post("/desk/calls/<uuid:call_id>/arrive")
@web.allows(Action.CREATE, Thing.CALL)
def arrive(call_id: UUID) -> web.Answer:
    _sound(call_id, ArriveForm())
    at = clock.now()
    return _step(
        call_id,
        lambda call: actions.arrive(call, max(at, call.called_at), ArrivalHow.STATED, by=web.viewer()),
    )


@pages.post("/desk/calls/<uuid:call_id>/release")
@web.allows(Action.CREATE, Thing.CALL)
def release(call_id: UUID) -> web.Answer:
    form, at = _sound(call_id, ReleaseForm()), clock.now()
    return _step(
        call_id,
        lambda call: actions.release(
            call,
            max(at, call.arrived_at or call.called_at),
            by=web.viewer(),
            people=form.people.data,
            injured=form.injured.data,
            narrative=form.narrative.data or "",
        ),
    )


@pages.post("/desk/calls/<uuid:call_id>/close")
@web.allows(Action.CREATE, Thing.CALL)
def close(call_id: UUID) -> web.Answer:
    form = _sound(call_id, CloseForm())
    return _step(
        call_id,
        lambda call: actions.close(
            call, form.cause.data, by=web.viewer(), narrative=form.narrative.data or ""
        ),
    )


@pages.post("/desk/calls/<uuid:call_id>/end")
@web.allows(Action.CREATE, Thing.CALL)
def end(call_id: UUID) -> web.Answer:
    form = _sound(call_id, EndCallForm())
    return _step(
        call_id, lambda call: actions.end(call, CallState(form.to.data), form.reason.data, by=web.viewer())
    )


@pages.post("/desk/calls/<uuid:call_id>/tell")
@web.allows(Action.CREATE, Thing.CALL)
def tell(call_id: UUID) -> web.Answer:
    form = _sound(call_id, TellForm())
    return _step(
        call_id, lambda call: actions.tell(call, form.text.data, by=web.viewer(), note_id=form.note_id.data)
    )


@pages.post("/desk/calls/<uuid:call_id>/describe")
@web.allows(Action.CREATE, Thing.CALL)
def describe_call(call_id: UUID) -> web.Answer:
    form = _sound(call_id, DescribeForm())
    return _step(
        call_id,
        lambda call: describe(
            call,
            by=web.viewer(),
            caller_phone=form.caller_phone.data or "",
            trapped=form.trapped.data,
            address=form.address.data or "",
            kind=CallKind(form.kind.data),
        ),
    )


@pages.post("/desk/calls/<uuid:call_id>/place")
@web.allows(Action.CREATE, Thing.CALL)
def place_call(call_id: UUID) -> web.Answer:
    form = _sound(call_id, PlaceForm())

    def step(call: RescueCall) -> None:
        lift = lift_behind(form.code.data, web.viewer())
        if lift is None:
            raise Invalid({"code": N_("No lift of your area has this number, or several have.")})
        place(call, lift, by=web.viewer())

    return _step(call_id, step)
