"""What this slice reminds of: duty phones to be confirmed. Drills are duties of organisations
(dues/duties.py)."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.rescue.models import DutyPhone
from equipment.rescue.rules import SOON_DAYS, spelt_phone
from equipment.storage.db import session

PHONE = "duty_phone"
# These days are choices of this product, as those of reminders/stages.toml.
STAGES = (
    Stage(f"ahead_{SOON_DAYS}", SOON_DAYS, (Audience.RESPONSIBLE,)),
    Stage("today", 0, (Audience.RESPONSIBLE,)),
    Stage("overdue_7", -7, (Audience.RESPONSIBLE, Audience.SUPERVISORS)),
)


def phone_duty(row: DutyPhone, _pieces: dict[UUID, Equipment]) -> Duty:
    """The organisation confirms its number again before the last confirmation has run out."""
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(
        key=duty_key(PHONE, row, row.confirm_by),
        kind=PHONE,
        due_on=row.confirm_by,
        area=owner.area,
        text=Message(
            N_("%(who)s: duty phone %(number)s to be confirmed by %(day)s"),
            {"who": owner.name, "number": spelt_phone(row.digits), "day": row.confirm_by.isoformat()},
        ),
        link=f"/rescue/organisations/{row.organisation_id}",
        organisation_id=row.organisation_id,
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        PHONE,
        DutyPhone,
        DutyPhone.ended_at.is_(None),
        phone_duty,
        DutyPhone.confirm_by,
        one_list(N_("Duty phones to confirm"), "/rescue/phones?state=open", by_day=True),
    ),
)
