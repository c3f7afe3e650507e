from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import click
from flask.cli import with_appcontext
from rehearsals import api, models, views
from rehearsals.models import Rehearsal

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


class RehearsalDue(Labelled):
    REPORT = "rehearsal_report", "Rehearsal report", "blue"


def plan(pieces: Sequence[Equipment], _on: date) -> Mapping[UUID, Sequence[SliceDue]]:
    """The report of a rehearsal is due thirty days after it was held."""
    held = visible(SYSTEM, Rehearsal).where(
        Rehearsal.equipment_id.in_([piece.id for piece in pieces]), Rehearsal.held_on.is_not(None)
    )
    return {
        rehearsal.equipment_id: (
            SliceDue(
                RehearsalDue.REPORT,
                rehearsal.planned_on + timedelta(days=30),
                Citation("Made up"),
                Message("After the rehearsal"),
            ),
        )
        for rehearsal in session.scalars(held)
    }


def card(viewer: Viewer) -> list[HomeCard]:
    return [
        HomeCard(
            "rehearsals",
            Message("Rehearsals"),
            len(session.scalars(visible(viewer, Rehearsal)).all()),
            "/rehearsals",
        )
    ]


def moments_of(viewer: Viewer, piece: Equipment, limit: int | None) -> Iterator[Moment]:
    for rehearsal in session.scalars(
        visible(viewer, Rehearsal)
        .where(Rehearsal.equipment_id == piece.id, Rehearsal.held_on.is_not(None))
        .limit(limit)
    ):
        yield Moment(
            datetime.combine(rehearsal.planned_on, time(), tzinfo=SITE),
            Message("Emergency rehearsal"),
            "alarm",
            kind="rehearsal",
        )


def duty(row: Rehearsal, pieces: dict[object, Equipment]) -> Duty:
    return Duty(
        key=duty_key("rehearsal", row, row.planned_on),
        kind="rehearsal",
        due_on=row.planned_on,
        area=row.area,
        link="/rehearsals",
        text=Message("Rehearsal at %(piece)s", {"piece": piece_name(pieces.get(row.equipment_id))}),
        equipment_id=row.equipment_id,
        organisation_id=row.organisation_id,
        stages=STAGES,
    )


@click.command("rehearsals")
@with_appcontext
def count() -> None:
    """How many rehearsals are on file."""
    click.echo(f"{len(session.scalars(visible(SYSTEM, Rehearsal)).all())} rehearsals")


SLICE = Slice(
    package="rehearsals",
    models=models,
    pages=(views.pages,),
    api=(api.routes,),
    cards=(card,),
    commands=(count,),
    moments=(moments_of,),
    due_kinds=(RehearsalDue,),
    plans=(plan,),
    menu=(
        MenuEntry(
            125,
            "Rehearsals",
            "rehearsals.index",
            "alarm",
            Thing.EQUIPMENT,
            frozenset({Role.SAFETY_OFFICER}),
            "/rehearsals",
        ),
    ),
    duties=(DutySource("rehearsal", Rehearsal, Rehearsal.held_on.is_(None), duty, Rehearsal.planned_on),),
    timed=(Timed("plan_rehearsals", "Plan rehearsals", Daily(time(0, 5))),),
)
