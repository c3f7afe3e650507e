"""Who hears what, and when."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.register.hooks import delivery_of
from equipment.reminders import actions, models, troubles, views
from equipment.reminders.queries import delivery_texts
from equipment.tasks.timetable import Daily, Every, Timed
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.reminders",
    models=models,
    pages=(views.pages,),
    on_urgent=(actions.tell_now,),
    answers=((delivery_of, delivery_texts),),
    on_account=(actions.tell_person,),
    troubles=(troubles.troubles,),
    timed=(
        Timed("plan_notices", N_("Plan reminders"), Daily(time(0, 30))),
        Timed("deliver", N_("Send the daily digests"), Every(10)),
        Timed("deliver_now", N_("Send what cannot wait"), Every(1)),
        Timed("alarm", N_("Raise the alarm for jobs that did not run"), Every(10)),
    ),
)
