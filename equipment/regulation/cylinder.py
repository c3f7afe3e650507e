"""Gas cylinders (气瓶): what is known of each, and its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.regulation.catalogue import entries
from equipment.regulation.category import Category, CountingUnit, StampMarks
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_life import cylinder_plan
from equipment.regulation.cylinder_marks import read_marks
from equipment.regulation.details import Details
from equipment.regulation.packs import Regulation
from equipment.regulation.planning import Conclusion, DueKind, Life, Planned
from equipment.regulation.plausible import odd_stamps, odd_vehicle
from equipment.regulation.settling import DueParty, Proof, Settlement, settled_by

HERE = Path(__file__).parent
CATALOGUE = entries("231", "232", "23T")


@dataclass(frozen=True)
class CylinderCategory(Category):
    """The category 气瓶: counted by piece, outside the headline rate."""

    key: ClassVar[str] = "cylinder"
    label: ClassVar[str] = N_("Gas cylinder")
    icon: ClassVar[str] = "cylinder"
    in_time_label: ClassVar[str] = N_("Cylinders inspected in time")
    counted_in: ClassVar[str] = CountingUnit.PIECE
    headline: ClassVar[bool] = False
    shares_certificate: ClassVar[bool] = True
    filled: ClassVar[bool] = True
    catalogue: ClassVar[Mapping[str, Text]] = CATALOGUE
    details_type: ClassVar[type[Details]] = CylinderDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = {
        DueKind.INSPECTION: settled_by(Proof.RESULT, DueParty.BODY),
        DueKind.END_OF_LIFE: settled_by(Proof.END, DueParty.UNIT),
    }
    conclusions: ClassVar[tuple[Conclusion, ...]] = (Conclusion.PASSED, Conclusion.FAILED, Conclusion.SCRAP)
    shares_report: ClassVar[bool] = True
    # the first is what our own files say, as lists and pages do; the others are read
    operators: ClassVar[Mapping[str, str]] = {"P": N_("Filling of cylinders")}
    own_headings: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "serial": ("产品编号", "气瓶编号", "钢印号", "瓶号", "钢瓶编号", "钢瓶号", "瓶体编号"),
        "owner": ("充装单位", "充装单位名称"),
        "own_number": ("单位内编号", "自有编号"),
    }

    def next_duties(self, life: Life, on: date) -> tuple[Planned, ...]:
        return cylinder_plan(self.regulation, life, on)

    def implausible(self, details: Details, on: date) -> Mapping[str, Message]:
        if not isinstance(details, CylinderDetails):
            return {}
        return odd_stamps(self.regulation, details, on) | odd_vehicle(details)

    def read_marks(self, text: str, on: date) -> StampMarks | None:
        return read_marks(text, on)

    def catalogue_code(self, details: Details) -> str:
        return details.variety.catalogue_code if isinstance(details, CylinderDetails) else ""


CYLINDER = CylinderCategory(
    Regulation.load(
        *(
            HERE / name
            for name in (
                "cylinder.toml",
                "gases.toml",
                "charges.toml",
                "fill_checks.toml",
                "refusals.toml",
                "scrap_reasons.toml",
            )
        )
    )
)
