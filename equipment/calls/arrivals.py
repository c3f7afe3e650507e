"""Arrivals that swipes show by themselves, and what the page of a lift says first: the answers to the hooks
of maintenance, which lies to the left."""

from __future__ import annotations

from uuid import UUID

from equipment.calls.actions import arrive
from equipment.calls.queries import call_at, firms_at, open_call_at
from equipment.calls.states import ArrivalHow
from equipment.maintenance.hooks import RescueNotice, RescueSwipe
from equipment.people.rules import Action, Thing, Viewer, may


def reached(swipe: RescueSwipe, by: Viewer) -> None:
    """The first swipe of a technician of the firms at this call is their arrival."""
    call = open_call_at(swipe.equipment_id)
    if call is None or swipe.firm_id not in firms_at(call):
        return
    at = max(swipe.at, call.called_at)
    arrive(call, at, ArrivalHow.SWIPE, by=by, person_id=swipe.person_id, doubted=swipe.doubted)


def notice(viewer: Viewer, equipment_id: UUID) -> RescueNotice | None:
    call = call_at(viewer, equipment_id) if may(viewer, Action.SEE, Thing.CALL) else None
    return RescueNotice(call.called_at, call.trapped, f"/rescue/calls/{call.id}") if call else None
