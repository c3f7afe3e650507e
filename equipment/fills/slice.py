"""Scan, verdict, fill, post-check."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.fills import (
    api,
    batch_views,
    bay_views,
    custody_views,
    cylinder_views,
    emptying_views,
    floor_views,
    home,
    label_views,
    manifold_views,
    models,
    override_views,
    paper_views,
    vehicle_views,
    views,
)
from equipment.fills.moments import fills_of
from equipment.fills.queries import open_work
from equipment.fills.states import (
    CLOCK_RULING_CHANGES,
    CUSTODY_CHANGES,
    FILL_CHANGES,
    MANIFOLD_CHANGES,
    RULING_CHANGES,
)
from equipment.people import hooks as people_hooks
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

STATION = frozenset({Role.OPERATOR, Role.STATION_OWNER})

SLICE = Slice(
    package="equipment.fills",
    models=models,
    pages=(
        floor_views.pages,
        bay_views.pages,
        manifold_views.pages,
        override_views.pages,
        emptying_views.pages,
        vehicle_views.pages,
        paper_views.pages,
        label_views.pages,
        custody_views.pages,
        views.pages,
    ),
    api=(
        api.blueprint,
        batch_views.routes,
        cylinder_views.routes,
        manifold_views.routes,
        vehicle_views.routes,
        override_views.routes,
        emptying_views.routes,
    ),
    menu=(
        MenuEntry(10, N_("Scan"), "floor.page", "scan", Thing.FILL, STATION, "/floor"),
        MenuEntry(90, N_("Records"), "fills.listing", "clipboard-list", Thing.FILL, STATION, "/fills"),
    ),
    cards=(home.home_cards,),
    main_pages={Role.OPERATOR: "floor.page"},
    moments=(fills_of,),
    answers=((people_hooks.open_work, open_work),),
    states={
        "Fill 充装": FILL_CHANGES,
        "Manifold 汇流排": MANIFOLD_CHANGES,
        "Custody 托管": CUSTODY_CHANGES,
        "Ruling 判禁后充装": RULING_CHANGES,
        "ClockRuling 时间待核实": CLOCK_RULING_CHANGES,
    },
    timed=(Timed("close_fills", N_("Close unfinished fills"), Daily(time(0, 0))),),
)
