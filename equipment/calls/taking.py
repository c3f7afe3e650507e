"""A call is put on record, described further, and its lift named. Actions never commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_

from equipment.calls.log import (
    NOT_NOW,
    cause_problems,
    chain_of,
    count_problems,
    locked,
    must_be_of_centre,
    noted,
    record_step,
    tolerance,
)
from equipment.calls.models import RescueCall
from equipment.calls.queries import PACK, in_area, limit_of, pack_of_calls
from equipment.calls.rules import CallTimes, is_in_time, time_problems
from equipment.calls.states import (
    INSIDE,
    OVER,
    ArrivalHow,
    CallFlag,
    CallKind,
    CallSource,
    CallState,
    CallStep,
)
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation import call_numbers as numbers
from equipment.storage.db import session

SAME_CALL = N_("This call is on record already: the same lift called at %(at)s.")
SAME_NUMBER = N_("Another call stands under this number already.")
WHERE = N_("Say where it is: choose the lift, or write down what the caller says.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDraft:
    """A call as somebody brings it. Of one that is over already its times and cause come along."""

    id: UUID
    called_at: datetime
    source: CallSource
    equipment_id: UUID | None = None
    number: str = ""
    address: str = ""
    caller_phone: str = ""
    kind: CallKind = CallKind.TRAPPED
    trapped: int | None = None
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    released_at: datetime | None = None
    closed_at: datetime | None = None
    people: int | None = None
    injured: int | None = None
    cause: str = ""
    narrative: str = ""
    ended_as: CallState | None = None  # cancelled or a false alarm

    @property
    def times(self) -> CallTimes:
        return CallTimes(
            called_at=self.called_at,
            dispatched_at=self.dispatched_at,
            arrived_at=self.arrived_at,
            released_at=self.released_at,
            closed_at=self.closed_at,
        )

    @property
    def state(self) -> CallState:
        """What it is by what is known of it."""
        if self.ended_as is not None:
            return self.ended_as
        if self.released_at is not None:
            return CallState.CLOSED if self.cause else CallState.RELEASED
        if self.arrived_at is not None:
            return CallState.ARRIVED
        return CallState.DISPATCHED if self.dispatched_at is not None else CallState.CALLED


def take(draft: CallDraft, *, by: Viewer) -> RescueCall:
    """Put a call on record. A lift that nobody can name, or that is not in use, is recorded as such: people
    may sit in it all the same."""
    if by.organisation_id is None or by.organisation_kind is not OrganisationKind.CENTRE:
        raise NotAllowed(N_("Calls are taken by a rescue centre."))
    now = clock.now()
    _check(draft, now)
    subject = chain_of(draft.equipment_id, by.organisation_id)
    centre = ledger.subject_of("organisation", by.organisation_id)
    ledger.locked_heads(session.connection(), [subject, centre])
    lift = in_area(by, draft.equipment_id) if draft.equipment_id else None
    if draft.equipment_id is not None and lift is None:
        raise Invalid({"code": N_("There is no such lift in your area.")})
    _refuse_twice(draft, lift, by)
    call = _row(draft, lift, now, by)
    session.add(call)
    log = noted(call, CallStep.OPENED, draft.called_at, by, draft.narrative if draft.released_at else "")
    record_step(call, "call.taken", by, log, source=str(draft.source), flags=list(call.flags))
    return call


def _check(draft: CallDraft, now: datetime) -> None:
    problems: dict[str, Message | str] = dict(time_problems(draft.times, now, tolerance()))
    if draft.equipment_id is None and not draft.address.strip():
        problems["address"] = WHERE
    problems |= count_problems(trapped=draft.trapped, people=draft.people, injured=draft.injured)
    if draft.cause:
        problems |= cause_problems(draft.cause)
        if draft.released_at is None and draft.ended_as is None:
            problems["cause"] = N_("A cause is known once the people are out.")
    if draft.closed_at is not None and draft.state not in OVER:
        problems["closed_at"] = N_("A closed call has the time of the release and a cause.")
    if problems:
        raise Invalid(problems)


def _refuse_twice(draft: CallDraft, lift: Equipment | None, by: Viewer) -> None:
    mine = visible(SYSTEM, RescueCall).where(RescueCall.superseded.is_(False))
    if draft.number:
        numbered = mine.where(
            RescueCall.organisation_id == by.organisation_id, RescueCall.number == draft.number
        )
        if session.scalar(numbered.limit(1)) is not None:
            raise Conflict({"number": SAME_NUMBER})
    if lift is None:
        return
    span = timedelta(minutes=numbers.same_call_within(pack_of_calls(), clock.today()))
    near = mine.where(
        RescueCall.equipment_id == lift.id,
        RescueCall.state.not_in((CallState.CANCELLED, CallState.FALSE)),
        RescueCall.called_at <= draft.called_at + span,
        or_(
            RescueCall.state.in_(INSIDE),
            and_(RescueCall.called_at >= draft.called_at - span, RescueCall.released_at >= draft.called_at),
        ),
    )
    same = session.scalar(near.order_by(RescueCall.called_at).limit(1))
    if same is not None:
        at = f"{clock.site_time(same.called_at):%Y-%m-%d %H:%M}"
        raise Conflict({"called_at": Message(SAME_CALL, {"at": at})})


def _row(draft: CallDraft, lift: Equipment | None, now: datetime, by: Viewer) -> RescueCall:
    on, area = clock.site_day(draft.called_at), lift.area if lift else by.area
    flags = [CallFlag.UNKNOWN_LIFT] if lift is None else []
    flags += [CallFlag.NOT_IN_USE] if lift and lift.status != EquipmentStatus.IN_USE else []
    flags += [CallFlag.LATE_ENTRY] if draft.released_at or draft.ended_as else []
    state, limit = draft.state, limit_of(area, on)
    kept = numbers.caller_kept(pack_of_calls(), on).integer
    return RescueCall(
        id=draft.id,
        organisation_id=by.organisation_id,
        number=draft.number.strip(),
        source=draft.source,
        equipment_id=lift.id if lift else None,
        area=area,
        category=lift.category if lift else PACK,
        firm_id=lift.maintenance_firm_id if lift else None,
        use_unit_id=lift.use_unit_id if lift else None,
        address=draft.address.strip()[:200],
        caller_phone=draft.caller_phone.strip()[:30],
        caller_until=on + timedelta(days=kept) if draft.caller_phone.strip() else None,
        kind=draft.kind,
        trapped=draft.trapped,
        people=draft.people,
        injured=draft.injured,
        cause=draft.cause,
        narrative=draft.narrative.strip(),
        state=state,
        called_at=draft.called_at,
        dispatched_at=draft.dispatched_at,
        arrived_at=draft.arrived_at,
        arrived_how=ArrivalHow.STATED if draft.arrived_at else None,
        released_at=draft.released_at,
        closed_at=draft.closed_at or max(now, draft.released_at or draft.called_at)
        if state in OVER
        else None,
        closed_by=by.user_id if state in OVER else None,
        received_at=now,
        on=on,
        limit_min=limit,
        in_time=is_in_time(draft.times, limit),
        flags=[str(flag) for flag in flags],
        superseded=False,
        correction_reason="",
    )


def describe(
    call: RescueCall, *, by: Viewer, caller_phone: str, trapped: int | None, address: str, kind: CallKind
) -> None:
    """What the caller says of himself and the people inside, while the call is under way."""
    must_be_of_centre(locked(call), by)
    if call.state in OVER:
        raise Conflict({"": Message(NOT_NOW, {"state": CallState(call.state).label})})
    if problems := count_problems(trapped=trapped):
        raise Invalid(problems)
    if call.equipment_id is None and not address.strip():
        raise Invalid({"address": WHERE})
    kept = numbers.caller_kept(pack_of_calls(), call.on).integer
    call.caller_phone = caller_phone.strip()[:30]
    call.caller_until = call.on + timedelta(days=kept) if call.caller_phone else None
    call.trapped, call.address, call.kind = trapped, address.strip()[:200], kind
    record_step(call, "call.described", by, trapped=trapped, kind=str(kind))


def place(call: RescueCall, lift: Equipment, *, by: Viewer) -> None:
    """The lift of a call that nobody could name is known now; its chain takes the call over."""
    must_be_of_centre(call, by)
    chains = [chain_of(call.equipment_id, call.organisation_id), chain_of(lift.id, call.organisation_id)]
    ledger.locked_heads(session.connection(), chains)
    session.refresh(call)
    if call.equipment_id is not None:
        raise Conflict({"": N_("The lift of this call is known already.")})
    if call.state in OVER:
        raise Conflict({"": N_("This call is closed: correct it instead.")})
    put_at(call, lift)
    note = noted(call, CallStep.PLACED, clock.now(), by, lift.name)
    record_step(call, "call.placed", by, note)


def put_at(call: RescueCall, lift: Equipment | None) -> None:
    flags = [flag for flag in call.flags if flag not in (CallFlag.UNKNOWN_LIFT, CallFlag.NOT_IN_USE)]
    if lift is None:
        flags.append(str(CallFlag.UNKNOWN_LIFT))
    else:
        call.equipment_id, call.area, call.category = lift.id, lift.area, lift.category
        call.firm_id, call.use_unit_id = lift.maintenance_firm_id, lift.use_unit_id
        flags += [str(CallFlag.NOT_IN_USE)] if lift.status != EquipmentStatus.IN_USE else []
    call.flags, call.limit_min = flags, limit_of(call.area, call.on)
    call.in_time = is_in_time(call.times, call.limit_min)
