"""监察指令书: what the bureau orders a unit to put right, and what becomes of it."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.hazards.hooks import hazard_stepped
from equipment.orders import home, models, step_views, views
from equipment.orders.actions import follow_hazard
from equipment.orders.duties import DUTIES
from equipment.orders.moments import orders_about
from equipment.orders.rules import ORDER_CHANGES
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

USING = frozenset(
    {Role.SUPERVISOR, Role.ADMINISTRATOR, Role.SAFETY_OFFICER, Role.STATION_OWNER, Role.FIRM_MANAGER}
)

SLICE = Slice(
    package="equipment.orders",
    models=models,
    pages=(views.pages, step_views.pages),
    cards=(home.home_cards,),
    menu=(MenuEntry(74, N_("Supervision orders"), "orders.index", "gavel", Thing.ORDER, USING, "/orders"),),
    moments=(orders_about,),
    duties=DUTIES,
    states={"Order 监察指令书": ORDER_CHANGES},
    timed=(Timed("mark_late_orders", N_("Mark orders that were not put right in time"), Daily(time(0, 12))),),
    answers=((hazard_stepped, follow_hazard),),
)
