"""监督检查: whom the bureau checks in a year, what it found there, and what it reported up."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.orders.hooks import origin_parts
from equipment.people.rules import Role, Thing
from equipment.supervision import api, home, licence_views, models, phone_views, views
from equipment.supervision.moments import checks_of
from equipment.supervision.paper_printing import parts_of_origin
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.supervision",
    models=models,
    pages=(views.pages, phone_views.pages, licence_views.pages),
    api=(api.routes,),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            119,
            N_("Supervision checks"),
            "supervision.index",
            "checklist",
            Thing.CHECK,
            USING,
            "/supervision",
        ),
    ),
    moments=(checks_of,),
    answers=((origin_parts, parts_of_origin),),
)
