"""Where every bottle is and was (流转状态), and whose it becomes (过户)."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.places import api, customer_views, home, models, note_views, run_views, transfer_views, views
from equipment.places.duties import DUTIES
from equipment.places.moments import transfers_of, whereabouts_of
from equipment.places.states import NOTE_CHANGES, PLACE_CHANGES, TRANSFER_CHANGES
from equipment.tasks.timetable import Daily, Every, Timed
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.OPERATOR, Role.STATION_OWNER, Role.SUPERVISOR, Role.ADMINISTRATOR})
OWNING = frozenset({Role.SAFETY_OFFICER})  # everybody else comes to transfers from the places

SLICE = Slice(
    package="equipment.places",
    models=models,
    cards=(home.home_cards, home.transfer_cards),
    pages=(customer_views.pages, note_views.pages, run_views.pages, transfer_views.pages, views.pages),
    api=(api.routes,),
    menu=(
        MenuEntry(86, N_("Where bottles are"), "places.index", "map-pin", Thing.PLACE, USING, "/places"),
        MenuEntry(
            88,
            N_("Transfers of bottles"),
            "transfers.index",
            "arrows-exchange",
            Thing.OWNERSHIP,
            OWNING,
            "/transfers",
        ),
    ),
    moments=(whereabouts_of, transfers_of),
    duties=DUTIES,
    states={
        "PlaceState 流转状态": PLACE_CHANGES,
        "DeliveryNote 配送单": NOTE_CHANGES,
        "Transfer 过户": TRANSFER_CHANGES,
    },
    timed=(
        Timed("follow_places", N_("Follow where bottles are"), Every(5)),
        Timed("expire_transfers", N_("Let unanswered transfers expire"), Daily(time(0, 20))),
    ),
)
