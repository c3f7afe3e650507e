"""On-site vehicles: forklifts every two years, sightseeing vehicles every year, in the month of the first one."""

from datetime import date

from equipment.regulation.planning import Conclusion, DueKind
from tests.regulation.inspected import Signed, cases, cited, days, inspected

K, C = DueKind, Conclusion
FORKLIFT, SIGHTS = {"catalogue": "5110"}, {"catalogue": "5200"}
BASE = date(2022, 5, 10)


@cases(
    Signed("forklift: two years", FORKLIFT, BASE, (), {K.INSPECTION: date(2024, 5, 31)}),
    Signed("sightseeing: one year", SIGHTS, BASE, (), {K.INSPECTION: date(2023, 5, 31)}),
    Signed(
        "a month early: the due month stays",
        FORKLIFT,
        BASE,
        (inspected(date(2024, 4, 3)),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
    Signed(
        "three months late: the due month stays",
        FORKLIFT,
        BASE,
        (inspected(date(2024, 8, 3)),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
    Signed("in its month", SIGHTS, BASE, (inspected(date(2026, 5, 20)),), {K.INSPECTION: date(2027, 5, 31)}),
    Signed(
        "failed: due since that day",
        FORKLIFT,
        BASE,
        (inspected(date(2024, 4, 3), C.FAILED),),
        {K.INSPECTION: date(2024, 4, 3)},
    ),
)
def test_a_vehicle_is_inspected(case: Signed) -> None:
    assert days("site_vehicle", case) == case.due


def test_the_rule_is_named() -> None:
    assert cited("site_vehicle", Signed("", FORKLIFT, BASE, (), {}))[K.INSPECTION] == (
        "TSG 81-2022 场（厂）内专用机动车辆安全技术规程",
        "Counted from 2022-05; first inspection within 24 months → 2024-05",
        False,
    )
