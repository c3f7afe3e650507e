"""维保合同 and 移交, who of a firm goes where (派工)."""

from __future__ import annotations

from datetime import time

from equipment.contracts import actions, assignment_views, handover_views, home, models, queries, views
from equipment.contracts.duties import DUTIES
from equipment.contracts.moments import contracts_of
from equipment.contracts.states import CONTRACT_CHANGES, HANDOVER_CHANGES
from equipment.core.words import N_
from equipment.dues import queries as due_queries
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

CONTRACTING = frozenset({Role.FIRM_MANAGER, Role.SAFETY_OFFICER, Role.SUPERVISOR})

SLICE = Slice(
    package="equipment.contracts",
    models=models,
    pages=(views.pages, handover_views.pages, assignment_views.pages),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(
            106, N_("Contracts"), "contracts.index", "license", Thing.CONTRACT, CONTRACTING, "/contracts"
        ),
    ),
    duties=DUTIES,
    moments=(contracts_of,),
    states={"Contract 维保合同": CONTRACT_CHANGES, "Handover 移交": HANDOVER_CHANGES},
    timed=(Timed("follow_contracts", N_("Begin and end maintenance contracts"), Daily(time(0, 5))),),
    on_change=(actions.keep_the_face,),
    answers=((due_queries.maintained_since, queries.maintained_since),),
)
