"""超期核查: every month each office walks its overdue list, and the county settles what it saw."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.walks import api, desk_views, home, models, views
from equipment.walks.duties import DUTIES
from equipment.walks.moments import walked_of
from equipment.walks.states import WALK_ROW_CHANGES
from equipment.web.slices import MenuEntry, Slice

BUREAU = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.walks",
    models=models,
    pages=(desk_views.pages, views.pages),
    api=(api.routes,),
    cards=(home.home_cards,),
    progress=(home.progress,),
    menu=(
        MenuEntry(
            72, N_("Walks of the overdue list"), "walks.index", "map-pin", Thing.WALK, BUREAU, "/walks"
        ),
    ),
    moments=(walked_of,),
    duties=DUTIES,
    states={"WalkRow 超期核查": WALK_ROW_CHANGES},
    timed=(Timed("follow_walks", N_("Open and follow rounds of the overdue list"), Daily(time(0, 25))),),
)
