"""Inspections in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.inspections.models import Inspection
from equipment.inspections.qualified import unapproved
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def inspections_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    latest = (
        visible(viewer, Inspection)
        .where(Inspection.equipment_id == equipment.id)
        .order_by(Inspection.happened_at.desc())
        .limit(limit)
    )
    shown = session.scalars(latest).all()
    missing = unapproved(shown)
    for inspection in shown:
        lines: list[Message | str] = (
            [Message(N_("Report %(number)s"), {"number": inspection.report_no})]
            if inspection.report_no
            else []
        )
        if inspection.next_due_on:
            lines.append(Message(N_("Next by %(day)s"), {"day": inspection.next_due_on.isoformat()}))
        if inspection.id in missing:
            lines.append(Message(N_("No approval for self-testing on file")))
        yield Moment(
            inspection.happened_at,
            Message(inspection.kind.label),
            "clipboard-check",
            inspection.conclusion.colour,
            inspection.conclusion,
            lines,
            f"user:{inspection.inspector_id}",
            inspection.organisation_id,
            "inspection",
            url=f"/inspections/{equipment.id}/{inspection.id}",
        )
