"""Faults and alarms in the life of a lift."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.telemetry.models import LiftEvent


def events_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    if not category(equipment.category).visit_kinds:  # nothing else has a gateway
        return
    events = (
        visible(viewer, LiftEvent)
        .where(LiftEvent.equipment_id == equipment.id)
        .order_by(LiftEvent.happened_at.desc())
        .limit(limit)
    )
    for event in session.scalars(events):
        yield Moment(
            event.happened_at,
            Message(N_("Reported by the lift: %(what)s"), {"what": event.code.label}),
            "cpu",
            event.code.colour,
            event.state,
            [event.text] if event.text else (),
            f"device:{event.device_id}",
            event.organisation_id,
            "telemetry",
            url=f"/telemetry/events/{equipment.id}/{event.id}",
        )
