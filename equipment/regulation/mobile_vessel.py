"""Mobile pressure vessels (移动式压力容器): tankers, tube trailers, tank containers."""

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
)

CODES = entries("22")
ALIASES = {
    "2210": ("铁路罐车（压力容器）",),
    "2220": ("汽车罐体", "罐车", "槽车"),
    "2230": ("管拖车",),
    "2240": ("罐箱", "罐式箱"),
}
ROWS = {"2210": "rail", "2220": "road", "2240": "container"}


class MediaGroup(Labelled):
    """Groups of media of tube trailers; the shorter intervals hold until somebody says which."""

    A = "a", N_("Group A")
    B = "b", N_("Group B")


class MobileVesselDetails(Details):
    """Parameters of a mobile pressure vessel."""

    catalogue: Annotated[
        str, catalogue_field(N_("Kind of mobile vessel"), CODES, ALIASES, "罐车品种", "罐车类别")
    ]
    vehicle_plate: Annotated[
        str | None,
        field(N_("Plate of the vehicle"), Shown(("车牌号", "车牌", "车牌号码", "罐车车牌")), max_length=20),
    ] = None
    model: Model = None
    volume_l: Volume = None
    design_pressure_kpa: DesignPressure = None
    working_pressure_kpa: WorkingPressure = None
    design_temperature: DesignTemperature = None
    medium_name: Medium = None
    media_group: Annotated[
        MediaGroup | None,
        field(N_("Group of media"), Shown(("介质组别", "介质分组"), aliases={"a": ("A组",), "b": ("B组",)})),
    ] = None
    safety_grade: Grade = None
    hazchem: Hazchem = None
    annual_check_on: AnnualCheckOn = None
    pressure_test_on: Annotated[
        date | None, field(N_("Pressure test on"), Shown(("耐压试验日期", "上次耐压试验日期")))
    ] = None
    safety_valves: SafetyValves = None
    safety_valves_on: ValvesOn = None
    gauges: Gauges = None
    gauges_on: GaugesOn = None
    safety_officer: SafetyOfficer = None


def is_tank(details: Details) -> bool:
    """A single tank, of which the pressure test is asked; tubes have rules of their own."""
    return isinstance(details, MobileVesselDetails) and details.catalogue in ROWS


@dataclass(frozen=True)
class MobileVessel(StatutoryCategory):
    """The category 移动式压力容器."""

    key: ClassVar[str] = "mobile_vessel"
    label: ClassVar[str] = N_("Mobile pressure vessel")
    icon: ClassVar[str] = "truck-delivery"
    in_time_label: ClassVar[str] = N_("Mobile pressure vessels inspected in time")
    certificate_sign: ClassVar[str] = "容"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = MobileVesselDetails
    conclusions: ClassVar[tuple[Conclusion, ...]] = GRADES
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(
        DueKind.ANNUAL_CHECK, DueKind.PRESSURE_TEST, DueKind.SAFETY_VALVE, DueKind.PRESSURE_GAUGE
    )
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.ANNUAL_CHECK, is_tank, "annual_check_on"),
        Turn(DueKind.PRESSURE_TEST, is_tank, "pressure_test_on"),
        Turn(DueKind.SAFETY_VALVE, has_valves, "safety_valves_on"),
        Turn(DueKind.PRESSURE_GAUGE, has_gauges, "gauges_on"),
    )
    operators: ClassVar[Mapping[str, str]] = {"R2": N_("Filler of mobile pressure vessels")}

    def row(self, details: Details) -> str:
        if not isinstance(details, MobileVesselDetails):
            return ""
        if details.catalogue == "2230":
            return "tube_b" if details.media_group is MediaGroup.B else "tube_a"
        return ROWS.get(details.catalogue, "")


MOBILE_VESSEL = MobileVessel(pack("mobile_vessel"))
