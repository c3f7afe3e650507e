"""日管控、周排查、月调度 (order 74): what a unit checks by itself every day, week and month."""

from __future__ import annotations

from datetime import time

from equipment.controls import api, home, models, phone_views, report_views, unit_views, views
from equipment.controls.duties import DUTIES
from equipment.controls.home import control_left
from equipment.controls.moments import controls_of_piece
from equipment.controls.states import CONTROL_REPORT_CHANGES, RISK_LIST_CHANGES
from equipment.core.words import N_
from equipment.fills.hooks import floor_notice
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.SAFETY_OFFICER, Role.STATION_OWNER, Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.controls",
    models=models,
    pages=(views.pages, phone_views.pages, unit_views.pages, report_views.pages),
    api=(api.routes,),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            75, N_("Daily controls"), "controls.index", "list-check", Thing.CONTROL, USING, "/controls"
        ),
    ),
    duties=DUTIES,
    moments=(controls_of_piece,),
    answers=((floor_notice, control_left),),
    states={
        "RiskList 安全风险管控清单": RISK_LIST_CHANGES,
        "ControlReport 周排查、月调度": CONTROL_REPORT_CHANGES,
    },
    timed=(Timed("open_controls", N_("Open the days and reports of controls"), Daily(time(0, 5))),),
)
