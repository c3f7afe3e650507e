"""计量: scales, gauges and meters of any unit, their verifications and own checks, lists for the verification
body, and how many are verified."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.instruments import home, list_views, models, share_views, views
from equipment.instruments.duties import DUTIES
from equipment.instruments.moments import verified_of
from equipment.instruments.rules import INSTRUMENT_CHANGES
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

USING = frozenset(
    {
        Role.STATION_OWNER,
        Role.FIRM_MANAGER,
        Role.INSPECTOR,
        Role.SAFETY_OFFICER,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
    }
)

SLICE = Slice(
    package="equipment.instruments",
    models=models,
    pages=(share_views.pages, list_views.pages, views.pages),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            94,
            N_("Measuring instruments"),
            "instruments.index",
            "scale",
            Thing.INSTRUMENT,
            USING,
            "/instruments",
        ),
    ),
    moments=(verified_of,),
    duties=DUTIES,
    states={"Instrument 计量器具": INSTRUMENT_CHANGES},
    timed=(Timed("plan_instruments", N_("Work out the next own checks of instruments"), Daily(time(0, 28))),),
)
