"""Verification and own check as duties of whoever has the instrument."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.duties import BEFORE_AND_AFTER
from equipment.instruments.models import Instrument
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Duty, DutyKind
from equipment.register.models import Equipment
from equipment.storage.db import session

VERIFICATION, OWN_CHECK = "instrument", "instrument_check"


def verification_duty(row: Instrument, _pieces: dict[UUID, Equipment]) -> Duty:
    day = row.verified_until or clock.today()
    text = Message(
        N_("Verification of %(name)s %(number)s by %(day)s"),
        {"name": row.name, "number": row.number, "day": day.isoformat()},
    )
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(
        key=duty_key(VERIFICATION, row, day),
        kind=DutyKind.PAPER,
        due_on=day,
        area=owner.area,
        text=text,
        link=f"/instruments/{row.id}",
        organisation_id=row.organisation_id,
    )


def check_duty(row: Instrument, _pieces: dict[UUID, Equipment]) -> Duty:
    day = row.check_due_on or clock.today()
    text = Message(
        N_("Own check of %(name)s %(number)s by %(day)s"),
        {"name": row.name, "number": row.number, "day": day.isoformat()},
    )
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(
        key=duty_key(OWN_CHECK, row, day),
        kind=OWN_CHECK,
        due_on=day,
        area=owner.area,
        text=text,
        link=f"/instruments/{row.id}",
        organisation_id=row.organisation_id,
        stages=BEFORE_AND_AFTER,
    )


DUTIES = (
    DutySource(
        VERIFICATION,
        Instrument,
        and_(Instrument.active, Instrument.statutory, Instrument.verified_until.is_not(None)),
        verification_duty,
        Instrument.verified_until,
        one_list(N_("Instruments to be verified"), "/instruments?verified=due&state=in_use", by_day=True),
    ),
    DutySource(
        OWN_CHECK,
        Instrument,
        and_(Instrument.active, Instrument.check_due_on.is_not(None)),
        check_duty,
        Instrument.check_due_on,
        one_list(N_("Own checks of instruments"), "/instruments?check=due", by_day=True),
    ),
)
