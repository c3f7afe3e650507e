"""What maintenance asks of slices to the right: of the one that takes rescue calls (困人救援), and of the one
that firms upload to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from equipment.core.followers import Provider
from equipment.people.rules import Viewer


class RescueNotice(NamedTuple):
    """A rescue that is under way at a lift: since when, how many people are inside, and its page."""

    called_at: datetime
    trapped: int | None
    url: str


class RescueSwipe(NamedTuple):
    """A technician's swipe at a lift from which a call came: it shows that he is there. `at` is the instant
    it counts at."""

    equipment_id: UUID
    person_id: UUID
    firm_id: UUID | None
    at: datetime
    doubted: bool


rescue_waits = Provider[[UUID], object]()  # the call from this lift that waits for somebody, None without
rescue_reached = Provider[[RescueSwipe, Viewer], None]()  # a swipe that was not refused, at such a lift
# (visits) -> the numbers that the firms' own systems know them by
own_numbers = Provider[[Collection[UUID]], Mapping[UUID, str]](lambda _visits: {})
rescue_notice = Provider[[Viewer, UUID], RescueNotice | None]()  # what the page of a lift says first
