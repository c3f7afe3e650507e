"""Long work, one row each, and the history of scheduled jobs."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.people.rules import Thing
from equipment.tasks import home, models, views
from equipment.tasks.rules import TASK_CHANGES
from equipment.web.slices import Slice, SystemPage

SLICE = Slice(
    package="equipment.tasks",
    models=models,
    pages=(views.pages,),
    cards=(home.home_cards,),
    system=(SystemPage(80, N_("Background jobs"), "tasks.jobs", "server", Thing.JOB),),
    states={"Task 后台任务": TASK_CHANGES},
)
