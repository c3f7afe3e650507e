"""维保上传: what the systems of maintenance firms bring by API, and what was refused."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.maintenance.hooks import own_numbers
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.uploads import api, home, lift_api_views, models, views, visit_api_views
from equipment.uploads.records import visit_numbers
from equipment.web.slices import MenuEntry, Slice

READING = frozenset({Role.FIRM_MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.uploads",
    models=models,
    pages=(views.pages,),
    api=(api.routes, lift_api_views.routes, visit_api_views.routes),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            116, N_("Uploads of firms"), "uploads.index", "cloud-upload", Thing.UPLOAD, READING, "/uploads"
        ),
    ),
    answers=((own_numbers, visit_numbers),),
    timed=(Timed("forget_uploads", N_("Forget old messages of firms’ systems"), Daily(time(3, 50))),),
)
