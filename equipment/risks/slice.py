"""安全风险分级: every piece in use and every unit has one of four colours, by a visible score with its reasons."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people import hooks as people_hooks
from equipment.people.rules import Role, Thing
from equipment.register import hooks as register_hooks
from equipment.risks import home, models, queries, views
from equipment.risks.duties import DUTIES
from equipment.risks.moments import colours_of_life
from equipment.risks.previewing import checked_value, effect_of, follow_value
from equipment.rules import hooks as rules_hooks
from equipment.supervision import hooks as supervision_hooks
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

BUREAU = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.risks",
    models=models,
    pages=(views.pages,),
    cards=(home.home_cards,),
    menu=(MenuEntry(118, N_("Risk colours"), "risks.index", "flag", Thing.RISK, BUREAU, "/risks"),),
    moments=(colours_of_life,),
    duties=DUTIES,
    timed=(
        Timed(queries.JOB, N_("Grade the risk of pieces and units"), Daily(time(0, 27), catches_up=False)),
    ),
    answers=(
        (register_hooks.risk_condition, queries.has_colour),
        (register_hooks.risk_colours, queries.colours_of),
        (people_hooks.unit_colour, queries.unit_colour),
        (supervision_hooks.proposed_key_units, queries.proposed_key_units),
        (rules_hooks.value_checked, checked_value),
        (rules_hooks.effect_beside, effect_of),
        (rules_hooks.follow_beside, follow_value),
    ),
)
