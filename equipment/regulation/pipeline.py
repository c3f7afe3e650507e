"""Pressure pipelines (压力管道): counted by line and by km, outside the headline rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_, Labelled
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.category import CountingUnit, Extent
from equipment.regulation.details import AllowedValue, Details, Shown, field
from equipment.regulation.planning import Conclusion, DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import StatutoryCategory, Turn, has_valves, pack, settlements
from equipment.regulation.statutory_details import (
    LARGEST,
    AnnualCheckOn,
    DesignPressure,
    Grade,
    Hazchem,
    Medium,
    SafetyOfficer,
    SafetyValves,
    ValvesOn,
    WorkingPressure,
    WorkingTemperature,
)

CODES = entries("8")
ALIASES = {
    "8110": ("长输油管道", "输油"),
    "8120": ("长输气管道", "输气"),
    "8210": ("公用燃气管道", "燃气"),
    "8220": ("公用热力管道", "热力", "供热管道"),
    "8310": ("工业工艺管道", "工艺"),
    "8320": ("工业动力管道", "动力"),
    "8330": ("工业制冷管道", "制冷"),
}
LEVELS = ("GA1", "GA2", "GB1-I", "GB1-II", "GB1-III", "GB1-IV", "GB1", "GB2", "GC1", "GC2", "GC3", "GCD")


class PipeMaterial(Labelled):
    """What it is made of, as far as intervals tell it apart."""

    STEEL = "steel", N_("Steel")
    PE = "pe", N_("Polyethylene (PE)")
    CAST_IRON = "cast_iron", N_("Cast iron")
    OTHER = "other", N_("Another material")


class PipelineDetails(Details):
    """A pipeline as the list of TSG 08-2026 has it; its name and number stand in the register's columns."""

    catalogue: Annotated[str, catalogue_field(N_("Kind of pipeline"), CODES, ALIASES, "管道品种", "管道类别")]
    level: Annotated[
        str | None,
        field(
            N_("Level of the pipeline"),
            Shown(
                ("管道级别", "级别"),
                filter=True,
                choices=tuple(AllowedValue(level, level) for level in LEVELS),
                others_like=r"^G[ABC][0-9A-Z-]{0,6}$",
            ),
            pattern=r"^G[ABC][0-9A-Z-]{0,6}$",
        ),
    ] = None
    length_mm: Annotated[
        int | None, field(N_("Length"), Shown(("管道长度", "长度", "管长"), "mm", "m"), ge=1, le=LARGEST)
    ] = None
    design_pressure_kpa: DesignPressure = None
    working_pressure_kpa: WorkingPressure = None
    working_temperature: WorkingTemperature = None
    nominal_diameter_mm: Annotated[
        int | None, field(N_("Nominal diameter"), Shown(("公称直径", "管径"), "mm"), ge=1, le=10_000)
    ] = None
    thickness_um: Annotated[
        int | None,
        field(
            N_("Nominal wall thickness"),
            Shown(("公称厚度", "公称壁厚", "壁厚"), "um", "mm"),
            ge=1,
            le=LARGEST,
        ),
    ] = None
    material: Annotated[
        PipeMaterial | None,
        field(
            N_("Kind of material"),
            Shown(
                ("材料类别", "管材类别"),
                filter=True,
                aliases={
                    "steel": ("钢管", "碳钢", "不锈钢"),
                    "pe": ("PE管", "聚乙烯管"),
                    "cast_iron": ("铸铁管", "球墨铸铁"),
                    "other": ("其他", "其它"),
                },
            ),
        ),
    ] = None
    grade_of_material: Annotated[
        str | None, field(N_("Material"), Shown(("材质", "材料牌号")), max_length=60)
    ] = None
    medium_name: Medium = None
    route: Annotated[
        str | None, field(N_("Areas it runs through"), Shown(("途经区域", "途经", "起止点")), max_length=300)
    ] = None
    safety_grade: Grade = None
    hazchem: Hazchem = None
    annual_check_on: AnnualCheckOn = None
    safety_valves: SafetyValves = None
    safety_valves_on: ValvesOn = None
    safety_officer: SafetyOfficer = None


def is_public(details: Details) -> bool:
    """公用管道, of which a yearly check is asked."""
    return isinstance(details, PipelineDetails) and details.catalogue.startswith("82")


@dataclass(frozen=True)
class Pipeline(StatutoryCategory):
    """The category 压力管道."""

    key: ClassVar[str] = "pipeline"
    label: ClassVar[str] = N_("Pressure pipeline")
    icon: ClassVar[str] = "transfer"
    in_time_label: ClassVar[str] = N_("Pipelines inspected in time")
    counted_in: ClassVar[str] = CountingUnit.PIPELINE
    headline: ClassVar[bool] = False
    extent: ClassVar[Extent | None] = Extent("length_mm", N_("km"), 1_000_000)
    certificate_sign: ClassVar[str] = "管"
    shares_certificate: ClassVar[bool] = True  # a unit's pipelines stand on the list of one certificate
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = PipelineDetails
    conclusions: ClassVar[tuple[Conclusion, ...]] = (
        Conclusion.GRADE_1,
        Conclusion.GRADE_2,
        Conclusion.GRADE_3,
        Conclusion.GRADE_4_END,
    )
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(
        DueKind.ANNUAL_CHECK, DueKind.SAFETY_VALVE
    )
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.ANNUAL_CHECK, is_public, "annual_check_on"),
        Turn(DueKind.SAFETY_VALVE, has_valves, "safety_valves_on"),
    )
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {"serial": ("管道编号",)}

    def row(self, details: Details) -> str:
        """Of public pipelines the material decides before the level; without either nothing is stated."""
        if not isinstance(details, PipelineDetails):
            return ""
        if not is_public(details):
            return {"81": "long", "83": "industrial"}.get(details.catalogue[:2], "")
        if details.material in (PipeMaterial.PE, PipeMaterial.CAST_IRON):
            return "pe_cast_iron"
        return {"GB1-III": "gb1_iii", "GB1-IV": "gb1_iv_gb2", "GB2": "gb1_iv_gb2"}.get(
            details.level or "", ""
        )


PIPELINE = Pipeline(pack("pipeline"))
