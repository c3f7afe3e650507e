"""Results, conclusions, next days."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.inspections import (
    api,
    home,
    list_views,
    mark_views,
    models,
    opinion_views,
    report_views,
    views,
)
from equipment.inspections.duties import DUTIES
from equipment.inspections.moments import inspections_of
from equipment.inspections.states import ITEM_CHANGES, MARK_CHANGES, OPINION_CHANGES
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

RECORDING = frozenset({Role.INSPECTOR, Role.FIRM_MANAGER, Role.SAFETY_OFFICER})

SLICE = Slice(
    package="equipment.inspections",
    models=models,
    pages=(views.pages, list_views.pages, opinion_views.pages, report_views.pages, mark_views.pages),
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
        MenuEntry(
            82,
            N_("Inspection opinions"),
            "opinions.index",
            "mail",
            Thing.INSPECTION,
            frozenset({Role.INSPECTOR, Role.SAFETY_OFFICER, Role.SUPERVISOR}),
            "/opinions",
        ),
    ),
    cards=(home.home_cards,),
    states={
        "Opinion 检验意见通知书": OPINION_CHANGES,
        "Item of an opinion": ITEM_CHANGES,
        "Use mark 使用标志": MARK_CHANGES,
    },
    duties=DUTIES,
    moments=(inspections_of,),
)
