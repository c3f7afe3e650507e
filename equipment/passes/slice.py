"""离线可充清单: which bottles a station may fill while there is no network, and until when."""

from __future__ import annotations

from equipment.core.config import Settings
from equipment.core.words import N_
from equipment.passes import api, commands, home, models, signing_keys, views
from equipment.tasks.timetable import Every, Timed
from equipment.web.slices import Slice


def connect(settings: Settings) -> None:
    signing_keys.connect(settings.folder)


SLICE = Slice(
    package="equipment.passes",
    models=models,
    pages=(views.pages,),
    api=(api.blueprint,),
    cards=(home.home_cards,),
    timed=(Timed("renew_passes", N_("Renew the lists for filling without a network"), Every(5)),),
    commands=(commands.passes,),
    connect=connect,
)
