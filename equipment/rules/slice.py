"""Setting a value of a rule, and the choices left to the bureau."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.people.rules import Thing
from equipment.rules import commands, models, views
from equipment.rules.duties import DUTIES
from equipment.web.slices import Slice, SystemPage

SLICE = Slice(
    package="equipment.rules",
    models=models,
    pages=(views.pages,),
    system=(
        SystemPage(50, N_("Rules"), "policy.listed", "gavel", Thing.RULE),
        SystemPage(60, N_("Choices of the bureau"), "policy.chosen", "adjustments", Thing.RULE),
    ),
    duties=DUTIES,
    commands=(commands.reschedule,),
)
