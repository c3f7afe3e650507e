"""An alarm that a lift reported of itself becomes a rescue call, when a person says so."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import literal

from equipment.calls.queries import open_call_at
from equipment.calls.states import CallKind, CallSource
from equipment.calls.taking import CallDraft, take
from equipment.core.errors import Conflict
from equipment.core.words import N_
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.telemetry.models import LiftEvent
from equipment.telemetry.states import FaultCode

NO_CENTRE = N_("No rescue centre takes calls for this area: ring the platform, or the firm's duty phone.")


def call_of_event(event: LiftEvent, by: Viewer) -> UUID:
    """The call that is under way at the lift, or a new one on the desk of its area's centre."""
    running = open_call_at(event.equipment_id)
    if running is not None:
        return running.id
    centres = visible(SYSTEM, Organisation).where(
        Organisation.kind == OrganisationKind.CENTRE,
        Organisation.active,
        literal(event.area).startswith(Organisation.area),
    )
    centre = session.scalar(centres.order_by(Organisation.area.desc()).limit(1))
    if centre is None:
        raise Conflict({"state": NO_CENTRE})
    at_desk = replace(by, organisation_id=centre.id, organisation_kind=centre.kind, area=centre.area)
    trapped = event.code is FaultCode.TRAPPED or event.code is FaultCode.ALARM_BUTTON
    draft = CallDraft(
        id=event.id,
        called_at=event.happened_at,
        source=CallSource.GATEWAY,
        equipment_id=event.equipment_id,
        kind=CallKind.TRAPPED if trapped else CallKind.FAULT,
        narrative=event.text,
    )
    return take(draft, by=at_desk).id
