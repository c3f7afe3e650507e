"""Cranes (起重机械): inspected every year or every two, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details, Shown, field
from equipment.regulation.planning import DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import StatutoryCategory, pack, settlements
from equipment.regulation.statutory_details import LARGEST, Hazchem, Load, Model, SafetyOfficer

CODES = entries("4")
ALIASES = {
    "4100": ("桥式", "桥吊"),
    "4110": ("通用桥式",),
    "4150": ("冶金起重机", "吊运熔融金属的起重机"),
    "4170": ("单梁起重机", "电动单梁"),
    "4200": ("门式", "龙门吊"),
    "4210": ("通用门式",),
    "4300": ("塔式", "塔吊"),
    "4400": ("流动式", "汽车吊"),
    "4800": ("升降机类",),
    "4860": ("施工电梯",),
    "4D00": ("立体车库", "机械车库", "机械式停车"),
}
OWN_ROWS = ("4150", "4450")  # kinds whose interval is not that of their group


class CraneDetails(Details):
    """Parameters of a crane."""

    catalogue: Annotated[
        str, catalogue_field(N_("Kind of crane"), CODES, ALIASES, "起重机品种", "起重机类别")
    ]
    model: Model = None
    load_kg: Load = None
    span_mm: Annotated[
        int | None,
        field(N_("Span or radius"), Shown(("跨度", "工作幅度", "幅度"), "mm", "m"), ge=1, le=LARGEST),
    ] = None
    lift_height_mm: Annotated[
        int | None, field(N_("Lifting height"), Shown(("起升高度", "提升高度"), "mm", "m"), ge=1, le=LARGEST)
    ] = None
    working_class: Annotated[
        str | None, field(N_("Working class"), Shown(("工作级别", "整机工作级别")), max_length=12)
    ] = None
    outdoor: Annotated[bool | None, field(N_("Outdoors"), Shown(("室外", "是否室外"), filter=True))] = None
    hazchem: Hazchem = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class Crane(StatutoryCategory):
    """The category 起重机械."""

    key: ClassVar[str] = "crane"
    label: ClassVar[str] = N_("Crane")
    icon: ClassVar[str] = "crane"
    in_time_label: ClassVar[str] = N_("Cranes inspected in time")
    certificate_sign: ClassVar[str] = "起"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = CraneDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements()
    operators: ClassVar[Mapping[str, str]] = {"Q1": N_("Crane signaller"), "Q2": N_("Crane driver")}

    def row(self, details: Details) -> str:
        code = self.catalogue_code(details)
        return code if code in OWN_ROWS else code[:2]


CRANE = Crane(pack("crane"))
