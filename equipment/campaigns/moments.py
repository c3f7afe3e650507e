"""What campaigns asked of a piece and what was seen there, in its life; for the bureau alone."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.campaigns.models import CampaignRow
from equipment.campaigns.queries import campaigns_with, problems_of_rows
from equipment.campaigns.states import CampaignRowState
from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def campaigns_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each row of this piece that was checked, left its campaign or was never checked."""
    if not viewer.oversees:
        return
    rows = visible(viewer, CampaignRow).where(
        CampaignRow.equipment_id == equipment.id, CampaignRow.state != CampaignRowState.TO_CHECK
    )
    newest = session.scalars(
        rows.order_by(CampaignRow.happened_at.desc(), CampaignRow.id.desc()).limit(limit)
    )
    shown = newest.all()
    if not shown:
        return
    campaigns, problems = campaigns_with([row.campaign_id for row in shown]), problems_of_rows(shown)
    for row in shown:
        campaign = campaigns[row.campaign_id]
        lines: list[Message | str] = [f"{campaign.title} {campaign.document}".strip()]
        lines += [problem.text for problem in problems[row.id]]
        for why in (row.absent_why, row.dropping):
            if why is not None:
                lines.append(Message(why.label))
        if row.same_as is not None:
            lines.append(Message(N_("Settled by the check for another campaign")))
        if row.note:
            lines.append(row.note)
        yield Moment(
            row.happened_at or campaign.ended_at or campaign.issued_at or campaign.created_at,
            Message(N_("Special campaign")),
            "flag",
            row.state.colour,
            row.state,
            lines,
            f"user:{row.checked_by}" if row.checked_by else "",
            kind="campaign",
            url=f"/campaigns/lists/{row.list_id}#row-{row.id}",
        )
