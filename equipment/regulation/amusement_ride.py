"""Large amusement rides (大型游乐设施)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from equipment.core.text import Text
from equipment.core.words import N_, Labelled
from equipment.regulation.catalogue import catalogue_field, entries
from equipment.regulation.details import Details, Shown, field
from equipment.regulation.planning import DueKind
from equipment.regulation.settling import Settlement
from equipment.regulation.statutory import StatutoryCategory, pack, settlements
from equipment.regulation.statutory_details import Hazchem, Height, Model, Persons, SafetyOfficer, Speed

CODES = entries("6")
ALIASES = {
    "6100": ("观览车", "摩天轮"),
    "6200": ("滑行车", "过山车"),
    "6300": ("架空游览车",),
    "6400": ("陀螺",),
    "6500": ("飞行塔",),
    "6600": ("转马", "旋转木马"),
    "6700": ("自控飞机",),
    "6800": ("赛车",),
    "6900": ("小火车",),
    "6A00": ("碰碰车",),
    "6B00": ("滑道",),
    "6D20": ("水滑梯",),
    "6D40": ("碰碰船",),
    "6E10": ("蹦极",),
    "6E40": ("滑索",),
    "6E50": ("空中飞人",),
}


class RideSite(Labelled):
    """Whether it stands for good or is put up and taken down."""

    FIXED = "fixed", N_("Fixed in place")
    MOBILE = "mobile", N_("Moved from place to place")


class RideDetails(Details):
    """Parameters of a ride."""

    catalogue: Annotated[
        str, catalogue_field(N_("Kind of ride"), CODES, ALIASES, "游乐设施品种", "游乐设施类别")
    ]
    model: Model = None
    height_mm: Height = None
    speed_mm_s: Speed = None
    persons: Persons = None
    site: Annotated[
        RideSite | None,
        field(
            N_("Fixed or mobile"),
            Shown(
                ("固定或移动", "设置方式"),
                filter=True,
                aliases={"fixed": ("固定式",), "mobile": ("移动式", "流动")},
            ),
        ),
    ] = None
    hazchem: Hazchem = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class AmusementRide(StatutoryCategory):
    """The category 大型游乐设施."""

    key: ClassVar[str] = "amusement_ride"
    label: ClassVar[str] = N_("Amusement ride")
    icon: ClassVar[str] = "rotate"
    in_time_label: ClassVar[str] = N_("Amusement rides inspected in time")
    certificate_sign: ClassVar[str] = "游"
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = RideDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements()
    operators: ClassVar[Mapping[str, str]] = {
        "Y1": N_("Repair of amusement rides"),
        "Y2": N_("Operator of amusement rides"),
    }

    def row(self, _details: Details) -> str:
        return "ride"


AMUSEMENT_RIDE = AmusementRide(pack("amusement_ride"))
