"""Boilers (锅炉): inspected from inside and from outside, each in its own rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_, Labelled
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details, Shown, field
from equipment.regulation.planning import Conclusion, DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import REQUIREMENTS, StatutoryCategory, Turn, pack, settlements
from equipment.regulation.statutory_details import (
    LARGEST,
    DesignPressure,
    Gauges,
    GaugesOn,
    Hazchem,
    Medium,
    Model,
    SafetyOfficer,
    SafetyValves,
    ValvesOn,
    WorkingPressure,
    WorkingTemperature,
)

CODES = entries("1")
ALIASES = {
    "1100": ("蒸汽锅炉", "承压蒸汽"),
    "1200": ("热水锅炉", "承压热水"),
    "1300": ("有机热载体炉", "导热油炉"),
}


class BoilerUse(Labelled):
    """What it serves; a power-station boiler is opened with its overhaul."""

    INDUSTRIAL = "industrial", N_("Industrial or domestic")
    POWER = "power", N_("Power station")


class BoilerFuel(Labelled):
    GAS = "gas", N_("Fuel gas")
    OIL = "oil", N_("Oil")
    COAL = "coal", N_("Coal")
    BIOMASS = "biomass", N_("Biomass")
    ELECTRICITY = "electricity", N_("Electricity")
    WASTE_HEAT = "waste_heat", N_("Waste heat")
    OTHER = "other", N_("Another fuel")


FUEL_ALIASES = {
    "gas": ("燃气", "天然气", "气"),
    "oil": ("燃油", "柴油", "油"),
    "coal": ("燃煤", "煤"),
    "biomass": ("生物质燃料",),
    "electricity": ("电加热", "电热"),
    "waste_heat": ("余热利用",),
    "other": ("其他", "其它"),
}


class BoilerDetails(Details):
    """Parameters of a boiler; a steam boiler is rated by evaporation, any other by heat output."""

    catalogue: Annotated[str, catalogue_field(N_("Kind of boiler"), CODES, ALIASES, "锅炉品种", "锅炉类别")]
    use: Annotated[
        BoilerUse,
        field(
            N_("Use of the boiler"),
            Shown(
                ("锅炉用途", "用途"),
                filter=True,
                aliases={"industrial": ("工业锅炉", "工业"), "power": ("电站锅炉", "发电")},
            ),
        ),
    ] = BoilerUse.INDUSTRIAL
    model: Model = None
    evaporation_kg_h: Annotated[
        int | None,
        field(N_("Rated evaporation"), Shown(("额定蒸发量", "蒸发量"), "kg/h", "t/h"), ge=1, le=LARGEST),
    ] = None
    heat_output_kw: Annotated[
        int | None,
        field(N_("Rated heat output"), Shown(("额定热功率", "热功率"), "kW", "MW"), ge=1, le=LARGEST),
    ] = None
    design_pressure_kpa: DesignPressure = None
    working_pressure_kpa: WorkingPressure = None
    working_temperature: WorkingTemperature = None
    medium_name: Medium = None
    fuel: Annotated[
        BoilerFuel | None,
        field(N_("Fuel"), Shown(("燃料", "燃料种类", "燃烧方式"), filter=True, aliases=FUEL_ALIASES)),
    ] = None
    hazchem: Hazchem = None
    external_on: Annotated[
        date | None, field(N_("External inspection on (papers)"), Shown(("外部检验日期", "上次外部检验日期")))
    ] = None
    safety_valves: SafetyValves = None
    safety_valves_on: ValvesOn = None
    gauges: Gauges = None
    gauges_on: GaugesOn = None
    safety_officer: SafetyOfficer = None


def has_valves(details: Details) -> bool:
    """A boiler has safety valves and gauges unless somebody says that it has none."""
    return isinstance(details, BoilerDetails) and details.safety_valves != 0


def has_gauges(details: Details) -> bool:
    return isinstance(details, BoilerDetails) and details.gauges != 0


@dataclass(frozen=True)
class Boiler(StatutoryCategory):
    """The category 锅炉."""

    key: ClassVar[str] = "boiler"
    label: ClassVar[str] = N_("Boiler")
    icon: ClassVar[str] = "flame"
    in_time_label: ClassVar[str] = N_("Boilers inspected in time")
    certificate_sign: ClassVar[str] = "锅"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = BoilerDetails
    conclusions: ClassVar[tuple[Conclusion, ...]] = REQUIREMENTS
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(
        DueKind.EXTERNAL, DueKind.SAFETY_VALVE, DueKind.PRESSURE_GAUGE
    )
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.EXTERNAL, stated="external_on"),
        Turn(DueKind.SAFETY_VALVE, has_valves, "safety_valves_on"),
        Turn(DueKind.PRESSURE_GAUGE, has_gauges, "gauges_on"),
    )
    operators: ClassVar[Mapping[str, str]] = {
        "G1": N_("Stoker of industrial boilers"),
        "G2": N_("Stoker of power-station boilers"),
        "G3": N_("Water treatment of boilers"),
    }
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "last_inspected_on": ("内部检验日期", "上次内部检验日期"),
        "next_inspection_on": ("下次内部检验日期",),
    }

    def row(self, details: Details) -> str:
        return details.use.value if isinstance(details, BoilerDetails) else ""


BOILER = Boiler(pack("boiler"))
