"""Amusement rides: every year after the acceptance inspection."""

from datetime import date

from equipment.regulation.planning import Conclusion, DueKind
from tests.regulation.inspected import Signed, cases, cited, days, inspected

K, C = DueKind, Conclusion
RIDE = {"catalogue": "6100"}
BASE = date(2024, 5, 10)


@cases(
    Signed("a year after the acceptance inspection", RIDE, BASE, (), {K.INSPECTION: date(2025, 5, 31)}),
    Signed("then every year", RIDE, BASE, (inspected(date(2025, 4, 30)),), {K.INSPECTION: date(2026, 4, 30)}),
    Signed(
        "failed: due since that day",
        RIDE,
        BASE,
        (inspected(date(2025, 4, 30), C.FAILED),),
        {K.INSPECTION: date(2025, 4, 30)},
    ),
)
def test_a_ride_is_inspected(case: Signed) -> None:
    assert days("amusement_ride", case) == case.due


def test_nothing_of_it_has_been_verified() -> None:
    assert cited("amusement_ride", Signed("", RIDE, BASE, (), {}))[K.INSPECTION] == (
        "大型游乐设施检验周期（行业知识，未对照TSG 71-2023）",
        "Counted from 2024-05; first inspection within 12 months → 2025-05",
        False,
    )
