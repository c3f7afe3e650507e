"""Stage hoists (舞台吊机), made up for a test: fields, inspection, visits. The numbers are no regulation's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from equipment.core.months import add_months
from equipment.core.text import Text
from equipment.core.words import Message
from equipment.regulation.category import Category, CountingUnit
from equipment.regulation.details import AllowedValue, Details, Shown, field
from equipment.regulation.packs import Regulation
from equipment.regulation.planning import DueKind, Life, Planned
from equipment.regulation.settling import DueParty, Proof, Settlement, settled_by

KINDS = (AllowedValue("4110", "桥式起重机"), AllowedValue("4310", "塔式起重机"))
ALIASES = {"4110": ("桥吊",), "4310": ("塔吊",)}


class StageHoistDetails(Details):
    catalogue: Annotated[
        str,
        field(
            "起重机品种",
            Shown(("设备品种",), filter=True, choices=KINDS, aliases=ALIASES),
            pattern="^(4110|4310)$",
        ),
    ]
    lift_kg: Annotated[int | None, field("额定起重量", Shown(("额定起重量",), "kg"), ge=1, le=2_000_000)] = (
        None
    )


@dataclass(frozen=True)
class StageHoist(Category):
    key: ClassVar[str] = "stage_hoist"
    label: ClassVar[str] = "起重机械"
    counted_in: ClassVar[str] = CountingUnit.SET
    headline: ClassVar[bool] = True
    catalogue: ClassVar[Mapping[str, Text]] = {
        "4110": Text("桥式起重机", "Bridge crane"),
        "4310": Text("塔式起重机", "Tower crane"),
    }
    details_type: ClassVar[type[Details]] = StageHoistDetails
    settlements: ClassVar[Mapping[DueKind, Settlement]] = {
        DueKind.INSPECTION: settled_by(Proof.RESULT, DueParty.BODY),
        DueKind.VISIT_HALF_MONTH: settled_by(Proof.VISIT, DueParty.FIRM),
    }
    visit_kinds: ClassVar[tuple[DueKind, ...]] = (DueKind.VISIT_HALF_MONTH,)

    def next_duties(self, life: Life, on: date) -> tuple[Planned, ...]:
        base = life.registered_on
        if base is None or not life.planned:
            return ()
        months, days = self.regulation.value("inspection_months", on), self.regulation.value("visit_days", on)
        inspected, visited = life.last_passed(DueKind.INSPECTION), life.last(DueKind.VISIT_HALF_MONTH)
        return (
            Planned(
                DueKind.INSPECTION,
                add_months(inspected.on if inspected else base, months.integer),
                None,
                months.citation,
                Message("起重机检验"),
            ),
            Planned(
                DueKind.VISIT_HALF_MONTH,
                (visited.on if visited else base) + timedelta(days=days.integer),
                None,
                days.citation,
                Message("起重机维保"),
            ),
        )

    def catalogue_code(self, details: Details) -> str:
        return details.catalogue if isinstance(details, StageHoistDetails) else ""


STAGE_HOIST = StageHoist(Regulation.load(Path(__file__).parent / "stage_hoist.toml"))
