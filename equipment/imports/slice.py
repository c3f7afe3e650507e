"""Files read, mapped, checked, entered, taken back."""

from __future__ import annotations

from equipment.imports import commands, file_views, models, views
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.imports",
    models=models,
    pages=(views.pages, file_views.pages),
    commands=(commands.command,),
)
