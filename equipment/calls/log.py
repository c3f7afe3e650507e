"""The log of a call and the lock that every step stands behind: of two people at once one is told what the
other has done. What each step checks."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from equipment.calls.models import CallNote, Dispatch, RescueCall
from equipment.calls.queries import PACK, causes_on
from equipment.calls.rules import CallTimes, time_problems
from equipment.calls.states import CALL_CHANGES, CallState, CallStep
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.maintenance.queries import limits_of
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may, organisation_may
from equipment.storage.db import session

MOST_PEOPLE = 99
DONE_ALREADY = N_("That has been recorded already, at %(at)s. Nothing was changed.")
NOT_NOW = N_("The call is “%(state)s” by now: this cannot follow.")
COUNT = N_("A number of people from 0 to %(most)d.")


def tolerance() -> timedelta:
    """How far clocks may differ before a time lies in the future."""
    return limits_of(PACK, clock.today()).clock.drift


def chain_of(equipment_id: UUID | None, centre_id: UUID) -> str:
    if equipment_id is not None:
        return ledger.subject_of("equipment", equipment_id)
    return ledger.subject_of("organisation", centre_id)


def locked(call: RescueCall) -> RescueCall:
    """The call as it stands behind the lock of its chain: whoever was faster is seen."""
    subject = chain_of(call.equipment_id, call.organisation_id)
    ledger.locked_heads(session.connection(), [subject])
    session.refresh(call)
    if call.superseded:
        raise Conflict({"": N_("This record has been corrected: open the new one.")})
    return call


def noted(
    call: RescueCall, step: CallStep, at: datetime, by: Viewer, text: str = "", note_id: UUID | None = None
) -> CallNote:
    note = CallNote(
        id=note_id or new_id(),
        call_id=call.id,
        organisation_id=call.organisation_id,
        step=step,
        at=at,
        recorded_at=clock.now(),
        user_id=by.user_id,
        text=text.strip()[:500],
    )
    session.add(note)
    return note


def record_step(
    call: RescueCall, verb: str, by: Viewer, *rows: CallNote | Dispatch | RescueCall, **payload: object
) -> None:
    ledger.record(
        session(),
        chain_of(call.equipment_id, call.organisation_id),
        verb,
        actor=by.actor,
        payload={"call": call.id, **payload},
        rows=[call, *rows],
    )


def done_already(at: datetime) -> Message:
    return Message(DONE_ALREADY, {"at": f"{clock.site_time(at):%Y-%m-%d %H:%M:%S}"})


def must_become(call: RescueCall, to: CallState, done_at: datetime | None) -> None:
    """Refuse what was done already (saying when) and what cannot follow."""
    if done_at is not None:
        raise Conflict({"": done_already(done_at)})
    if to not in CALL_CHANGES[CallState(call.state)]:
        raise Conflict({"": Message(NOT_NOW, {"state": CallState(call.state).label})})


def check_times(call: RescueCall, **more: datetime) -> None:
    times = {
        name: getattr(call, name)
        for name in ("called_at", "dispatched_at", "arrived_at", "released_at", "closed_at")
    }
    if problems := time_problems(CallTimes(**{**times, **more}), clock.now(), tolerance()):
        raise Invalid(problems)


def count_problems(**counts: int | None) -> dict[str, Message | str]:
    return {
        name: Message(COUNT, {"most": MOST_PEOPLE})
        for name, count in counts.items()
        if count is not None and not 0 <= count <= MOST_PEOPLE
    }


def cause_problems(cause: str) -> dict[str, Message | str]:
    known = {row.code for row in causes_on(clock.today())}
    return {} if cause in known else {"cause": N_("Choose one of the list.")}


def is_of_centre(call: RescueCall, by: Viewer) -> bool:
    """Whether the call is this centre's to work on: its call-takers, or its own system."""
    if by.organisation_id != call.organisation_id or by.organisation_kind is not OrganisationKind.CENTRE:
        return False
    if by.user_id is not None:
        return may(by, Action.CREATE, Thing.CALL)
    return organisation_may(OrganisationKind.CENTRE, Action.CREATE, Thing.CALL)


def must_be_of_centre(call: RescueCall, by: Viewer) -> None:
    if not is_of_centre(call, by):
        raise NotAllowed(N_("Only the centre that took the call may do this."))
