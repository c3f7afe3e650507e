"""A rescue call in which people were hurt, as an accident is reported from it."""

from __future__ import annotations

from uuid import UUID

from equipment.accidents.hooks import HurtCall
from equipment.calls.models import RescueCall
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.storage.db import session


def facts_for_accident(viewer: Viewer, call_id: UUID) -> HurtCall | None:
    """What the call knows, if the viewer may see it; None otherwise."""
    wanted = visible(viewer, RescueCall).where(RescueCall.id == call_id, RescueCall.superseded.is_(False))
    call = session.scalar(wanted)
    if call is None:
        return None
    trapped = call.people if call.people is not None else call.trapped
    return HurtCall(
        call.equipment_id, call.called_at, call.address, trapped or 0, call.injured or 0, call.narrative
    )
