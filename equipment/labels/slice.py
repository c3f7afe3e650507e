"""Labels: issued, printed, put on, replaced."""

from __future__ import annotations

from equipment.labels import commands, models, views
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.labels", models=models, pages=(views.pages,), commands=(commands.group,))
