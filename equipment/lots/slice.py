"""Lots to the inspection body and back (送检)."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.lots import (
    api,
    bench_views,
    destruction_api_views,
    destruction_views,
    home,
    models,
    scan_views,
    views,
)
from equipment.lots.duties import DUTIES
from equipment.lots.moments import destruction_of_piece, lots_of
from equipment.lots.states import LOT_CHANGES, LOT_ROW_CHANGES
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.OPERATOR, Role.STATION_OWNER, Role.INSPECTOR})

SLICE = Slice(
    package="equipment.lots",
    models=models,
    pages=(views.pages, scan_views.pages, bench_views.pages, destruction_views.pages),
    api=(api.routes, destruction_api_views.routes),
    menu=(MenuEntry(85, N_("Lots"), "lots.index", "truck-delivery", Thing.LOT, USING, "/lots"),),
    cards=(home.home_cards,),
    duties=DUTIES,
    moments=(lots_of, destruction_of_piece),
    states={"Lot 送检批": LOT_CHANGES, "LotRow 送检批中的一只": LOT_ROW_CHANGES},
)
