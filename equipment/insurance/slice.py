"""保险+服务: policies of lifts, when they end, what was told to insurers, and how many lifts are insured."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.insurance import case_views, home, models, views
from equipment.insurance.duties import DUTIES
from equipment.insurance.moments import cases_of, policies_of
from equipment.insurance.states import CASE_CHANGES
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.SAFETY_OFFICER, Role.FIRM_MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.insurance",
    models=models,
    pages=(case_views.pages, views.pages),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            92, N_("Lift insurance"), "insurance.index", "shield-check", Thing.POLICY, USING, "/insurance"
        ),
    ),
    moments=(policies_of, cases_of),
    duties=DUTIES,
    states={"InsuranceCase 理赔": CASE_CHANGES},
)
