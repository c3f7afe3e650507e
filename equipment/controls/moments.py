"""Problems of daily controls in the life of the piece they were found at."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.controls.models import ControlFinding, DailyControl
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def controls_of_piece(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each daily control that found something at the piece, the newest first."""
    if not may(viewer, Action.SEE, Thing.CONTROL):
        return
    rows = (
        visible(viewer, DailyControl)
        .join(ControlFinding, ControlFinding.control_id == DailyControl.id)
        .where(ControlFinding.equipment_id == equipment.id, DailyControl.superseded_by.is_(None))
        .add_columns(ControlFinding)
        .order_by(DailyControl.counted_at.desc(), ControlFinding.no)
        .limit(limit)
    )
    for control, problem in session.execute(rows):
        yield Moment(
            control.counted_at,
            Message(N_("Daily control of %(day)s: problem found"), {"day": control.on.isoformat()}),
            "list-check",
            problem.grade.colour,
            problem.grade,
            [problem.text],
            organisation_id=control.organisation_id,
            kind="control",
            url=f"/controls/daily/{control.organisation_id}/{control.id}",
        )
