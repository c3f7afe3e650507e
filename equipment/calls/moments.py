"""Rescue calls in the life of a lift."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.calls.models import RescueCall
from equipment.calls.queries import LIFTS, current
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def calls_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    if equipment.category not in LIFTS or not may(viewer, Action.SEE, Thing.CALL):
        return
    calls = current(viewer).where(RescueCall.equipment_id == equipment.id)
    for call in session.scalars(calls.order_by(RescueCall.called_at.desc()).limit(limit)):
        lines: list[Message | str] = []
        if call.arrived_at is not None:
            minutes = round((call.arrived_at - call.called_at).total_seconds() / 60)
            lines.append(Message(N_("Arrived after %(num)d minutes"), {"num": minutes}))
        if call.people is not None:
            lines.append(Message(N_("%(num)d people out"), {"num": call.people}))
        yield Moment(
            call.called_at,
            Message(N_("Rescue call: %(kind)s"), {"kind": call.kind.label}),
            "urgent",
            call.state.colour,
            call.state,
            lines,
            "",
            call.organisation_id,
            "rescue",
            url=f"/rescue/calls/{call.id}",
        )
