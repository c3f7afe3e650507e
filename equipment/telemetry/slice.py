"""物联网监测: what lifts report of themselves through their gateways."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Every, Timed
from equipment.telemetry import api, commands, home, models, views, watch
from equipment.telemetry.duties import DUTIES
from equipment.telemetry.moments import events_of
from equipment.telemetry.states import EVENT_CHANGES
from equipment.web.slices import MenuEntry, Slice

READING = frozenset({Role.FIRM_MANAGER, Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.telemetry",
    models=models,
    pages=(views.pages,),
    api=(api.routes,),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            115, N_("IoT monitoring"), "telemetry.index", "cpu", Thing.TELEMETRY, READING, "/telemetry"
        ),
    ),
    duties=DUTIES,
    moments=(events_of,),
    states={"LiftEvent 故障与报警": EVENT_CHANGES},
    timed=(
        Timed("watch_links", N_("Look for gateways that fell silent"), Every(60)),
        Timed("forget_lift_days", N_("Forget old sums of lifts’ days"), Daily(time(3, 40))),
    ),
    troubles=(watch.troubles,),
    commands=(commands.broker_files,),
    connect=watch.connect,
)
