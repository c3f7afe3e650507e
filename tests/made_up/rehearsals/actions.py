from __future__ import annotations

from datetime import date, timedelta

from rehearsals.models import Rehearsal

from equipment.core.ids import new_id
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session


def hold(piece: Equipment, on: date, *, by: Viewer) -> Rehearsal:
    """A rehearsal was held; the next one is a year later."""
    rehearsal = Rehearsal(
        equipment_id=piece.id,
        id=new_id(),
        area=piece.area,
        category=piece.category,
        organisation_id=piece.use_unit_id,
        planned_on=on,
        held_on=on,
    )
    session.add(rehearsal)
    record(
        session(),
        subject_of("equipment", piece.id),
        "rehearsal.held",
        actor=by.actor,
        payload={"on": on},
        rows=[rehearsal],
    )
    return rehearsal


def plan_next(on: date, *, most: int = 50) -> int:
    """A year after the last one."""
    planned = (
        visible(SYSTEM, Rehearsal)
        .where(Rehearsal.held_on.is_(None))
        .with_only_columns(Rehearsal.equipment_id)
    )
    last = session.scalars(
        visible(SYSTEM, Rehearsal)
        .where(Rehearsal.held_on.is_not(None), Rehearsal.equipment_id.not_in(planned))
        .limit(most)
    ).all()
    for rehearsal in last:
        session.add(
            Rehearsal(
                equipment_id=rehearsal.equipment_id,
                id=new_id(),
                area=rehearsal.area,
                category=rehearsal.category,
                organisation_id=rehearsal.organisation_id,
                planned_on=rehearsal.planned_on + timedelta(days=365),
            )
        )
    session.flush()
    return len(last)
