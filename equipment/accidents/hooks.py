"""What an accident asks of what lies to its right: the rescue call that it came from."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from equipment.core.followers import Provider
from equipment.people.rules import Viewer


class HurtCall(NamedTuple):
    """What a rescue call knows of an accident."""

    equipment_id: UUID | None
    happened_at: datetime
    place: str
    trapped: int
    injured: int
    what: str


def _nobody(_viewer: Viewer, _call_id: UUID) -> HurtCall | None:
    return None


call_facts = Provider[[Viewer, UUID], "HurtCall | None"](_nobody)
