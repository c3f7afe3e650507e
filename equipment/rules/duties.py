"""An announced value of a rule as a duty: those concerned hear of it ahead of its day."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func

from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.register.duties import DutySource, duty_key
from equipment.register.duty_rules import Duty, DutyKind
from equipment.register.models import Equipment
from equipment.rules.models import Announcement
from equipment.storage.db import session

MOVES = N_("From %(day)s the rule %(key)s has another value: it moves the days of %(moved)s of your pieces")
BLOCKS = N_(
    "From %(day)s the rule %(key)s has another value: "
    "it moves the days of %(moved)s of your pieces, and %(blocked)s "
    "bottles cannot be filled after that day unless they are inspected by then"
)


def announcement_duty(row: Announcement, _pieces: dict[UUID, Equipment]) -> Duty:
    owner = session.get_one(Organisation, row.organisation_id)
    figures = {"day": row.since.isoformat(), "key": row.key, "moved": row.moved, "blocked": row.blocked}
    return Duty(
        key=duty_key("rule", row, row.since),
        kind=DutyKind.RULE,
        due_on=row.since,
        area=owner.area,
        text=Message(BLOCKS if row.blocked else MOVES, figures),
        link=f"/rules/{row.category}/{row.key}",
        organisation_id=row.organisation_id,
        category=row.category,
    )


DUTIES = (
    DutySource(
        "rule", Announcement, Announcement.since >= func.current_date(), announcement_duty, Announcement.since
    ),
)
