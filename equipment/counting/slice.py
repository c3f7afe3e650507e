"""运行计数: figures that would take a look at every piece or record, counted as records arrive, and
compared with a full count every night."""

from __future__ import annotations

from datetime import time

from equipment.core.words import N_
from equipment.counting import models
from equipment.counting.troubles import JOB, troubles
from equipment.tasks.timetable import Daily, Every, Timed
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.counting",
    models=models,
    timed=(
        Timed("fold_counts", N_("Fold running counts together"), Every(10)),
        Timed(JOB, N_("Compare running counts with a full count"), Daily(time(2, 50), catches_up=False)),
    ),
    troubles=(troubles,),
)
