"""按需维保: who may be maintained on demand, what must hold for it, and how a lift falls back to the calendar."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.dues.kinds import on_demand_rights
from equipment.insurance.hooks import cover_changed
from equipment.on_demand import filing_views, hooks, models, on_file, views
from equipment.on_demand.dues import RemoteCheckDue, plan
from equipment.on_demand.duties import DUTIES
from equipment.on_demand.following import follow_change, follow_cover, follow_urgent, rights
from equipment.on_demand.moments import on_demand_of
from equipment.on_demand.states import FILING_CHANGES
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

# Everybody else comes to it from the insurance of lifts.
USING = frozenset({Role.TECHNICIAN, Role.FIRM_MANAGER})

SLICE = Slice(
    package="equipment.on_demand",
    models=models,
    pages=(filing_views.pages, views.pages),
    menu=(
        MenuEntry(
            94,
            N_("Maintenance on demand"),
            "on_demand.index",
            "adjustments",
            Thing.ON_DEMAND,
            USING,
            "/on-demand",
        ),
    ),
    moments=(on_demand_of,),
    due_kinds=(RemoteCheckDue,),
    plans=(plan,),
    duties=DUTIES,
    states={"PilotFiling 按需维保备案": FILING_CHANGES},
    # before the night plans what is due
    timed=(
        Timed("follow_on_demand", N_("Look at the conditions of maintenance on demand"), Daily(time(0, 7))),
    ),
    on_change=(follow_change,),
    on_urgent=(follow_urgent,),
    answers=(
        (on_demand_rights, rights),
        (cover_changed, follow_cover),
        (hooks.contracts_known, on_file.contracts_on_file),
        (hooks.monitors, on_file.monitors_on_file),
    ),
)
