"""Fixed pressure vessels (固定式压力容器): inspected by safety grade, checked every year by who uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_, Labelled
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details, Shown, field
from equipment.regulation.planning import Conclusion, DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import (
    GRADES,
    StatutoryCategory,
    Turn,
    has_gauges,
    has_valves,
    pack,
    settlements,
)
from equipment.regulation.statutory_details import (
    AnnualCheckOn,
    DesignPressure,
    DesignTemperature,
    Gauges,
    GaugesOn,
    Grade,
    Hazchem,
    Medium,
    Model,
    SafetyOfficer,
    SafetyValves,
    ValvesOn,
    Volume,
    WorkingPressure,
    WorkingTemperature,
)

CODES = entries("21")
ALIASES = {
    "2100": ("压力容器",),
    "2110": ("超高压",),
    "2130": ("三类", "Ⅲ类", "III类", "第三类", "三类容器"),
    "2150": ("二类", "Ⅱ类", "II类", "第二类", "二类容器"),
    "2170": ("一类", "Ⅰ类", "I类", "第一类", "一类容器"),
}


class VesselMaterial(Labelled):
    """What it is made of: non-metal vessels have intervals of their own."""

    METAL = "metal", N_("Metal")
    NON_METAL = "non_metal", N_("Non-metal")


class VesselDetails(Details):
    """Parameters of a fixed pressure vessel."""

    catalogue: Annotated[str, catalogue_field(N_("Kind of vessel"), CODES, ALIASES, "容器类别", "容器品种")]
    material: Annotated[
        VesselMaterial,
        field(
            N_("Material of the vessel"),
            Shown(
                ("容器材料", "主体材料类别"),
                filter=True,
                aliases={"metal": ("金属容器", "钢"), "non_metal": ("非金属容器", "石墨", "玻璃钢")},
            ),
        ),
    ] = VesselMaterial.METAL
    model: Model = None
    volume_l: Volume = None
    design_pressure_kpa: DesignPressure = None
    working_pressure_kpa: WorkingPressure = None
    design_temperature: DesignTemperature = None
    working_temperature: WorkingTemperature = None
    medium_name: Medium = None
    quick_opening: Annotated[
        bool | None, field(N_("Quick-opening door"), Shown(("快开门", "快开门式"), filter=True))
    ] = None
    safety_grade: Grade = None
    hazchem: Hazchem = None
    annual_check_on: AnnualCheckOn = None
    safety_valves: SafetyValves = None
    safety_valves_on: ValvesOn = None
    gauges: Gauges = None
    gauges_on: GaugesOn = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class PressureVessel(StatutoryCategory):
    """The category 固定式压力容器."""

    key: ClassVar[str] = "pressure_vessel"
    label: ClassVar[str] = N_("Fixed pressure vessel")
    icon: ClassVar[str] = "database"
    in_time_label: ClassVar[str] = N_("Fixed pressure vessels inspected in time")
    certificate_sign: ClassVar[str] = "容"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = VesselDetails
    conclusions: ClassVar[tuple[Conclusion, ...]] = GRADES
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(
        DueKind.ANNUAL_CHECK, DueKind.SAFETY_VALVE, DueKind.PRESSURE_GAUGE
    )
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.ANNUAL_CHECK, stated="annual_check_on"),
        Turn(DueKind.SAFETY_VALVE, has_valves, "safety_valves_on"),
        Turn(DueKind.PRESSURE_GAUGE, has_gauges, "gauges_on"),
    )
    operators: ClassVar[Mapping[str, str]] = {"R1": N_("Operator of quick-opening vessels")}

    def row(self, details: Details) -> str:
        return details.material.value if isinstance(details, VesselDetails) else ""


PRESSURE_VESSEL = PressureVessel(pack("pressure_vessel"))
