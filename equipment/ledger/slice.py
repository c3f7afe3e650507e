"""The append-only chain of events."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.ledger import commands, models, public_views, views
from equipment.ledger.rules import choose
from equipment.people.rules import Thing
from equipment.web.slices import Slice, SystemPage

SLICE = Slice(
    package="equipment.ledger",
    models=models,
    pages=(views.pages,),
    tokenless=(public_views.pages,),
    system=(SystemPage(70, N_("Ledger"), "ledger.index", "link", Thing.LEDGER),),
    commands=(commands.group,),
    connect=lambda settings: choose(settings.ledger_digest),
)
