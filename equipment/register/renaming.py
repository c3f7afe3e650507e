"""The search index after an organisation was renamed: the entries of its pieces hold its name, and are
written again chunk by chunk."""

from __future__ import annotations

from bisect import bisect_right
from uuid import UUID

from flask_babel import get_locale, gettext
from sqlalchemy import Select, or_

from equipment.core.words import N_
from equipment.ledger.actions import locked_heads, subject_of
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register import search
from equipment.register.checking import PARTIES
from equipment.register.models import Equipment
from equipment.register.search import CHUNK
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue, remember
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task

REINDEX = "register.reindex"
TITLE = N_("Make the pieces of %(name)s found by its new name")


def enqueue_reindex(organisation: Organisation, by: Viewer) -> None:
    """What follows a new name (people/hooks.py): nothing for an organisation without pieces."""
    if session.scalar(_pieces_of(organisation.id).limit(1)) is not None:
        enqueue(
            REINDEX,
            {"organisation": str(organisation.id)},
            by=by,
            title=gettext(TITLE, name=organisation.name),
            locale=str(get_locale()),
        )


def reindex(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.reindex`: it goes on after the piece it came to, and writes what the database says
    at that moment."""
    organisation_id = UUID(task.stated.text("organisation"))
    ids = session.scalars(_pieces_of(organisation_id).order_by(Equipment.id)).all()
    begun = bisect_right(ids, UUID(task.stated.text("after"))) if "after" in task.input else 0
    progress.done, progress.total = begun, len(ids)
    for start in range(begun, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        with transaction() as current:
            # Whoever changes one of them now comes before or after.
            locked_heads(
                current.connection(), [subject_of("equipment", equipment_id) for equipment_id in chunk]
            )
            search.index(current.connection(), chunk)
            remember(task, after=str(chunk[-1]))
        progress.advance(len(chunk))
    return TaskOutcome(summary={"pieces": len(ids)}, link=f"/organisations/{organisation_id}")


def _pieces_of(organisation_id: UUID) -> Select[UUID]:
    """The ids of the pieces that it owns, uses, maintains or inspects."""
    mine = or_(*(getattr(Equipment, party) == organisation_id for party in PARTIES))
    return visible(SYSTEM, Equipment).where(mine).with_only_columns(Equipment.id)
