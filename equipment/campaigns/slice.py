"""专项行动: what the bureau has its offices check in a campaign, row by row, and what came of it."""

from __future__ import annotations

from datetime import time

from equipment.campaigns import api, home, list_views, models, problem_views, views
from equipment.campaigns.duties import DUTIES
from equipment.campaigns.moments import campaigns_of
from equipment.campaigns.states import CAMPAIGN_CHANGES, CAMPAIGN_ROW_CHANGES
from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

BUREAU = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.campaigns",
    models=models,
    pages=(views.pages, list_views.pages, problem_views.pages),
    api=(api.routes,),
    progress=(home.progress,),
    menu=(
        MenuEntry(
            73, N_("Special campaigns"), "campaign_lists.index", "flag", Thing.CAMPAIGN, BUREAU, "/campaigns"
        ),
    ),
    moments=(campaigns_of,),
    duties=DUTIES,
    states={"Campaign 专项行动": CAMPAIGN_CHANGES, "CampaignRow 专项行动清单行": CAMPAIGN_ROW_CHANGES},
    timed=(Timed("follow_campaigns", N_("Bring campaigns in line with the register"), Daily(time(0, 35))),),
)
