"""Evidence packs of pieces and records, final with the seal of the night."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.packs import models, views
from equipment.packs.states import PACK_CHANGES
from equipment.tasks.timetable import Every, Timed
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.packs",
    models=models,
    pages=(views.pages,),
    timed=(Timed("close_packs", N_("Close evidence packs that are sealed"), Every(10)),),
    states={"Evidence pack 存证包": PACK_CHANGES},
)
