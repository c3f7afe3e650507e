"""沙箱: the system of a station, firm or inspection body tries the real API before it is let near the city's
data."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.people.rules import Thing
from equipment.sandbox import models, opening, views
from equipment.tasks.timetable import Every, Timed
from equipment.web.sandboxes import sandbox_called
from equipment.web.slices import Slice, SystemPage

SLICE = Slice(
    package="equipment.sandbox",
    models=models,
    pages=(views.pages,),
    system=(SystemPage(45, N_("Sandboxes"), "sandboxes.index", "flask", Thing.SETTING),),
    timed=(Timed("sandboxes", N_("Go on in the sandboxes"), Every(5)),),
    connect=opening.connect,
    answers=((sandbox_called, opening.database_called),),
)
