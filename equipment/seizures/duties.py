"""The end of a seizure's period as a duty of the office that decided it, while goods are held."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.seizures.models import Seizure
from equipment.seizures.queries import OPEN

PERIOD = "seizure_period"
# House values: no text says how long ahead.
STAGES = (
    Stage("ahead_7", 7, (Audience.SUPERVISORS,)),
    Stage("ahead_2", 2, (Audience.SUPERVISORS, Audience.COUNTY)),
    Stage("overdue_1", -1, (Audience.SUPERVISORS, Audience.COUNTY, Audience.CITY)),
)


def period_duty(row: Seizure, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(
        N_("Seizure %(number)s of %(unit)s ends on %(day)s: release, prolong or settle its goods"),
        {"number": row.number, "unit": row.unit_name, "day": row.until_on.isoformat()},
    )
    return Duty(
        key=duty_key(PERIOD, row, row.until_on),
        kind=PERIOD,
        due_on=row.until_on,
        area=row.area,
        text=text,
        link=f"/seizures/{row.organisation_id}/{row.id}",
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        PERIOD,
        Seizure,
        Seizure.state.in_(OPEN),
        period_duty,
        Seizure.until_on,
        one_list(N_("Seizures whose period ends"), "/seizures?days=soon", by_day=True),
    ),
)
