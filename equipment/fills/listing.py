"""Which filters the list of fills has, and what is remarkable of a fill, in words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.fills import queries
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.people.rules import Viewer
from equipment.people.scope import within

FLAGS = {
    "no_pre_check": N_("Not looked over before filling"),
    "drift": N_("Clock of the device is off"),
    "disputed": N_("To be verified"),
    "light": N_("Below the usual weight"),
    "heavy": N_("Above the usual weight"),
    "filled_anyway": N_("Filled although refused"),
    "refused_since": N_("Refused only after it was filled"),
    "result_despite_check": N_("Filled although a check failed"),
    "by_list": N_("By the list, without a network"),
    "drawn_down": N_("Drawn down after overfilling"),
    "instrument_overdue": N_("Scale or gauge past its verification day"),
    "manifold_closed": N_("Scanned for a manifold that had begun or ended: not on it"),
    "other_manifold": N_("Hangs on another manifold"),
    "unknown_checker": N_("Who checked is not known at this station"),
    "same_checker": N_("Looked over by the filler alone, where somebody else must"),
    "same_rechecker": N_("Checked after filling by the filler alone, where somebody else must"),
}


def filtered(viewer: Viewer, filters: Mapping[str, str]) -> Select[Fill]:
    """The fills behind the filters of a list."""
    tabs = {
        "unfinished": queries.unfinished(viewer, clock.now()),
        "wrong": queries.wrong_files(viewer),
        "undecided": queries.undecided(viewer),
    }
    fills = tabs.get(filters.get("tab", ""), queries.fills_of(viewer))
    if filters.get("state") in set(FillState):
        fills = fills.where(Fill.state == filters["state"])
    if filters.get("gas"):
        fills = fills.where(Fill.gas == filters["gas"])
    for name, compared in (("on_from", Fill.on.__ge__), ("on_until", Fill.on.__le__)):
        if day := day_in(filters.get(name, "")):
            fills = fills.where(compared(day))
    if filters.get("area", "").isdecimal():
        fills = fills.where(within(Fill.area, filters["area"]))
    if key := id_in(filters.get("equipment", "")):
        fills = fills.where(Fill.equipment_id == key)
    if station := id_in(filters.get("station", "")):
        fills = fills.where(Fill.organisation_id == station)
    if reason := filters.get("reason"):
        fills = fills.where(queries.names_reason(reason))
    return fills
