"""A round is a duty of its office until every row was walked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists

from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.walks.models import Walk, WalkRow
from equipment.walks.states import WalkRowState

ROUND = "walk_round"
# House values: no text says how long ahead. A week leaves time to plan the way; late, the county hears of it.
STAGES = (
    Stage("ahead_7", 7, (Audience.SUPERVISORS,)),
    Stage("ahead_2", 2, (Audience.SUPERVISORS,)),
    Stage("overdue_1", -1, (Audience.SUPERVISORS, Audience.COUNTY)),
    Stage("overdue_7", -7, (Audience.SUPERVISORS, Audience.COUNTY)),
)


def round_duty(row: Walk, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(
        N_("Walk of the overdue list %(number)s: walk all its rows by %(day)s"),
        {"number": row.number, "day": row.due_on.isoformat()},
    )
    return Duty(
        key=duty_key(ROUND, row, row.due_on),
        kind=ROUND,
        due_on=row.due_on,
        area=row.area,
        text=text,
        link=f"/walks/{row.id}",
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        ROUND,
        Walk,
        exists().where(WalkRow.walk_id == Walk.id, WalkRow.state == WalkRowState.TO_WALK),
        round_duty,
        Walk.due_on,
        one_list(N_("Rounds of the overdue list"), "/walks", by_day=True),
    ),
)
