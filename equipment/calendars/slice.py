"""日历: a person's days for the calendar of his phone or desk."""

from __future__ import annotations

from equipment.calendars import models, views
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.calendars", models=models, pages=(views.pages,))
