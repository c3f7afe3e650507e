"""Where every bottle is and was (流转状态)."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.places import home, models, note_views, views
from equipment.places.moments import whereabouts_of
from equipment.places.states import NOTE_CHANGES, PLACE_CHANGES
from equipment.tasks.timetable import Every, Timed
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.OPERATOR, Role.STATION_OWNER, Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.places",
    models=models,
    cards=(home.home_cards,),
    pages=(note_views.pages, views.pages),
    menu=(MenuEntry(86, N_("Where bottles are"), "places.index", "map-pin", Thing.PLACE, USING, "/places"),),
    moments=(whereabouts_of,),
    states={"PlaceState 流转状态": PLACE_CHANGES, "DeliveryNote 配送单": NOTE_CHANGES},
    timed=(Timed("follow_places", N_("Follow where bottles are"), Every(5)),),
)
