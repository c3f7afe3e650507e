"""A closed call said something wrong: a new record supersedes it. Actions never commit."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.calls.log import (
    cause_problems,
    count_problems,
    locked,
    must_be_of_centre,
    noted,
    record_step,
    tolerance,
)
from equipment.calls.models import RescueCall
from equipment.calls.rules import is_in_time, time_problems
from equipment.calls.states import ArrivalHow, CallSource, CallState, CallStep
from equipment.calls.taking import put_at
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.storage.db import session

CORRECTABLE = (
    "called_at",
    "dispatched_at",
    "arrived_at",
    "released_at",
    "people",
    "injured",
    "cause",
    "narrative",
    "kind",
)


def correct(
    call: RescueCall, changes: Mapping[str, object], reason: str, *, by: Viewer, lift: Equipment | None = None
) -> RescueCall:
    """A closed record said something wrong: a new one supersedes it, with the reason; both stay to be
    read."""
    must_be_of_centre(locked(call), by)
    if call.state != CallState.CLOSED:
        raise Conflict({"": N_("Only a closed call is corrected; this one can still be worked on.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    left_out = ("id", "changed_at", "source", "supersedes_id", "correction_reason", "superseded")
    values = {
        column.name: getattr(call, column.name)
        for column in RescueCall.__table__.columns
        if column.name not in left_out
    }
    values |= {name: changes[name] for name in CORRECTABLE if name in changes}
    fresh = RescueCall(
        **values,
        id=new_id(),
        source=CallSource.CORRECTION,
        supersedes_id=call.id,
        correction_reason=reason.strip()[:300],
        superseded=False,
    )
    problems: dict[str, Message | str] = dict(time_problems(fresh.times, clock.now(), tolerance()))
    problems |= count_problems(people=fresh.people, injured=fresh.injured) | cause_problems(fresh.cause)
    if fresh.released_at is None:
        problems["released_at"] = N_("A closed call has the time of the release and a cause.")
    if problems:
        raise Invalid(problems)
    fresh.arrived_how = (call.arrived_how or ArrivalHow.STATED) if fresh.arrived_at else None
    if fresh.arrived_at != call.arrived_at and fresh.arrived_at is not None:
        fresh.arrived_how = ArrivalHow.STATED
    fresh.on = clock.site_day(fresh.called_at)
    if lift is not None:
        put_at(fresh, lift)
    fresh.in_time = is_in_time(fresh.times, fresh.limit_min)
    call.superseded = True
    session.flush()  # its number is free for the new one
    session.add(fresh)
    note = noted(fresh, CallStep.CORRECTED, clock.now(), by, reason)
    record_step(fresh, "call.corrected", by, call, note, supersedes=call.id, reason=reason.strip()[:300])
    return fresh
