"""What must happen next, and the lists people carry."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.dues import (
    actions,
    application_views,
    home,
    joint_views,
    list_views,
    models,
    organisation_views,
    views,
)
from equipment.dues.duties import DUTIES
from equipment.dues.rules import APPLICATION_CHANGES
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

WATCHING = frozenset({Role.INSPECTOR, Role.SUPERVISOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.dues",
    models=models,
    pages=(
        views.pages,
        application_views.pages,
        joint_views.pages,
        list_views.pages,
        organisation_views.pages,
    ),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            50,
            N_("Due-lists"),
            "due_lists.index",
            "list-check",
            Thing.DUE_LIST,
            frozenset({Role.INSPECTOR}),
            "/due-lists",
        ),
        MenuEntry(60, N_("Due for inspection"), "dues.index", "calendar-due", Thing.DUE, WATCHING, "/dues"),
        MenuEntry(
            70,
            N_("Applications"),
            "applications.index",
            "send",
            Thing.APPLICATION,
            frozenset({Role.INSPECTOR, Role.SAFETY_OFFICER}),
            "/applications",
        ),
    ),
    duties=DUTIES,
    states={"Application 报检": APPLICATION_CHANGES},
    timed=(Timed("plan_dues", N_("Plan what is due"), Daily(time(0, 10))),),
    on_change=(actions.replan,),
    on_entered=(actions.plan_pieces,),
)
