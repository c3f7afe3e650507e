from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import click
from drills import api, models, views
from drills.models import Drill
from flask.cli import with_appcontext

from equipment.core.clock import SITE
from equipment.core.figures import HomeCard
from equipment.core.verdict import Citation
from equipment.core.words import Labelled, Message
from equipment.dues.kinds import SliceDue
from equipment.people.rules import SYSTEM, Role, Thing, Viewer
from equipment.people.scope import visible
from equipment.register.duties import DutySource, duty_key, piece_name
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

STAGES = (Stage("overdue_1", -1, (Audience.SUPERVISORS,)), Stage("ahead_30", 30, (Audience.RESPONSIBLE,)))


class DrillDue(Labelled):
    REPORT = "drill_report", "Drill report", "blue"


def plan(pieces: Sequence[Equipment], _on: date) -> Mapping[UUID, Sequence[SliceDue]]:
    """The report of a drill is due thirty days after it was held."""
    held = visible(SYSTEM, Drill).where(
        Drill.equipment_id.in_([piece.id for piece in pieces]), Drill.held_on.is_not(None)
    )
    return {
        drill.equipment_id: (
            SliceDue(
                DrillDue.REPORT,
                drill.planned_on + timedelta(days=30),
                Citation("Made up"),
                Message("After the drill"),
            ),
        )
        for drill in session.scalars(held)
    }


def card(viewer: Viewer) -> list[HomeCard]:
    return [
        HomeCard("drills", Message("Drills"), len(session.scalars(visible(viewer, Drill)).all()), "/drills")
    ]


def moments_of(viewer: Viewer, piece: Equipment, limit: int | None) -> Iterator[Moment]:
    for drill in session.scalars(
        visible(viewer, Drill).where(Drill.equipment_id == piece.id, Drill.held_on.is_not(None)).limit(limit)
    ):
        yield Moment(
            datetime.combine(drill.planned_on, time(), tzinfo=SITE),
            Message("Emergency drill"),
            "alarm",
            kind="drill",
        )


def duty(row: Drill, pieces: dict[object, Equipment]) -> Duty:
    return Duty(
        key=duty_key("drill", row, row.planned_on),
        kind="drill",
        due_on=row.planned_on,
        area=row.area,
        link="/drills",
        text=Message("Drill at %(piece)s", {"piece": piece_name(pieces.get(row.equipment_id))}),
        equipment_id=row.equipment_id,
        organisation_id=row.organisation_id,
        stages=STAGES,
    )


@click.command("drills")
@with_appcontext
def count() -> None:
    """How many drills are on file."""
    click.echo(f"{len(session.scalars(visible(SYSTEM, Drill)).all())} drills")


SLICE = Slice(
    package="drills",
    models=models,
    pages=(views.pages,),
    api=(api.routes,),
    cards=(card,),
    commands=(count,),
    moments=(moments_of,),
    due_kinds=(DrillDue,),
    plans=(plan,),
    menu=(
        MenuEntry(
            125,
            "Drills",
            "drills.index",
            "alarm",
            Thing.EQUIPMENT,
            frozenset({Role.SAFETY_OFFICER}),
            "/drills",
        ),
    ),
    duties=(DutySource("drill", Drill, Drill.held_on.is_(None), duty, Drill.planned_on),),
    timed=(Timed("plan_drills", "Plan drills", Daily(time(0, 5))),),
)
