from __future__ import annotations

from datetime import date, timedelta

from drills.models import Drill

from equipment.core.ids import new_id
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session


def hold(piece: Equipment, on: date, *, by: Viewer) -> Drill:
    """A drill was held; the next one is a year later."""
    drill = Drill(
        equipment_id=piece.id,
        id=new_id(),
        area=piece.area,
        category=piece.category,
        organisation_id=piece.use_unit_id,
        planned_on=on,
        held_on=on,
    )
    session.add(drill)
    record(
        session(),
        subject_of("equipment", piece.id),
        "drill.held",
        actor=by.actor,
        payload={"on": on},
        rows=[drill],
    )
    return drill


def plan_next(on: date, *, most: int = 50) -> int:
    """A year after the last one."""
    planned = visible(SYSTEM, Drill).where(Drill.held_on.is_(None)).with_only_columns(Drill.equipment_id)
    last = session.scalars(
        visible(SYSTEM, Drill)
        .where(Drill.held_on.is_not(None), Drill.equipment_id.not_in(planned))
        .limit(most)
    ).all()
    for drill in last:
        session.add(
            Drill(
                equipment_id=drill.equipment_id,
                id=new_id(),
                area=drill.area,
                category=drill.category,
                organisation_id=drill.organisation_id,
                planned_on=drill.planned_on + timedelta(days=365),
            )
        )
    session.flush()
    return len(last)
