"""The end of a policy as a duty of its holder and its payer, until a renewal is on file or somebody says that
there will be none."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_

from equipment.core.words import N_, Message
from equipment.insurance.models import Policy
from equipment.insurance.rules import Payer
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.storage.db import session

RENEWAL = "policy_renewal"
# House values: no text says how long ahead. Two months leave time for offers, the last week for a call.
STAGES = (
    Stage("ahead_60", 60, (Audience.RESPONSIBLE, Audience.FIRM)),
    Stage("ahead_30", 30, (Audience.RESPONSIBLE, Audience.FIRM)),
    Stage("ahead_7", 7, (Audience.RESPONSIBLE, Audience.FIRM)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.FIRM, Audience.SUPERVISORS)),
)


def renewal_duty(row: Policy, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(
        N_("Lift insurance %(number)s of %(insurer)s ends on %(day)s: renew it"),
        {"number": row.number, "insurer": row.insurer, "day": row.until_on.isoformat()},
    )
    pays = row.payer_id if row.payer is Payer.FIRM and row.payer_id != row.organisation_id else None
    return Duty(
        key=duty_key(RENEWAL, row, row.until_on),
        kind=RENEWAL,
        due_on=row.until_on,
        area=session.get_one(Organisation, row.organisation_id).area,
        text=text,
        link=f"/insurance/{row.organisation_id}/{row.id}",
        category="elevator",
        organisation_id=row.organisation_id,
        firm_id=pays,
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        RENEWAL,
        Policy,
        and_(
            Policy.superseded.is_(False),
            Policy.cancelled_on.is_(None),
            Policy.renewed_by_id.is_(None),
            Policy.lapse_reason == "",
        ),
        renewal_duty,
        Policy.until_on,
        one_list(N_("Lift insurance to renew"), "/insurance?state=expiring", by_day=True),
    ),
)
