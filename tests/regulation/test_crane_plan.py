"""Cranes: every year or every two, by kind."""

from datetime import date

import pytest

from equipment.regulation.planning import Conclusion, DueKind
from tests.regulation.inspected import Signed, cases, cited, days, inspected

K, C = DueKind, Conclusion
BASE, LAST = date(2023, 5, 10), date(2025, 5, 6)


@pytest.mark.parametrize(
    ("code", "years"),
    [
        ("4110", 2), ("4150", 1), ("4170", 2), ("4190", 2), ("4210", 2), ("4290", 2), ("4310", 1), ("4320", 1),
        ("4410", 1), ("4440", 1), ("4450", 2), ("4710", 2), ("4860", 1), ("4870", 1), ("4900", 2), ("4A00", 2),
        ("4D00", 2),
    ],
)  # fmt: skip
def test_the_interval_of_each_kind(code: str, years: int) -> None:
    of = {"catalogue": code}
    assert days("crane", Signed("", of, BASE, (), {})) == {K.INSPECTION: date(2023 + years, 5, 31)}
    done = Signed("", of, BASE, (inspected(LAST),), {})
    assert days("crane", done) == {K.INSPECTION: date(2025 + years, 5, 31)}


@cases(
    Signed(
        "failed: due since that day",
        {"catalogue": "4110"},
        BASE,
        (inspected(LAST, C.FAILED),),
        {K.INSPECTION: LAST},
    ),
    Signed(
        "passed again: counted from then",
        {"catalogue": "4110"},
        BASE,
        (inspected(LAST, C.FAILED), inspected(date(2025, 7, 1))),
        {K.INSPECTION: date(2027, 7, 31)},
    ),
    Signed(
        "a report that states an earlier day holds",
        {"catalogue": "4110"},
        BASE,
        (inspected(LAST, C.PASSED, date(2026, 5, 1)),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
)
def test_a_crane_is_inspected(case: Signed) -> None:
    assert days("crane", case) == case.due


def test_the_rule_of_2023_was_not_read_and_it_says_so() -> None:
    case = Signed("", {"catalogue": "4310"}, BASE, (inspected(LAST),), {})
    assert cited("crane", case)[K.INSPECTION] == (
        "起重机械检验周期（行业知识，未对照TSG 51-2023及其修改单）",
        "Inspected 2025-05; the next within 12 months → 2026-05",
        False,
    )
