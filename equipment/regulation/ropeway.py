"""Passenger ropeways (客运索道): a full inspection (全面检验), and an annual one (年度检验) in the years between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details, Shown, field
from equipment.regulation.planning import DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import StatutoryCategory, Turn, pack, settlements
from equipment.regulation.statutory_details import LARGEST, Hazchem, Length, Model, SafetyOfficer, Speed

CODES = entries("9")
ALIASES = {"9100": ("架空索道",), "9200": ("缆车",), "9300": ("拖牵索道",)}


class RopewayDetails(Details):
    """Parameters of a ropeway."""

    catalogue: Annotated[str, catalogue_field(N_("Kind of ropeway"), CODES, ALIASES, "索道品种", "索道类别")]
    model: Model = None
    length_mm: Length = None
    height_difference_mm: Annotated[
        int | None, field(N_("Height difference"), Shown(("高差", "落差"), "mm", "m"), ge=1, le=LARGEST)
    ] = None
    capacity_per_h: Annotated[
        int | None,
        field(N_("Persons an hour"), Shown(("运量", "小时运量", "单向小时运量")), ge=1, le=100_000),
    ] = None
    speed_mm_s: Speed = None
    annual_on: Annotated[
        date | None, field(N_("Annual inspection on (papers)"), Shown(("年度检验日期", "上次年度检验日期")))
    ] = None
    hazchem: Hazchem = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class Ropeway(StatutoryCategory):
    """The category 客运索道."""

    key: ClassVar[str] = "ropeway"
    label: ClassVar[str] = N_("Passenger ropeway")
    icon: ClassVar[str] = "arrows-exchange"
    in_time_label: ClassVar[str] = N_("Ropeways inspected in time")
    certificate_sign: ClassVar[str] = "索"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = RopewayDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements(DueKind.ANNUAL_INSPECTION)
    turns: ClassVar[tuple[Turn, ...]] = (
        Turn(DueKind.ANNUAL_INSPECTION, stated="annual_on", covered_by=(DueKind.INSPECTION,)),
    )
    operators: ClassVar[Mapping[str, str]] = {"S1": N_("Repair of ropeways"), "S2": N_("Ropeway operator")}
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "last_inspected_on": ("全面检验日期", "上次全面检验日期"),
        "next_inspection_on": ("下次全面检验日期",),
    }

    def row(self, _details: Details) -> str:
        return "ropeway"


ROPEWAY = Ropeway(pack("ropeway"))
