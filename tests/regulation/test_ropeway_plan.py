"""Ropeways: a full inspection every three years, an annual one in the years between."""

from datetime import date

from equipment.regulation.planning import Conclusion, Done, DueKind
from tests.regulation.inspected import Signed, cases, cited, days, inspected

K, C = DueKind, Conclusion
ROPE = {"catalogue": "9120"}
BASE, FULL = date(2023, 5, 10), date(2026, 5, 6)


@cases(
    Signed("new", ROPE, BASE, (), {K.INSPECTION: date(2026, 5, 31), K.ANNUAL_INSPECTION: date(2024, 5, 31)}),
    Signed(
        "after the full one the annual one follows a year on",
        ROPE,
        BASE,
        (inspected(FULL),),
        {K.INSPECTION: date(2029, 5, 31), K.ANNUAL_INSPECTION: date(2027, 5, 31)},
    ),
    Signed(
        "an annual one does not put off the full one",
        ROPE,
        BASE,
        (Done(K.ANNUAL_INSPECTION, date(2025, 5, 8)),),
        {K.INSPECTION: date(2026, 5, 31), K.ANNUAL_INSPECTION: date(2026, 5, 31)},
    ),
    Signed(
        "an annual one that failed is due since that day",
        ROPE,
        BASE,
        (Done(K.ANNUAL_INSPECTION, date(2025, 5, 8), C.FAILED),),
        {K.INSPECTION: date(2026, 5, 31), K.ANNUAL_INSPECTION: date(2025, 5, 8)},
    ),
    Signed(
        "and a full one passed after it takes its place",
        ROPE,
        BASE,
        (Done(K.ANNUAL_INSPECTION, date(2025, 5, 8), C.FAILED), inspected(FULL)),
        {K.INSPECTION: date(2029, 5, 31), K.ANNUAL_INSPECTION: date(2027, 5, 31)},
    ),
    Signed(
        "the full one failed: nothing runs",
        ROPE,
        BASE,
        (inspected(FULL, C.FAILED),),
        {K.INSPECTION: FULL, K.ANNUAL_INSPECTION: date(2024, 5, 31)},
    ),
)
def test_a_ropeway_is_inspected(case: Signed) -> None:
    assert days("ropeway", case) == case.due


def test_nothing_of_it_has_been_verified() -> None:
    verified = {shown[2] for shown in cited("ropeway", Signed("", ROPE, BASE, (), {})).values()}
    assert verified == {False}
