"""How far the running campaigns are, on the first pages of the bureau."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import url_for

from equipment.campaigns.models import CampaignList
from equipment.campaigns.queries import (
    COUNTED,
    CampaignProgress,
    campaigns_with,
    progress_by_list,
    running_lists,
)
from equipment.campaigns.rules import days_left
from equipment.campaigns.states import CampaignRowState
from equipment.core import clock
from equipment.core.figures import WorkByArea
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.storage.db import session


def progress(viewer: Viewer) -> list[WorkByArea]:
    """Each running campaign with its lists in the viewer's area; nothing where no campaign runs."""
    if not (viewer.oversees and may(viewer, Action.SEE, Thing.CAMPAIGN)):
        return []
    lists = session.scalars(running_lists(viewer).order_by(CampaignList.until_on, CampaignList.id)).all()
    counts = progress_by_list(viewer, {one.campaign_id for one in lists})
    by_campaign: dict[UUID, list[CampaignList]] = {}
    for one in lists:
        by_campaign.setdefault(one.campaign_id, []).append(one)
    titles = campaigns_with(by_campaign)
    return [
        _work(campaign_id, titles[campaign_id].title, members, counts)
        for campaign_id, members in by_campaign.items()
    ]


def _work(
    campaign_id: UUID, title: str, lists: Sequence[CampaignList], counts: dict[UUID, CampaignProgress]
) -> WorkByArea:
    of_lists = {one.area: counts.get(one.id, CampaignProgress()) for one in lists}
    total = sum(of_lists.values(), CampaignProgress())
    until = min((one.until_on for one in lists if of_lists[one.area].to_check), default=None)

    def rows(state: str) -> str:
        return url_for("campaigns.rows", campaign_id=campaign_id, state=state)

    return WorkByArea(
        title,
        {area: (each.rows - each.to_check, each.rows) for area, each in of_lists.items()},
        rows(CampaignRowState.TO_CHECK.value),
        rows(COUNTED),
        until,
        _note(total, until, clock.today()),
    )


def _note(total: CampaignProgress, until_on: date | None, today: date) -> Message:
    stated: dict[str, object] = {
        "done": total.checked,
        "total": total.rows,
        "found": total.problems,
        "open": total.open,
    }
    if until_on is None:
        return Message(N_("%(done)d of %(total)d checked; %(found)d problems, %(open)d open"), stated)
    days = days_left(until_on, today)
    if days < 0:
        text = N_("%(done)d of %(total)d checked, %(days)d days late; %(found)d problems, %(open)d open")
        return Message(text, stated | {"days": -days})
    text = N_("%(done)d of %(total)d checked, %(days)d days left; %(found)d problems, %(open)d open")
    return Message(text, stated | {"days": days})
