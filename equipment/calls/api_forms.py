"""The messages of rescue calls and their answers."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.rules import ArrivalVerdict, arrival_verdict
from equipment.calls.states import (
    ArrivalHow,
    CallFlag,
    CallKind,
    CallSource,
    CallState,
    CallStep,
    DispatchLevel,
    DispatchResult,
)
from equipment.calls.stepping import StepDraft
from equipment.calls.taking import CallDraft
from equipment.core import clock
from equipment.web import api
from equipment.web.openapi import Answered


class EndedAs(StrEnum):
    """How a call ended that was none."""

    CANCELLED = "cancelled"
    FALSE = "false"


class StepKind(StrEnum):
    """What was done about a call."""

    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    ARRIVED = "arrived"
    RELEASED = "released"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    FALSE = "false"
    TOLD = "told"


class CallMessage(api.RequestBody):
    """A call from a lift. One that is over comes whole, with its times and cause; one that goes on comes when
    it is taken, and its steps follow."""

    call_id: UUID
    number: str = Field("", max_length=40, description="Under which the centre keeps it; once for each call.")
    called_at: api.OffsetTime
    code: str = Field(
        "",
        max_length=400,
        description="Label, device code, certificate or rescue code of the lift; "
        "empty where nobody knows it.",
    )
    address: str = Field("", max_length=200, description="Where it is, as the caller said it.")
    caller_phone: str = Field("", max_length=30, description="Blanked after some days.")
    kind: CallKind = CallKind.TRAPPED
    trapped: api.Whole | None = Field(None, description="How many the caller says are inside.")
    dispatched_at: api.OffsetTime | None = None
    arrived_at: api.OffsetTime | None = None
    released_at: api.OffsetTime | None = None
    closed_at: api.OffsetTime | None = None
    people: api.Whole | None = Field(None, description="How many came out.")
    injured: api.Whole | None = None
    cause: str = Field("", max_length=20, description="A code of GET /rescue/causes.")
    narrative: str = Field("", max_length=2000)
    ended_as: EndedAs | None = Field(None, description="Where there was nothing to rescue.")

    def draft(self, equipment_id: UUID | None) -> CallDraft:
        return CallDraft(
            id=self.call_id,
            called_at=self.called_at,
            source=CallSource.API,
            equipment_id=equipment_id,
            number=self.number,
            address=self.address or ("" if equipment_id else self.code),
            caller_phone=self.caller_phone,
            kind=self.kind,
            trapped=self.trapped,
            dispatched_at=self.dispatched_at,
            arrived_at=self.arrived_at,
            released_at=self.released_at,
            closed_at=self.closed_at,
            people=self.people,
            injured=self.injured,
            cause=self.cause,
            narrative=self.narrative,
            ended_as=CallState(self.ended_as) if self.ended_as else None,
        )


class CallStepMessage(api.RequestBody):
    """One step. A centre's system says any; a technician's phone that he comes, has arrived, has freed the
    people."""

    step_id: UUID
    step: StepKind
    happened_at: api.OffsetTime
    level: DispatchLevel = Field(DispatchLevel.FIRM, description="Of `dispatched`: who was sent.")
    firm: str = Field(
        "",
        max_length=120,
        description="Credit code or name of the firm that was sent; without it the lift's own.",
    )
    phone: str = Field("", max_length=30, description="Of `dispatched`: the number that was rung.")
    result: DispatchResult = Field(DispatchResult.ACCEPTED, description="Of `answered`.")
    eta_minutes: api.Whole | None = Field(None, description="Of `answered`: minutes until the arrival.")
    people: api.Whole | None = Field(None, description="Of `released`: how many came out.")
    injured: api.Whole | None = Field(None, description="Of `released`.")
    cause: str = Field(
        "", max_length=20, description="Of `released` and `closed`: a code of GET /rescue/causes."
    )
    text: str = Field("", max_length=500, description="What was said; of `cancelled` and `false` the reason.")

    def message(self) -> StepDraft:
        return StepDraft(
            step_id=self.step_id,
            step=CallStep(self.step),
            happened_at=self.happened_at,
            level=self.level,
            firm=self.firm,
            phone=self.phone,
            result=self.result,
            eta_minutes=self.eta_minutes,
            people=self.people,
            injured=self.injured,
            cause=self.cause,
            text=self.text,
        )


class DispatchResponse(Answered):
    """Somebody who was sent, and what he answered."""

    level: DispatchLevel
    name: str
    dispatched_at: str
    result: DispatchResult
    answered_at: str | None
    eta_minutes: int | None


class CallResponse(Answered):
    """A call as it stands now. `limit_minutes`: within which the rescue has to arrive; `flags`: what is
    remarkable. `lift_known` is false where no lift on file could be found: the call is on record all the
    same."""

    call_id: str
    number: str
    state: CallState
    kind: CallKind
    lift_known: bool
    equipment_id: str | None
    address: str
    called_at: str
    dispatched_at: str | None
    arrived_at: str | None
    arrived_how: ArrivalHow | None
    released_at: str | None
    closed_at: str | None
    received_at: str
    changed_at: str
    trapped: int | None
    people: int | None
    injured: int | None
    cause: str
    limit_minutes: int
    arrival: ArrivalVerdict
    flags: list[CallFlag]
    dispatches: list[DispatchResponse]
    supersedes: str | None
    superseded: bool


class CallsResponse(Answered):
    """Calls in the order in which they last changed."""

    calls: list[CallResponse]
    next: str
    more: bool


class CauseResponse(Answered):
    """A cause: its code, its words, and whether it may be a fault of the lift or of its maintenance."""

    code: str
    text: str
    hint: str
    is_finding: bool
    verified: bool


class CausesResponse(Answered):
    """The table of causes in force."""

    causes: list[CauseResponse]


def call_record(call: RescueCall, dispatches: list[Dispatch]) -> dict[str, object]:
    """A call as JSON; the caller's phone goes to nobody."""
    times = call.times
    return {
        "call_id": str(call.id),
        "number": call.number,
        "state": call.state,
        "kind": call.kind,
        "lift_known": call.equipment_id is not None,
        "equipment_id": str(call.equipment_id) if call.equipment_id else None,
        "address": call.address,
        "called_at": call.called_at.isoformat(),
        "dispatched_at": call.dispatched_at.isoformat() if call.dispatched_at else None,
        "arrived_at": call.arrived_at.isoformat() if call.arrived_at else None,
        "arrived_how": call.arrived_how,
        "released_at": call.released_at.isoformat() if call.released_at else None,
        "closed_at": call.closed_at.isoformat() if call.closed_at else None,
        "received_at": call.received_at.isoformat(),
        "changed_at": call.changed_at.isoformat(),
        "trapped": call.trapped,
        "people": call.people,
        "injured": call.injured,
        "cause": call.cause,
        "limit_minutes": call.limit_min,
        "arrival": arrival_verdict(times, clock.now(), call.limit_min),
        "flags": list(call.flags),
        "dispatches": [
            {
                "level": row.level,
                "name": row.name,
                "dispatched_at": row.at.isoformat(),
                "result": row.result,
                "answered_at": row.answered_at.isoformat() if row.answered_at else None,
                "eta_minutes": row.eta_minutes,
            }
            for row in dispatches
        ],
        "supersedes": str(call.supersedes_id) if call.supersedes_id else None,
        "superseded": call.superseded,
    }
