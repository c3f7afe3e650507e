"""晨会: the first page of the city, a county and an office, and the same on one sheet of paper."""

from __future__ import annotations

from equipment.briefing import views
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.briefing", pages=(views.pages,))
