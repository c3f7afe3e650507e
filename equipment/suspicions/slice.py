"""What the bureau sees of filling and maintenance beyond single records: suspicions, and amounts compared."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.suspicions import home, models, morning_views, views
from equipment.suspicions.states import SUSPICION_CHANGES
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

BUREAU = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.suspicions",
    models=models,
    pages=(morning_views.pages, views.pages),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            125,
            N_("Cylinders watched"),
            "oversight.index",
            "gas-station",
            Thing.FINDING,
            BUREAU,
            "/oversight",
        ),
    ),
    states={"Suspicion 疑点": SUSPICION_CHANGES},
    timed=(
        Timed("mark_photos", N_("Work out marks of photos"), Daily(time(1, 45), catches_up=False)),
        Timed("look_through", N_("Look through fills and visits for suspicions"), Daily(time(2, 30))),
    ),
)
