"""Steps of a call as messages, from a centre's system or a technician's phone: late or twice, each once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from equipment.calls import actions
from equipment.calls.log import is_of_centre
from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.queries import PACK, dispatches_of, firms_at
from equipment.calls.states import OVER, ArrivalHow, CallState, CallStep, DispatchLevel, DispatchResult
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_
from equipment.intake.actions import Receipts, last_contact
from equipment.intake.rules import Arrival, arrival, content_of
from equipment.ledger.actions import record, subject_of
from equipment.maintenance.queries import limits_of
from equipment.people.models import Device, Organisation
from equipment.people.rules import Action, DeviceKind, OrganisationKind, Thing, Viewer, may
from equipment.storage.db import session

STEPS = Receipts("rescue_step", "step_id")
OF_TECHNICIANS = (CallStep.ANSWERED, CallStep.ARRIVED, CallStep.RELEASED)
OF_CENTRES = (
    CallStep.DISPATCHED,
    *OF_TECHNICIANS,
    CallStep.CLOSED,
    CallStep.CANCELLED,
    CallStep.FALSE,
    CallStep.TOLD,
)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step as its sender tells it; what a step does not need stays empty."""

    step_id: UUID
    step: CallStep
    happened_at: datetime
    level: DispatchLevel = DispatchLevel.FIRM
    firm: str = ""
    phone: str = ""
    result: DispatchResult = DispatchResult.ACCEPTED
    eta_minutes: int | None = None
    people: int | None = None
    injured: int | None = None
    cause: str = ""
    text: str = ""


def apply_step(call: RescueCall, message: StepDraft, *, by: Viewer, device: Device | None = None) -> bool:
    """Do what a message says; whether it is a new one. The same again changes nothing."""
    content = content_of(**asdict(message))
    received = STEPS.received(content, sender=by.organisation_id, key=message.step_id, about=call.id)
    if received.answer is not None:
        return False
    of_centre = is_of_centre(call, by)
    if message.step not in (OF_CENTRES if of_centre else OF_TECHNICIANS):
        raise NotAllowed(N_("Only the centre that took the call may do this."))
    if not of_centre and (by.organisation_id not in firms_at(call) or not may(by, Action.CHANGE, Thing.CALL)):
        raise NotAllowed(N_("Your firm was not sent to this call."))
    counts = _counts(message, device)
    at = message.happened_at if of_centre else max(counts.at, call.called_at)
    _do(call, message, at, counts.doubted and not of_centre, of_centre, by)
    receipt = received.keep(json.dumps({"state": str(call.state)}))
    subject = subject_of("organisation", call.organisation_id)
    record(session(), subject, "call.message", actor=by.actor, payload={"call": call.id}, rows=[receipt])
    return True


def _counts(message: StepDraft, device: Device | None) -> Arrival:
    """When a phone's message counts: a browser's session is believed for a day."""
    now = clock.now()
    limits = limits_of(PACK, clock.site_day(now))
    heard = last_contact(device)
    if heard is None or (device is not None and device.kind != DeviceKind.PHONE):
        heard = now - DAY
    return arrival(
        message.happened_at, now, limits.clock, queued=None, last_contact=heard - limits.clock.drift
    )


def _do(
    call: RescueCall, message: StepDraft, at: datetime, doubted: bool, of_centre: bool, by: Viewer
) -> None:
    step, text = message.step, message.text
    if step is CallStep.DISPATCHED:
        firm = None if message.level is DispatchLevel.FIRE else firm_named(message.firm, call)
        actions.dispatch(call, message.level, by=by, firm=firm, phone=message.phone, at=at)
    elif step is CallStep.ANSWERED:
        row = _waiting(call, message, of_centre, by)
        actions.answer(call, row, message.result, by=by, eta_minutes=message.eta_minutes, remark=text, at=at)
    elif step is CallStep.ARRIVED:
        if call.arrived_at is not None and not of_centre:
            actions.supplement(call, by=by, text=text, at=at)
        else:
            how = ArrivalHow.STATED if of_centre else ArrivalHow.BUTTON
            actions.arrive(call, at, how, by=by, doubted=doubted)
    elif step is CallStep.RELEASED:
        _release(call, message, at, doubted, of_centre, by)
    elif step is CallStep.CLOSED:
        actions.close(call, message.cause or call.cause, by=by, narrative=text, at=at)
    elif step is CallStep.TOLD:
        actions.tell(call, text, by=by)
    else:
        to = CallState.FALSE if step is CallStep.FALSE else CallState.CANCELLED
        actions.end(call, to, text, by=by, at=at)


def _release(
    call: RescueCall, message: StepDraft, at: datetime, doubted: bool, of_centre: bool, by: Viewer
) -> None:
    """A technician who was faster at the lift than the desk on the phone fills in what is missing."""
    people, injured, text = message.people, message.injured, message.text
    if call.released_at is not None and not of_centre:
        actions.supplement(call, by=by, people=people, injured=injured, cause=message.cause, text=text, at=at)
        return
    actions.release(call, at, by=by, people=people, injured=injured, narrative=text, doubted=doubted)
    if message.cause and call.state not in OVER:
        actions.supplement(call, by=by, cause=message.cause, at=at)


def firm_named(text: str, call: RescueCall) -> Organisation:
    """The firm that a centre names by its unified social credit code or its name; without one, the lift's
    own."""
    firms = select(Organisation).where(Organisation.kind == OrganisationKind.FIRM, Organisation.active)
    if text:
        named = firms.where((Organisation.credit_code == text) | (Organisation.name == text))
        rows = session.scalars(named.limit(2)).all()
        if len(rows) == 1:
            return rows[0]
        raise Invalid({"firm": N_("No maintenance firm on file has this name or code.")})
    own = session.get(Organisation, call.firm_id) if call.firm_id else None
    if own is None:
        raise Invalid({"firm": N_("No maintenance firm is on file for this lift.")})
    return own


def _waiting(call: RescueCall, message: StepDraft, of_centre: bool, by: Viewer) -> Dispatch:
    """The newest of those sent that waits for this answer."""
    rows = dispatches_of([call.id]).get(call.id, [])
    mine = [row for row in rows if of_centre or row.firm_id == by.organisation_id]
    if of_centre and message.firm:
        firm = firm_named(message.firm, call)
        mine = [row for row in mine if row.firm_id == firm.id]
    waiting = [row for row in mine if row.result == DispatchResult.WAITING] or mine
    if not waiting:
        raise Invalid({"step": N_("Nobody was sent who could answer.")})
    return waiting[-1]
