"""What slices to the right have to say on the floor."""

from __future__ import annotations

from uuid import UUID

from equipment.core.followers import Provider
from equipment.core.words import Message


def _nothing(_station_id: UUID) -> Message | None:
    return None


# (a station) -> what its floor should know before the first bottle; it refuses no fill
floor_notice = Provider[[UUID], Message | None](_nothing)
