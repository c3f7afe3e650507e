"""Rescue calls as duties: those who were sent hear of it in the minute."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.states import INSIDE, DispatchResult
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import DutySource, duty_key, piece_name
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.models import Equipment
from equipment.storage.db import session

PREFIX = "rescue"
TRAPPED = N_("Rescue now: %(place)s. Open it, say that you are on the way, and go.")


def call_duty(call: RescueCall, row: Dispatch, lift: Equipment | None, person_id: UUID | None) -> Duty:
    """The duty person of the firm that was sent, and its managers."""
    on = clock.site_day(row.at)
    return Duty(
        key=duty_key(PREFIX, row, on),
        kind=DutyKind.VISIT,
        due_on=on,
        area=call.area,
        text=Message(TRAPPED, {"place": piece_name(lift) if lift else call.address}),
        link=f"/rescue/calls/{call.id}",
        equipment_id=call.equipment_id,
        category=call.category,
        firm_id=row.firm_id,
        holder_id=person_id,
        stages=at_once(Audience.HOLDER, Audience.FIRM),
    )


def waiting_duty(row: Dispatch, _pieces: dict[UUID, Equipment]) -> Duty:
    """The same duty as it was told, while its call is under way and nobody has answered."""
    call = session.scalars(visible(SYSTEM, RescueCall).where(RescueCall.id == row.call_id)).one()
    lift = session.get(Equipment, call.equipment_id) if call.equipment_id else None
    return call_duty(call, row, lift, None)


WAITING = (
    (Dispatch.result == DispatchResult.WAITING)
    & Dispatch.firm_id.is_not(None)
    & exists(select(1).where(RescueCall.id == Dispatch.call_id, RescueCall.state.in_(INSIDE))).correlate(
        Dispatch
    )
)
DUTIES = (DutySource(PREFIX, Dispatch, WAITING, waiting_duty),)
