"""Where a bottle was, in its life."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import Message
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.places.models import Whereabouts
from equipment.places.states import PlaceEvent
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.regulation.categories import category
from equipment.storage.db import session

# What other slices tell of themselves: a scan and a fill need no second point.
TOLD_ELSEWHERE = (PlaceEvent.SCANNED, PlaceEvent.FILLED)


def whereabouts_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each place it came to."""
    if not category(equipment.category).filled:
        return
    rows = (
        visible(viewer, Whereabouts)
        .where(Whereabouts.equipment_id == equipment.id, Whereabouts.event.not_in(TOLD_ELSEWHERE))
        .order_by(Whereabouts.from_at.desc())
        .limit(limit)
    )
    for row in session.scalars(rows):
        yield Moment(
            row.from_at,
            Message(PlaceEvent(row.event).label),
            "map-pin",
            row.state.colour,
            row.state,
            organisation_id=row.organisation_id,
            kind="place",
            url=f"/places/{equipment.id}",
        )
