"""Files read, mapped, checked, entered, taken back."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.imports import (
    commands,
    file_views,
    instrument_views,
    models,
    result_views,
    views,
    visit_views,
    word_views,
)
from equipment.people.rules import Thing
from equipment.web.slices import Slice, SystemPage

SLICE = Slice(
    package="equipment.imports",
    models=models,
    pages=(
        views.pages,
        file_views.pages,
        word_views.pages,
        result_views.pages,
        visit_views.pages,
        instrument_views.pages,
    ),
    system=(SystemPage(65, N_("Words of imports"), "import_words.listed", "list", Thing.RULE),),
    commands=(commands.command,),
)
