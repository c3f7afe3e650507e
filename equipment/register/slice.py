"""One record per piece."""

from __future__ import annotations

from equipment.core.config import Settings
from equipment.core.words import N_
from equipment.people import hooks as people_hooks
from equipment.people.rules import Role, Thing
from equipment.register import (
    commands,
    home,
    models,
    plate_views,
    position_views,
    renaming,
    ring,
    verify_views,
    views,
)
from equipment.register.moments import record_changes_of
from equipment.register.queries import piece_named
from equipment.register.rules import (
    COORDINATES_CHANGES,
    EQUIPMENT_CHANGES,
    LABEL_CHANGES,
    PLATE_CHANGES,
    PRINT_CHANGES,
)
from equipment.web.slices import MenuEntry, Slice


def connect(settings: Settings) -> None:
    ring.connect(settings.folder)


SLICE = Slice(
    package="equipment.register",
    models=models,
    pages=(views.pages, verify_views.pages, position_views.pages, plate_views.pages),
    cards=(home.home_cards,),
    beside=(home.figures_beside,),
    menu=(
        MenuEntry(
            40,
            N_("Equipment"),
            "register.listing",
            "list-details",
            Thing.EQUIPMENT,
            frozenset(Role),
            "/equipment",
        ),
    ),
    moments=(record_changes_of,),
    states={
        "Equipment 设备": EQUIPMENT_CHANGES,
        "Label 标签": LABEL_CHANGES,
        "Label print 标签打印": PRINT_CHANGES,
        "Coordinates 坐标": COORDINATES_CHANGES,
        "PlateProposal 标牌绑定提议": PLATE_CHANGES,
    },
    commands=(commands.register,),
    connect=connect,
    on_rename=(renaming.enqueue_reindex,),
    answers=((people_hooks.piece_named, piece_named),),
)
