"""Indicators, the hazard rate, month and annual reports."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.people.rules import Role, Thing
from equipment.reports import hazard_statistics_views, models, month_views, views, year_views
from equipment.tasks.timetable import Daily, Timed
from equipment.web.slices import MenuEntry, Slice

BUREAU = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.reports",
    models=models,
    pages=(views.pages, hazard_statistics_views.pages, month_views.pages, year_views.pages),
    menu=(MenuEntry(130, N_("Statistics"), "rates.index", "chart-line", Thing.RATE, BUREAU, "/rates"),),
    timed=(
        Timed("keep_rates", N_("Keep the month-ends of the rates"), Daily(time(0, 40), catches_up=False)),
    ),
)
