"""Duties of transfers (过户): the answer of the other side, and 变更登记 (the change of registration) after."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.places.models import Transfer
from equipment.places.states import TransferState
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.storage.db import session

ANSWER, REGISTRATION = "transfer_answer", "change_registration"
STAGES = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE,)),
    Stage("ahead_3", 3, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.SUPERVISORS)),
)


def answer_duty(row: Transfer, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(N_("Transfer %(number)s waits for your answer"), {"number": row.number})
    return _duty(ANSWER, row, text)


def registration_duty(row: Transfer, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(N_("Do the change of registration of transfer %(number)s"), {"number": row.number})
    return _duty(REGISTRATION, row, text)


def _duty(kind: str, row: Transfer, text: Message) -> Duty:
    day = row.expires_on if kind == ANSWER else row.register_by
    assert day is not None  # the source has looked
    return Duty(
        key=duty_key(kind, row, day),
        kind=kind,
        due_on=day,
        area=session.get_one(Organisation, row.to_id).area,
        text=text,
        link=f"/transfers/{row.id}",
        category="cylinder",
        organisation_id=row.to_id,
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        ANSWER,
        Transfer,
        Transfer.state == TransferState.PROPOSED,
        answer_duty,
        Transfer.expires_on,
        one_list(N_("Transfers to answer"), "/transfers?state=proposed", by_day=True),
    ),
    DutySource(
        REGISTRATION,
        Transfer,
        (Transfer.state == TransferState.ACCEPTED) & Transfer.registered_on.is_(None),
        registration_duty,
        Transfer.register_by,
        one_list(N_("Changes of registration to be done"), "/transfers?state=accepted", by_day=True),
    ),
)
