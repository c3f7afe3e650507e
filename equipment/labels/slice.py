"""Labels: issued, printed, put on, replaced."""

from __future__ import annotations

from equipment.labels import bind_views, commands, home, ledger_views, models, plate_views
from equipment.labels.rules import CLAIM_CHANGES
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.labels",
    models=models,
    pages=(bind_views.pages, ledger_views.pages, plate_views.pages),
    cards=(home.home_cards,),
    states={"LabelClaim 一码两瓶": CLAIM_CHANGES},
    commands=(commands.group,),
)
