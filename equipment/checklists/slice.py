"""本单位维保项目: the checklists that maintenance firms set themselves."""

from __future__ import annotations

from equipment.checklists import home, models, views
from equipment.checklists.states import LIST_CHANGES
from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

SLICE = Slice(
    package="equipment.checklists",
    models=models,
    pages=(views.pages,),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(
            112,
            N_("Maintenance items"),
            "firm_checklists.index",
            "list-check",
            Thing.CHECKLIST,
            frozenset({Role.FIRM_MANAGER}),
            "/checklists",
        ),
    ),
    states={"FirmChecklist 本单位维保项目": LIST_CHANGES},
)
