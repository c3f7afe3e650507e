"""What an inspector typed, as a result; what is wrong with it, field by field, in messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.inspections.actions import Result
from equipment.inspections.rules import Conclusion, InspectionKind

# The keys of 录入清单; nothing is preset.
KEYS: Mapping[str, Conclusion] = {"1": Conclusion.PASSED, "2": Conclusion.FAILED, "3": Conclusion.SCRAP}


def result_of(typed: Mapping[str, str]) -> Result:
    """The form of one result."""
    wrong: dict[str, str] = {}
    kind, conclusion = typed.get("kind", ""), typed.get("conclusion", "")
    if kind not in set(InspectionKind):
        wrong["kind"] = N_("Choose what was done.")
    if conclusion not in set(Conclusion):
        wrong["conclusion"] = N_("Choose the conclusion.")
    on = day_of(typed.get("on", ""), "on", wrong, needed=True)
    next_on = day_of(typed.get("stated_next_on", ""), "stated_next_on", wrong)
    if wrong or on is None:
        raise Invalid(wrong)
    return Result(
        id=id_in(typed.get("id", "")),
        kind=InspectionKind(kind),
        on=on,
        conclusion=Conclusion(conclusion),
        report_no=typed.get("report_no", "").strip()[:60],
        remark=typed.get("remark", "").strip(),
        clause=typed.get("clause", ""),
        stated_next_on=next_on,
    )


def row_result(typed: Mapping[str, str], kind: InspectionKind) -> Result:
    """One row of 录入清单: a conclusion key, a day, a report number."""
    wrong: dict[str, str] = {}
    key = typed.get("key", "").strip()
    if key not in KEYS:
        wrong["key"] = N_("1 passed, 2 failed, 3 to be scrapped")
    on = day_of(typed.get("on", ""), "on", wrong, needed=True)
    if wrong or on is None:
        raise Invalid(wrong)
    return Result(
        id=id_in(typed.get("id", "")),
        kind=kind,
        on=on,
        conclusion=KEYS[key],
        report_no=typed.get("report", "").strip()[:60],
    )


def day_of(text: str, field: str, wrong: dict[str, str], *, needed: bool = False) -> date | None:
    """A day as people type it: 2026-11-23, 20261123; noted as wrong when it is none."""
    digits = text.strip().replace("-", "").replace("/", "").replace(".", "")
    if not digits and not needed:
        return None
    try:
        return (
            date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
            if len(digits) == 8
            else date.fromisoformat(text.strip())
        )
    except ValueError:
        wrong[field] = N_("Enter a day.")
        return None
