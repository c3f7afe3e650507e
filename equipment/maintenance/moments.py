"""Maintenance visits in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.dues.kinds import due_kind
from equipment.maintenance.models import Visit
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def visits_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    visits = (
        visible(viewer, Visit)
        .where(Visit.equipment_id == equipment.id)
        .order_by(Visit.opened_at.desc())
        .limit(limit)
    )
    for visit in session.scalars(visits):
        by = f"user:{visit.technicians[0]}" if visit.technicians else ""
        texts = [Message(N_("Signed by %(name)s"), {"name": visit.signer_name})] if visit.signer_name else []
        yield Moment(
            visit.opened_at,
            Message(N_("Maintenance visit: %(kind)s"), {"kind": due_kind(visit.duty).label}),
            "tool",
            visit.shown.colour,
            visit.shown,
            texts,
            by,
            visit.organisation_id,
            "visit",
            url=f"/visits/{equipment.id}/{visit.id}",
        )
