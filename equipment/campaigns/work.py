"""What campaigns leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.campaigns import printing
from equipment.campaigns.following import follow
from equipment.campaigns.listing import row_table
from equipment.campaigns.models import Campaign
from equipment.campaigns.queries import campaign_of, campaigns
from equipment.campaigns.states import CampaignState
from equipment.people.rules import SYSTEM
from equipment.storage.db import session, transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def follow_campaigns(_on: date) -> dict[str, int]:
    """Every running campaign in line with the register; run twice for one day it does the same once."""
    running = campaigns(SYSTEM).where(Campaign.state == CampaignState.RUNNING).with_only_columns(Campaign.id)
    numbers = {"joined": 0, "dropped": 0, "moved": 0, "back": 0}
    for campaign_id in session.scalars(running).all():
        with transaction():
            night = follow(campaign_of(SYSTEM, campaign_id), by=SYSTEM)
        numbers = {name: numbers[name] + getattr(night, name) for name in numbers}
    return numbers


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "campaigns.rows": list_maker(row_table),
            "campaigns.summary": printing.print_summary,
            "campaigns.workbook": printing.write_campaign_workbook,
        },
        timed={"follow_campaigns": follow_campaigns},
        drawing=("equipment.campaigns.printing",),
    )
