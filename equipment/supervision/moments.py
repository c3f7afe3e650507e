"""Supervision checks in the life of the pieces that were looked at."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session
from equipment.supervision.models import CheckedPiece, SupervisionCheck


def checks_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each check that looked at the piece, the newest first."""
    if not may(viewer, Action.SEE, Thing.CHECK):
        return
    rows = (
        visible(viewer, SupervisionCheck)
        .join(CheckedPiece, CheckedPiece.check_id == SupervisionCheck.id)
        .where(CheckedPiece.equipment_id == equipment.id, SupervisionCheck.superseded_by.is_(None))
    )
    newest = rows.order_by(SupervisionCheck.began_at.desc(), SupervisionCheck.id).limit(limit)
    for check in session.scalars(newest):
        yield Moment(
            check.began_at,
            Message(N_("Supervision check %(number)s"), {"number": check.number}),
            "checklist",
            "green" if check.no_problem else "amber",
            check.kind,
            [check.unit["name"], N_("Nothing wrong") if check.no_problem else N_("Problems found")],
            organisation_id=check.organisation_id,
            kind="check",
            url=f"/supervision/checks/{check.organisation_id}/{check.id}",
        )
