"""Oxygen chambers (氧舱). No interval was at hand: their reports say when, or the bureau does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details
from equipment.regulation.planning import Conclusion, DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import (
    REQUIREMENTS,
    StatutoryCategory,
    Turn,
    has_gauges,
    has_valves,
    pack,
    settlements,
)
from equipment.regulation.statutory_details import (
    DesignPressure,
    Gauges,
    GaugesOn,
    Hazchem,
    Medium,
    Model,
    Persons,
    SafetyOfficer,
    SafetyValves,
    ValvesOn,
    WorkingPressure,
)

CODES = entries("24")
ALIASES = {"2410": ("医用空气加压氧舱", "医用氧气加压舱", "高压氧舱"), "2420": ("高气压",)}


class ChamberDetails(Details):
    """Parameters of an oxygen chamber."""

    catalogue: Annotated[
        str, catalogue_field(N_("Kind of oxygen chamber"), CODES, ALIASES, "氧舱品种", "氧舱类别")
    ]
    model: Model = None
    persons: Persons = None
    design_pressure_kpa: DesignPressure = None
    working_pressure_kpa: WorkingPressure = None
    medium_name: Medium = None
    hazchem: Hazchem = None
    safety_valves: SafetyValves = None
    safety_valves_on: ValvesOn = None
    gauges: Gauges = None
    gauges_on: GaugesOn = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class OxygenChamber(StatutoryCategory):
    """The category 氧舱."""

    key: ClassVar[str] = "oxygen_chamber"
    label: ClassVar[str] = N_("Oxygen chamber")
    icon: ClassVar[str] = "gauge"
    in_time_label: ClassVar[str] = N_("Oxygen chambers inspected in time")
    certificate_sign: ClassVar[str] = "容"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = ChamberDetails
    conclusions: ClassVar[tuple[Conclusion, ...]] = REQUIREMENTS
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(
        DueKind.SAFETY_VALVE, DueKind.PRESSURE_GAUGE
    )
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.SAFETY_VALVE, has_valves, "safety_valves_on"),
        Turn(DueKind.PRESSURE_GAUGE, has_gauges, "gauges_on"),
    )
    operators: ClassVar[Mapping[str, str]] = {"R3": N_("Maintenance of oxygen chambers")}

    def row(self, _details: Details) -> str:
        return "chamber"


OXYGEN_CHAMBER = OxygenChamber(pack("oxygen_chamber"))
