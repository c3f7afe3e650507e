"""维保单位评价: rates and score of maintenance firms, month by month."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.firms import models, views
from equipment.people.rules import Role, Thing
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

SLICE = Slice(
    package="equipment.firms",
    models=models,
    pages=(views.pages,),
    menu=(
        MenuEntry(
            127,
            N_("Firms rated"),
            "firms.index",
            "certificate",
            Thing.FIRM_RATING,
            frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
            "/firms",
        ),
        MenuEntry(
            115,
            N_("Our rating"),
            "firms.index",
            "certificate",
            Thing.FIRM_RATING,
            frozenset({Role.FIRM_MANAGER}),
            "/firms",
        ),
    ),
    timed=(Timed("finish_firm_months", N_("Finish the months of maintenance firms"), Daily(time(3, 20))),),
)
