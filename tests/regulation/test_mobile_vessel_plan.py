"""Mobile pressure vessels: by what carries the tank, and by safety grade."""

from datetime import date

from equipment.regulation.planning import Conclusion, Done, DueKind, Origin
from tests.regulation.inspected import Signed, cases, cited, days, inspected, origins

K, C = DueKind, Conclusion
ROAD, RAIL, TANK = {"catalogue": "2220"}, {"catalogue": "2210"}, {"catalogue": "2240"}
TUBES_A, TUBES_B = {"catalogue": "2230", "media_group": "a"}, {"catalogue": "2230", "media_group": "b"}
BASE, FIRST = date(2020, 5, 10), date(2021, 5, 6)
TANKS = {K.ANNUAL_CHECK: date(2021, 5, 10), K.PRESSURE_TEST: date(2026, 5, 10)}


@cases(
    Signed(
        "road tanker: the first within a year", ROAD, BASE, (), {K.INSPECTION: date(2021, 5, 31), **TANKS}
    ),
    Signed(
        "road tanker, grade 1: five years",
        ROAD,
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31), **TANKS},
    ),
    Signed(
        "road tanker, grade 3: three years",
        ROAD,
        BASE,
        (inspected(FIRST, C.GRADE_3),),
        {K.INSPECTION: date(2024, 5, 31), **TANKS},
    ),
    Signed(
        "rail tanker, grade 2: four years",
        RAIL,
        BASE,
        (inspected(FIRST, C.GRADE_2),),
        {K.INSPECTION: date(2025, 5, 31), **TANKS},
    ),
    Signed(
        "rail tanker, grade 3: two years",
        RAIL,
        BASE,
        (inspected(FIRST, C.GRADE_3),),
        {K.INSPECTION: date(2023, 5, 31), **TANKS},
    ),
    Signed(
        "tank container, grade 1: five years",
        TANK,
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31), **TANKS},
    ),
    Signed(
        "tank container, grade 3: two and a half",
        TANK,
        BASE,
        (inspected(FIRST, C.GRADE_3),),
        {K.INSPECTION: date(2023, 11, 30), **TANKS},
    ),
    Signed(
        "any of them, grade 5: treat or stop",
        ROAD,
        BASE,
        (inspected(FIRST, C.GRADE_5),),
        {K.INSPECTION: FIRST, **TANKS},
    ),
    Signed(
        "pressure test: six years after the last one",
        {**ROAD, "pressure_test_on": "2024-04-01"},
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {
            K.INSPECTION: date(2026, 5, 31),
            K.ANNUAL_CHECK: date(2021, 5, 10),
            K.PRESSURE_TEST: date(2030, 4, 1),
        },
    ),
    Signed("tube trailer, group A: three years first", TUBES_A, BASE, (), {K.INSPECTION: date(2023, 5, 31)}),
    Signed("tube trailer, group B: four years first", TUBES_B, BASE, (), {K.INSPECTION: date(2024, 5, 31)}),
    Signed(
        "tube trailer, group A: then five",
        TUBES_A,
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
    Signed(
        "tube trailer, group B: then six",
        TUBES_B,
        BASE,
        (inspected(FIRST, C.GRADE_2),),
        {K.INSPECTION: date(2027, 5, 31)},
    ),
    Signed(
        "tube trailer of no stated group: the shorter ones",
        {"catalogue": "2230"},
        BASE,
        (),
        {K.INSPECTION: date(2023, 5, 31)},
    ),
    Signed(
        "tube-bundle container: as its report states",
        {"catalogue": "2250"},
        BASE,
        (inspected(FIRST, C.GRADE_1, date(2025, 3, 9)),),
        {K.INSPECTION: date(2025, 3, 31)},
    ),
)
def test_a_mobile_vessel_is_inspected(case: Signed) -> None:
    assert days("mobile_vessel", case) == case.due


def test_the_older_table_is_not_called_verified() -> None:
    case = Signed("", ROAD, BASE, (inspected(FIRST, C.GRADE_1), Done(K.ANNUAL_CHECK, FIRST)), {})
    assert {verified for _document, _words, verified in cited("mobile_vessel", case).values()} == {False}


def test_a_tube_bundle_container_that_no_report_speaks_of_is_to_be_settled() -> None:
    case = Signed("", {"catalogue": "2250"}, BASE, (), {})
    assert origins("mobile_vessel", case) == {K.INSPECTION: Origin.UNKNOWN}
