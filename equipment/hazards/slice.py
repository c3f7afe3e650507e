"""Found, confirmed, rectified, re-checked."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.dues import lists as due_lists
from equipment.hazards import actions, home, models, queries, step_views, views
from equipment.hazards.duties import DUTIES
from equipment.hazards.moments import findings_of, hazards_of
from equipment.hazards.rules import FINDING_CHANGES, HAZARD_CHANGES
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

ANSWERING = frozenset({Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.hazards",
    models=models,
    pages=(views.pages, step_views.pages),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(62, N_("Hazards"), "hazards.index", "alert-triangle", Thing.HAZARD, ANSWERING, "/hazards"),
    ),
    duties=DUTIES,
    moments=(findings_of, hazards_of),
    answers=((due_lists.open_hazards, queries.open_on),),
    states={"Finding 问题": FINDING_CHANGES, "Hazard 隐患": HAZARD_CHANGES},
    on_change=(actions.follow,),
)
