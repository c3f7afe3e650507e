"""Filings that wait for the county or the city."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.on_demand.models import PilotFiling
from equipment.on_demand.states import FilingState
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.storage.db import session

WAITING = "filing"
ANSWER_DAYS = 15  # a house value: no text at hand says how soon the bureau answers
STAGES = (
    Stage("new", ALWAYS, (Audience.COUNTY, Audience.CITY)),
    Stage("overdue_1", -1, (Audience.COUNTY, Audience.CITY)),
)


def filing_duty(row: PilotFiling, _pieces: dict[UUID, Equipment]) -> Duty:
    firm = session.get_one(Organisation, row.organisation_id)
    day = clock.site_day(row.entered_at) + timedelta(days=ANSWER_DAYS)
    return Duty(
        key=duty_key(WAITING, row, day),
        kind=WAITING,
        due_on=day,
        area=row.area or firm.area,
        text=Message(N_("%(firm)s applies for maintenance on demand"), {"firm": firm.name}),
        link=f"/on-demand/filings/{row.organisation_id}/{row.id}",
        category="elevator",
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        WAITING,
        PilotFiling,
        PilotFiling.state == FilingState.APPLIED,
        filing_duty,
        topic=one_list(N_("Filings for maintenance on demand to decide"), "/on-demand/filings?state=applied"),
    ),
)
