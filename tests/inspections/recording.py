"""Recording results in tests, as an inspector of the town's body does."""

from __future__ import annotations

from datetime import date
from typing import Any

from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.dues.models import DueList
from equipment.inspections import actions
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.inspections.settling import ListPlace
from equipment.register.models import Equipment
from equipment.storage import db
from tests.dues.town import Town, fresh

TODAY = date(2025, 3, 10)


def result(conclusion: Conclusion = Conclusion.PASSED, **more: Any) -> Result:
    return Result(
        **{
            "id": new_id(),
            "kind": InspectionKind.INSPECTION,
            "on": TODAY,
            "conclusion": conclusion,
            "report_no": f"TZJ-{new_id().hex[-8:]}",
            "remark": "" if conclusion.passed else "制动力不足",
            **more,
        }
    )


def record(
    at: Town, piece: Equipment, wanted: Result, who: str = "inspector", row: ListPlace | None = None
) -> Inspection:
    with db.transaction():
        return actions.record(fresh(piece.id), wanted, by=at.viewer(who), row=row)


def a_list(at: Town) -> DueList:
    with db.transaction():
        return lists.make_list(Filters(window="all"), by=at.viewer("inspector"), title="")
