"""A list of a running campaign is a duty of its office until every row was checked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, exists

from equipment.campaigns.models import CampaignList, CampaignRow
from equipment.campaigns.queries import campaigns_with
from equipment.campaigns.states import CampaignRowState
from equipment.core.words import N_, Message
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment

LIST = "campaign_list"
# House values: no text says how long ahead. Late, the county hears of it.
STAGES = (
    Stage("ahead_14", 14, (Audience.SUPERVISORS,)),
    Stage("ahead_3", 3, (Audience.SUPERVISORS,)),
    Stage("overdue_1", -1, (Audience.SUPERVISORS, Audience.COUNTY)),
    Stage("overdue_7", -7, (Audience.SUPERVISORS, Audience.COUNTY)),
)


def list_duty(row: CampaignList, _pieces: dict[UUID, Equipment]) -> Duty:
    campaign = campaigns_with([row.campaign_id])[row.campaign_id]
    text = Message(
        N_("Special campaign “%(title)s”: check all rows of your list by %(day)s"),
        {"title": campaign.title, "day": row.until_on.isoformat()},
    )
    return Duty(
        key=duty_key(LIST, row, row.until_on),
        kind=LIST,
        due_on=row.until_on,
        area=row.area,
        text=text,
        link=f"/campaigns/lists/{row.id}",
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        LIST,
        CampaignList,
        and_(
            CampaignList.ended_at.is_(None),
            exists().where(
                CampaignRow.list_id == CampaignList.id, CampaignRow.state == CampaignRowState.TO_CHECK
            ),
        ),
        list_duty,
        CampaignList.until_on,
        one_list(N_("Lists of special campaigns"), "/campaigns", by_day=True),
    ),
)
