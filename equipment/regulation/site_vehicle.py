"""On-site motor vehicles (场（厂）内专用机动车辆): inspected by the month, which stays that of the first one."""

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
from equipment.regulation.statutory_details import Hazchem, Load, Model, Persons, Power, SafetyOfficer

CODES = entries("5")
ALIASES = {"5110": ("叉式装卸车", "平衡重式叉车"), "5200": ("观光车", "旅游观光车", "观光列车")}


class VehicleDrive(Labelled):
    """What moves it (动力方式)."""

    ELECTRIC = "electric", N_("Battery")
    ENGINE = "engine", N_("Combustion engine")


class SiteVehicleDetails(Details):
    """Parameters of a vehicle that works within a site."""

    catalogue: Annotated[str, catalogue_field(N_("Kind of vehicle"), CODES, ALIASES, "车辆品种", "车辆类别")]
    model: Model = None
    plate: Annotated[
        str | None, field(N_("Plate within the site"), Shown(("车牌号", "车牌", "厂内牌照")), max_length=20)
    ] = None
    load_kg: Load = None
    persons: Persons = None
    power_w: Power = None
    drive: Annotated[
        VehicleDrive | None,
        field(
            N_("What drives it"),
            Shown(
                ("动力方式", "动力类型"),
                filter=True,
                aliases={"electric": ("电动", "蓄电池"), "engine": ("内燃", "柴油", "汽油")},
            ),
        ),
    ] = None
    hazchem: Hazchem = None
    safety_officer: SafetyOfficer = None


@dataclass(frozen=True)
class SiteVehicle(StatutoryCategory):
    """The category 场（厂）内专用机动车辆."""

    key: ClassVar[str] = "site_vehicle"
    label: ClassVar[str] = N_("On-site vehicle")
    icon: ClassVar[str] = "truck"
    in_time_label: ClassVar[str] = N_("On-site vehicles inspected in time")
    certificate_sign: ClassVar[str] = "车"
    month_of_base: ClassVar[bool] = True
    catalogue: ClassVar[Mapping[str, Text]] = CODES
    details_type: ClassVar[type[Details]] = SiteVehicleDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = settlements()
    operators: ClassVar[Mapping[str, str]] = {
        "N1": N_("Forklift driver"),
        "N2": N_("Driver of sightseeing vehicles"),
    }

    def row(self, details: Details) -> str:
        return self.catalogue_code(details)[:2]


SITE_VEHICLE = SiteVehicle(pack("site_vehicle"))
