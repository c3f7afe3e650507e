"""WHAT exists: every category by key. Nothing else in the project enumerates categories."""

from __future__ import annotations

from equipment.regulation.amusement_ride import AMUSEMENT_RIDE
from equipment.regulation.boiler import BOILER
from equipment.regulation.category import Category
from equipment.regulation.crane import CRANE
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.elevator import ELEVATOR
from equipment.regulation.mobile_vessel import MOBILE_VESSEL
from equipment.regulation.oxygen_chamber import OXYGEN_CHAMBER
from equipment.regulation.pipeline import PIPELINE
from equipment.regulation.pressure_vessel import PRESSURE_VESSEL
from equipment.regulation.ropeway import ROPEWAY
from equipment.regulation.site_vehicle import SITE_VEHICLE

CATEGORIES: tuple[Category, ...] = (
    CYLINDER,
    ELEVATOR,
    BOILER,
    PRESSURE_VESSEL,
    MOBILE_VESSEL,
    PIPELINE,
    OXYGEN_CHAMBER,
    CRANE,
    SITE_VEHICLE,
    AMUSEMENT_RIDE,
    ROPEWAY,
)
_BY_KEY = {kind.key: kind for kind in CATEGORIES}


def category(key: str) -> Category:
    """The category of that key; KeyError for any other."""
    return _BY_KEY[key]
