"""Rescue calls (困人救援): taken at the desk, by workbook or from a centre's system; sent out, arrived,
released."""

from __future__ import annotations

from datetime import time

from equipment.accidents.hooks import call_facts
from equipment.calls import (
    alarms,
    api,
    arrivals,
    call_views,
    desk_views,
    file_views,
    home,
    hooks,
    models,
    on_accident,
    on_file,
    queries,
    statistics_views,
)
from equipment.calls.duties import DUTIES
from equipment.calls.moments import calls_of
from equipment.calls.states import CALL_CHANGES
from equipment.core.words import N_
from equipment.maintenance import hooks as maintenance_hooks
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.telemetry.decisions import rescue_call
from equipment.web.slices import MenuEntry, Slice

TAKING = frozenset({Role.CALL_TAKER})
SEEING = frozenset({Role.CALL_TAKER, Role.TECHNICIAN, Role.FIRM_MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.calls",
    models=models,
    pages=(desk_views.pages, file_views.pages, call_views.pages, statistics_views.pages),
    api=(api.routes,),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(10, N_("Call desk"), "desk.page", "phone", Thing.CALL, TAKING, "/desk"),
        MenuEntry(115, N_("Rescue calls"), "calls.index", "urgent", Thing.CALL, SEEING, "/rescue/calls"),
    ),
    main_pages={Role.CALL_TAKER: "desk.page"},
    duties=DUTIES,
    moments=(calls_of,),
    states={"Rescue call 困人救援": CALL_CHANGES},
    timed=(Timed("forget_callers", N_("Blank the phones of callers"), Daily(time(1, 40))),),
    answers=(
        (hooks.duty_phones, on_file.phones_on_file),
        (hooks.rescue_codes, on_file.codes_on_file),
        (hooks.lift_of_code, on_file.lift_with_code),
        (maintenance_hooks.rescue_waits, queries.open_call_at),
        (maintenance_hooks.rescue_reached, arrivals.reached),
        (maintenance_hooks.rescue_notice, arrivals.notice),
        (rescue_call, alarms.call_of_event),
        (call_facts, on_accident.facts_for_accident),
    ),
)
