"""What somebody must see to about contracts: one that ends soon and is followed by none, one that waits
for the
use unit's word, and lifts to be taken over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from equipment.contracts.models import Contract, Handover
from equipment.contracts.queries import is_followed
from equipment.contracts.states import RUNNING, UNANSWERED, HandoverState
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.storage.db import session

ENDS, ANSWER, TAKE = "contract_ends", "contract_answer", "handover"
BOTH = (Audience.RESPONSIBLE, Audience.FIRM)
ENDING = (
    Stage("ahead_60", 60, BOTH),
    Stage("ahead_30", 30, BOTH),
    Stage("ahead_7", 7, (*BOTH, Audience.SUPERVISORS)),
)
ANSWERING = (Stage("new", ALWAYS, (Audience.RESPONSIBLE,)),)
TAKING = (Stage("new", ALWAYS, (Audience.FIRM,)), Stage("overdue_7", -7, (Audience.FIRM,)))


def ending_duty(row: Contract, _pieces: dict[UUID, Equipment]) -> Duty:
    firm = session.get_one(Organisation, row.organisation_id).name
    text = N_("Maintenance contract %(number)s of %(firm)s ends on %(day)s, and none follows")
    facts = {"number": row.number, "firm": firm, "day": row.last_on.isoformat()}
    return _of_contract(ENDS, row, Message(text, facts), ENDING)


def answer_duty(row: Contract, _pieces: dict[UUID, Equipment]) -> Duty:
    firm = session.get_one(Organisation, row.organisation_id).name
    text = N_(
        "%(firm)s states that it maintains your lifts under contract %(number)s: confirm it, or decline it"
    )
    return _of_contract(ANSWER, row, Message(text, {"firm": firm, "number": row.number}), ANSWERING)


def _of_contract(kind: str, row: Contract, text: Message, stages: tuple[Stage, ...]) -> Duty:
    day = row.last_on if kind == ENDS else clock.site_day(row.entered_at) + timedelta(days=7)
    return Duty(
        key=duty_key(kind, row, day),
        kind=kind,
        due_on=day,
        area=session.get_one(Organisation, row.use_unit_id).area,
        text=text,
        link=f"/contracts/{row.id}",
        category="elevator",
        organisation_id=row.use_unit_id,
        firm_id=row.organisation_id,
        stages=stages,
    )


def taking_duty(row: Handover, _pieces: dict[UUID, Equipment]) -> Duty:
    former = session.get_one(Organisation, row.organisation_id).name
    text = Message(
        N_("Take over %(number)d lifts that %(firm)s left on %(day)s"),
        {"number": len(row.lifts), "firm": former, "day": row.on.isoformat()},
    )
    return Duty(
        key=duty_key(TAKE, row, row.on),
        kind=TAKE,
        due_on=row.on,
        area=row.area,
        text=text,
        link=f"/handovers/{row.id}",
        category="elevator",
        organisation_id=row.use_unit_id,
        firm_id=row.to_id,
        stages=TAKING,
    )


DUTIES = (
    DutySource(
        ENDS,
        Contract,
        Contract.state.in_(RUNNING) & ~is_followed(),
        ending_duty,
        Contract.until_on,
        one_list(N_("Contracts ending soon"), "/contracts?ending=60", by_day=True),
    ),
    DutySource(
        ANSWER,
        Contract,
        Contract.state.in_(UNANSWERED),
        answer_duty,
        None,
        one_list(N_("Contracts to confirm"), "/contracts?state=stated"),
    ),
    DutySource(
        TAKE,
        Handover,
        (Handover.state == HandoverState.OPEN) & Handover.to_id.is_not(None),
        taking_duty,
        Handover.on,
        one_list(N_("Lifts to take over"), "/handovers?state=open"),
    ),
)
