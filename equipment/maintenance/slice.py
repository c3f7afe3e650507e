"""Swipes, visits, checklists, signatures."""

from __future__ import annotations

from datetime import time

from equipment.contracts import hooks as contract_hooks
from equipment.core.words import N_
from equipment.maintenance import (
    api,
    feed_views,
    home,
    link_views,
    links,
    list_views,
    models,
    office_views,
    plate_rate_views,
    queries,
    record_views,
    signing_views,
    swipe_views,
    visit_views,
)
from equipment.maintenance.duties import DUTIES
from equipment.maintenance.moments import visits_of
from equipment.maintenance.states import VISIT_CHANGES
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Every, Timed
from equipment.web.slices import MenuEntry, Slice

SLICE = Slice(
    package="equipment.maintenance",
    models=models,
    pages=(
        visit_views.pages,
        record_views.pages,
        signing_views.pages,
        office_views.pages,
        list_views.pages,
        swipe_views.pages,
        plate_rate_views.pages,
    ),
    api=(api.routes, feed_views.routes),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(
            20,
            N_("Today"),
            "visits.today",
            "calendar-check",
            Thing.VISIT,
            frozenset({Role.TECHNICIAN}),
            "/visits",
        ),
        MenuEntry(
            110,
            N_("Maintenance records"),
            "visit_lists.index",
            "clipboard-list",
            Thing.VISIT,
            frozenset({Role.FIRM_MANAGER, Role.SAFETY_OFFICER}),
            "/visits",
        ),
    ),
    main_pages={Role.TECHNICIAN: "visits.today"},
    duties=DUTIES,
    moments=(visits_of,),
    states={"Visit 维保记录": VISIT_CHANGES},
    timed=(
        Timed("expire_visits", N_("Expire visits proved by a card alone"), Every(60)),
        Timed("remind_signatures", N_("Remind use units of late signatures"), Every(60)),
        Timed("end_objections", N_("End the days for objecting to visits"), Daily(time(0, 20))),
    ),
    connect=links.connect,
    answers=((contract_hooks.open_visits, queries.open_visits),),
    tokenless=(link_views.pages,),
)
