"""What is done about a rescue call: somebody sent, arrived, released, closed. Every step is checked behind
the lock of the call's chain (log.py). Actions never commit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from equipment.calls.duties import call_duty
from equipment.calls.hooks import duty_phones
from equipment.calls.log import (
    NOT_NOW,
    cause_problems,
    chain_of,
    check_times,
    count_problems,
    done_already,
    is_of_centre,
    locked,
    must_be_of_centre,
    must_become,
    noted,
    record_step,
)
from equipment.calls.models import CallNote, Dispatch, RescueCall
from equipment.calls.rules import is_in_time
from equipment.calls.states import (
    FAILED_RESULTS,
    OVER,
    ArrivalHow,
    CallFlag,
    CallState,
    CallStep,
    DispatchLevel,
    DispatchResult,
)
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.storage.db import session

MOST_ETA = 600


def dispatch(
    call: RescueCall,
    level: DispatchLevel,
    *,
    by: Viewer,
    firm: Organisation | None = None,
    name: str = "",
    phone: str = "",
    why: str = "",
    at: datetime | None = None,
) -> Dispatch:
    """Somebody is sent; a firm's people hear of it in the minute. The same one is not sent twice while he is
    on his way."""
    must_be_of_centre(locked(call), by)
    at = at or max(clock.now(), call.called_at)
    if call.state not in (CallState.CALLED, CallState.DISPATCHED, CallState.ARRIVED):
        raise Conflict({"": Message(NOT_NOW, {"state": CallState(call.state).label})})
    if (level is DispatchLevel.FIRE) != (firm is None):
        raise Invalid({"firm": N_("Name the firm that was sent.")})
    check_times(call, **({} if call.dispatched_at else {"dispatched_at": at}))
    _refuse_second(call, level, firm)
    if at < call.called_at:
        raise Invalid({"dispatched_at": N_("This lies before the call.")})
    row = Dispatch(
        id=new_id(),
        call_id=call.id,
        organisation_id=call.organisation_id,
        level=level,
        firm_id=firm.id if firm else None,
        name=(name or (firm.name if firm else ""))[:120],
        phone=phone[:30],
        why=why[:200],
        at=at,
        by_id=by.user_id,
        result=DispatchResult.WAITING,
    )
    session.add(row)
    call.dispatched_at = call.dispatched_at or at
    if level is DispatchLevel.NEARBY and firm is not None:
        call.helper_id = firm.id
    if call.state == CallState.CALLED:
        call.state = CallState.DISPATCHED
    note = noted(call, CallStep.DISPATCHED, at, by, " ".join(filter(None, (row.name, phone))))
    record_step(call, "call.dispatched", by, row, note, level=str(level))
    if firm is not None and clock.now() - call.called_at < timedelta(days=1):
        _tell(call, row, firm)
    return row


def _refuse_second(call: RescueCall, level: DispatchLevel, firm: Organisation | None) -> None:
    rows = visible(SYSTEM, Dispatch).where(
        Dispatch.call_id == call.id,
        Dispatch.level == level,
        Dispatch.firm_id.is_not_distinct_from(firm.id if firm else None),
        Dispatch.result.not_in(FAILED_RESULTS),
    )
    same = session.scalar(rows.limit(1))
    if same is not None:
        raise Conflict({"": done_already(same.at)})


def _tell(call: RescueCall, row: Dispatch, firm: Organisation) -> None:
    lift = session.get(Equipment, call.equipment_id) if call.equipment_id else None
    person = None
    if lift is not None and firm.id == call.firm_id:
        phones = duty_phones([lift.id], clock.today()).get(lift.id)
        person = phones.person_id if phones else None
    urgent(call_duty(call, row, lift, person))


def answer(
    call: RescueCall,
    row: Dispatch,
    result: DispatchResult,
    *,
    by: Viewer,
    eta_minutes: int | None = None,
    remark: str = "",
    at: datetime | None = None,
) -> None:
    """已接警: those who were sent say that they are on the way, and within how many minutes; or that they
    cannot. The firm says so itself, or the desk writes down what it heard."""
    locked(call)
    session.refresh(row)
    if not is_of_centre(call, by) and by.organisation_id != row.firm_id:
        raise NotAllowed(N_("Only those who were sent can answer."))
    if row.result != DispatchResult.WAITING:
        raise Conflict({"": done_already(row.answered_at or row.at)})
    if result is DispatchResult.WAITING:
        raise Invalid({"result": N_("Choose one of the list.")})
    if eta_minutes is not None and not 0 <= eta_minutes <= MOST_ETA:
        raise Invalid({"eta_minutes": Message(N_("Minutes from 0 to %(most)d."), {"most": MOST_ETA})})
    row.result, row.answered_at, row.answered_by = result, max(at or clock.now(), row.at), by.user_id
    row.eta_minutes, row.remark = eta_minutes, remark.strip()[:300]
    text = f"{row.name} {remark}".strip()
    note = noted(call, CallStep.ANSWERED, row.answered_at, by, text)
    record_step(call, "call.answered", by, row, note, result=str(result))


def arrive(
    call: RescueCall,
    at: datetime,
    how: ArrivalHow,
    *,
    by: Viewer,
    person_id: UUID | None = None,
    doubted: bool = False,
) -> None:
    """Somebody is at the lift. A swipe there says so by itself; a button is the technician's word, and the
    desk's entry the centre's."""
    locked(call)
    must_become(call, CallState.ARRIVED, call.arrived_at)
    check_times(call, arrived_at=at)
    call.arrived_at, call.arrived_how, call.arrived_by = at, how, person_id or by.user_id
    call.in_time = is_in_time(call.times, call.limit_min)
    call.state = CallState.ARRIVED
    if doubted:
        call.flags = list(dict.fromkeys([*call.flags, str(CallFlag.DOUBTED)]))
    note = noted(call, CallStep.ARRIVED, at, by)
    record_step(call, "call.arrived", by, note, how=str(how))


def release(
    call: RescueCall,
    at: datetime,
    *,
    by: Viewer,
    people: int | None = None,
    injured: int | None = None,
    narrative: str = "",
    doubted: bool = False,
) -> None:
    """The people are out; also where nobody had come yet, since a lift may move again by itself."""
    locked(call)
    must_become(call, CallState.RELEASED, call.released_at)
    check_times(call, released_at=at)
    if problems := count_problems(people=people, injured=injured):
        raise Invalid(problems)
    call.released_at, call.people, call.injured, call.state = at, people, injured, CallState.RELEASED
    call.narrative = "\n".join(filter(None, (call.narrative, narrative.strip())))
    if doubted:
        call.flags = list(dict.fromkeys([*call.flags, str(CallFlag.DOUBTED)]))
    note = noted(call, CallStep.RELEASED, at, by, narrative)
    record_step(call, "call.released", by, note, people=people, injured=injured)


def supplement(
    call: RescueCall,
    *,
    by: Viewer,
    people: int | None = None,
    injured: int | None = None,
    cause: str = "",
    text: str = "",
    at: datetime | None = None,
) -> None:
    """What the technician at the lift adds: it fills what nobody has said yet, and stands in the log as he
    said it. The centre decides on the cause when it closes the call."""
    locked(call)
    problems = count_problems(people=people, injured=injured)
    if cause:
        problems |= cause_problems(cause)
    if problems:
        raise Invalid(problems)
    if call.state in OVER:
        raise Conflict({"": Message(NOT_NOW, {"state": CallState(call.state).label})})
    call.people = people if call.people is None else call.people
    call.injured = injured if call.injured is None else call.injured
    call.cause = call.cause or cause
    note = noted(call, CallStep.TOLD, at or clock.now(), by, text)
    record_step(call, "call.supplemented", by, note, people=people, injured=injured, cause=cause)


def close(
    call: RescueCall, cause: str, *, by: Viewer, narrative: str = "", at: datetime | None = None
) -> None:
    """The call is over, with its cause; from now on only a correction changes it."""
    must_be_of_centre(locked(call), by)
    must_become(call, CallState.CLOSED, call.closed_at)
    if problems := cause_problems(cause):
        raise Invalid(problems)
    at = at or max(clock.now(), call.released_at or call.called_at)
    check_times(call, closed_at=at)
    call.cause, call.closed_at, call.closed_by, call.state = cause, at, by.user_id, CallState.CLOSED
    call.narrative = "\n".join(filter(None, (call.narrative, narrative.strip())))
    note = noted(call, CallStep.CLOSED, at, by, narrative)
    record_step(call, "call.closed", by, note, cause=cause)


def end(call: RescueCall, to: CallState, reason: str, *, by: Viewer, at: datetime | None = None) -> None:
    """Cancelled (撤销) or a false alarm (误报), with a reason: no rescue, and in no statistic."""
    must_be_of_centre(locked(call), by)
    must_become(call, to, call.closed_at)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    at = at or max(clock.now(), call.arrived_at or call.called_at)
    check_times(call, closed_at=at)
    call.state, call.closed_at, call.closed_by = to, at, by.user_id
    step = CallStep.FALSE if to is CallState.FALSE else CallStep.CANCELLED
    note = noted(call, step, at, by, reason)
    record_step(call, f"call.{to}", by, note, reason=reason.strip()[:300])


def tell(call: RescueCall, text: str, *, by: Viewer, note_id: UUID | None = None) -> CallNote | None:
    """One line of what was said; the same line sent twice (`note_id`) is one."""
    must_be_of_centre(locked(call), by)
    if not text.strip():
        raise Invalid({"text": N_("Write down what was said.")})
    if note_id is not None and session.get(CallNote, note_id) is not None:
        return None
    note = noted(call, CallStep.TOLD, clock.now(), by, text, note_id)
    record_step(call, "call.told", by, note)
    return note


def record_finding(call: RescueCall, description: str, *, by: Viewer) -> UUID:
    """A person decides that the cause is something wrong with the lift; it never becomes a finding by
    itself."""
    locked(call)
    if not may(by, Action.CREATE, Thing.FINDING):
        raise NotAllowed
    if call.finding_id is not None:
        raise Conflict({"": N_("A finding has been recorded from this call already.")})
    if call.equipment_id is None:
        raise Invalid({"description": N_("The lift of this call is not known.")})
    lift = session.get_one(Equipment, call.equipment_id)
    finding = find(
        lift, source=FindingSource.MANUAL, description=description, by=by, source_id=call.id, found_on=call.on
    )
    call.finding_id = finding.id
    note = noted(call, CallStep.FINDING, clock.now(), by, description)
    record_step(call, "call.finding", by, note, finding=finding.id)
    return finding.id


def blank_callers(on: date, most: int) -> int:
    """Phones of callers whose days are over by `on`, at most so many at a time; how many were blanked."""
    over = visible(SYSTEM, RescueCall).where(RescueCall.caller_until < on)
    calls = session.scalars(over.order_by(RescueCall.id).limit(most)).all()
    ledger.locked_heads(
        session.connection(), [chain_of(call.equipment_id, call.organisation_id) for call in calls]
    )
    for call in calls:
        call.caller_phone, call.caller_until = "", None
        note = noted(call, CallStep.BLANKED, clock.now(), SYSTEM)
        record_step(call, "call.caller_blanked", SYSTEM, note)
    return len(calls)
