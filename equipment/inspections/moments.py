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
    found = visible(viewer, Inspection).where(Inspection.equipment_id == equipment.id).order_by(Inspection.happened_at.desc()).limit(limit)
    shown = session.scalars(found).all()
    missing = unapproved(shown)
    for each in shown:
        lines: list[Message | str] = [Message(N_("Report %(number)s"), {"number": each.report_no})] if each.report_no else []
        if each.next_due_on:
            lines.append(Message(N_("Next by %(day)s"), {"day": each.next_due_on.isoformat()}))
        if each.id in missing:
            lines.append(Message(N_("No approval for self-testing on file")))
        yield Moment(each.happened_at, Message(each.kind.label), "clipboard-check", each.conclusion.colour, each.conclusion, lines,
                     f"user:{each.inspector_id}", each.organisation_id, "inspection")
