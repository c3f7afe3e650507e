"""应急救援: the city's platform, rescue codes, confirmed duty phones, who is covered, and drills."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.labels.plate_facts import plate_phones
from equipment.people.rules import Role, Thing
from equipment.rescue import contacts, drill_views, home, models, phone_views, platform_views, views
from equipment.rescue.drills import drill_plan
from equipment.rescue.duties import DUTIES
from equipment.rescue.lift_codes import follow_code, mirror
from equipment.rescue.rules import RescueDueKind
from equipment.web.slices import MenuEntry, Slice

STATION = frozenset({Role.STATION_OWNER})
USING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR, Role.FIRM_MANAGER, Role.SAFETY_OFFICER})

SLICE = Slice(
    package="equipment.rescue",
    models=models,
    pages=(views.pages, phone_views.pages, platform_views.pages, drill_views.pages),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(122, N_("Rescue"), "rescue.index", "phone", Thing.RESCUE, USING, "/rescue"),
        MenuEntry(122, N_("Emergency drills"), "drills.index", "checklist", Thing.DRILL, STATION, "/drills"),
    ),
    organisation_kinds=(RescueDueKind,),
    organisation_plans=(drill_plan,),
    duties=DUTIES,
    on_change=(follow_code,),
    answers=((plate_phones, contacts.plate_lines),),
    on_entered=(mirror,),
)
