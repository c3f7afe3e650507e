"""Results, conclusions, next days."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.inspections import api, list_views, models, views
from equipment.inspections.duties import DUTIES
from equipment.inspections.moments import inspections_of
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

RECORDING = frozenset({Role.INSPECTOR, Role.FIRM_MANAGER, Role.SAFETY_OFFICER})

SLICE = Slice(
    package="equipment.inspections",
    models=models,
    pages=(views.pages, list_views.pages),
    api=(api.routes,),
    menu=(
        MenuEntry(
            80,
            N_("Results"),
            "inspections.index",
            "clipboard-check",
            Thing.INSPECTION,
            RECORDING,
            "/inspections",
        ),
    ),
    duties=DUTIES,
    moments=(inspections_of,),
)
