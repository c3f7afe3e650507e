"""Accidents in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.accidents.models import Accident
from equipment.accidents.rules import COUNTS
from equipment.accidents.story import NUMBERS
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def accidents_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """When it happened, and where that stands."""
    if not may(viewer, Action.SEE, Thing.ACCIDENT):
        return
    rows = visible(viewer, Accident).where(Accident.equipment_id == equipment.id)
    for row in session.scalars(rows.order_by(Accident.happened_at.desc()).limit(limit)):
        lines: list[Message | str] = [row.what]
        lines.append(Message(NUMBERS, {name: getattr(row, name) for name in COUNTS}))
        if row.level is not None:
            lines.append(Message(row.level.label))
        if row.cleared_at is not None:
            lines.append(Message(N_("The piece was fully checked and cleared.")))
        yield Moment(
            row.happened_at,
            Message(N_("Accident")),
            "alert-octagon",
            row.state.colour,
            row.state,
            lines,
            "",
            row.organisation_id,
            "accident",
            url=f"/accidents/{row.id}",
        )
