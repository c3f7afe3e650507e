"""Fixed pressure vessels: the first within three years, then by safety grade."""

from datetime import date

from equipment.regulation.categories import category
from equipment.regulation.planning import Conclusion, Done, DueKind, Origin
from tests.regulation.inspected import Signed, cases, cited, days, inspected, origins

K, C = DueKind, Conclusion
METAL = {"catalogue": "2150"}
OTHER = {"catalogue": "2170", "material": "non_metal"}
BASE, FIRST = date(2020, 5, 10), date(2023, 5, 6)
CHECK = {K.ANNUAL_CHECK: date(2021, 5, 10)}


@cases(
    Signed("new: within three years of use", METAL, BASE, (), {K.INSPECTION: date(2023, 5, 31), **CHECK}),
    Signed(
        "grade 1: six years",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {K.INSPECTION: date(2029, 5, 31), **CHECK},
    ),
    Signed(
        "grade 2: six years",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_2),),
        {K.INSPECTION: date(2029, 5, 31), **CHECK},
    ),
    Signed(
        "grade 3: three years where the report says nothing",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_3),),
        {K.INSPECTION: date(2026, 5, 31), **CHECK},
    ),
    Signed(
        "grade 3: the report decides between three and six",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_3, date(2028, 5, 1)),),
        {K.INSPECTION: date(2028, 5, 31), **CHECK},
    ),
    Signed(
        "grade 3: never beyond six",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_3, date(2031, 5, 1)),),
        {K.INSPECTION: date(2029, 5, 31), **CHECK},
    ),
    Signed(
        "grade 4: monitored for three years at most",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_4),),
        {K.INSPECTION: date(2026, 5, 31), **CHECK},
    ),
    Signed(
        "grade 4: the body sets an earlier day",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_4, date(2024, 5, 1)),),
        {K.INSPECTION: date(2024, 5, 31), **CHECK},
    ),
    Signed(
        "grade 4 again: three years in all, from the first",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_4, date(2024, 5, 1)), inspected(date(2024, 5, 2), C.GRADE_4)),
        {K.INSPECTION: date(2026, 5, 31), **CHECK},
    ),
    Signed(
        "grade 4 once more after it was better: counted anew",
        METAL,
        BASE,
        (
            inspected(FIRST, C.GRADE_4),
            inspected(date(2024, 5, 2), C.GRADE_3),
            inspected(date(2025, 5, 2), C.GRADE_4),
        ),
        {K.INSPECTION: date(2028, 5, 31), **CHECK},
    ),
    Signed(
        "grade 5: treat or stop, due since that day",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_5),),
        {K.INSPECTION: FIRST, **CHECK},
    ),
    Signed("non-metal: the first within a year", OTHER, BASE, (), {K.INSPECTION: date(2021, 5, 31), **CHECK}),
    Signed(
        "non-metal, grade 1: three years",
        OTHER,
        BASE,
        (inspected(FIRST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31), **CHECK},
    ),
    Signed(
        "non-metal, grade 2: two years",
        OTHER,
        BASE,
        (inspected(FIRST, C.GRADE_2),),
        {K.INSPECTION: date(2025, 5, 31), **CHECK},
    ),
    Signed(
        "non-metal, grade 3: a year of monitored use",
        OTHER,
        BASE,
        (inspected(FIRST, C.GRADE_3),),
        {K.INSPECTION: date(2024, 5, 31), **CHECK},
    ),
    Signed(
        "non-metal, grade 4: not with the present medium",
        OTHER,
        BASE,
        (inspected(FIRST, C.GRADE_4_END),),
        {K.INSPECTION: FIRST, **CHECK},
    ),
    Signed(
        "the annual check is the user's own",
        METAL,
        BASE,
        (inspected(FIRST, C.GRADE_1), Done(K.ANNUAL_CHECK, date(2026, 8, 3))),
        {K.INSPECTION: date(2029, 5, 31), K.ANNUAL_CHECK: date(2027, 8, 3)},
    ),
    Signed(
        "valves and gauges that it has are duties of their own",
        {**METAL, "safety_valves": 1, "gauges": 2, "safety_valves_on": "2026-03-02"},
        BASE,
        (inspected(FIRST, C.GRADE_1), Done(K.PRESSURE_GAUGE, date(2026, 8, 31))),
        {
            K.INSPECTION: date(2029, 5, 31),
            **CHECK,
            K.SAFETY_VALVE: date(2027, 3, 2),
            K.PRESSURE_GAUGE: date(2027, 2, 28),
        },
    ),
    Signed(
        "what papers stated counts in the grade that is on file",
        {**METAL, "safety_grade": "2"},
        BASE,
        (Done(K.INSPECTION, FIRST, from_paper=True),),
        {K.INSPECTION: date(2029, 5, 31), **CHECK},
    ),
    Signed(
        "grade 5 on file: it was not passed",
        {**METAL, "safety_grade": "5"},
        BASE,
        (Done(K.INSPECTION, FIRST, from_paper=True),),
        {K.INSPECTION: FIRST, **CHECK},
    ),
)
def test_a_vessel_is_inspected(case: Signed) -> None:
    assert days("pressure_vessel", case) == case.due


def test_the_grades_are_cited_and_read_in_two_sources() -> None:
    case = Signed("", METAL, BASE, (inspected(FIRST, C.GRADE_3),), {})
    assert cited("pressure_vessel", case)[K.INSPECTION] == (
        "压力容器检验周期（转述资料）",
        "Inspected 2023-05, safety grade 3; the next within 36 months → 2026-05",
        True,
    )
    again = Signed("", METAL, BASE, (inspected(FIRST, C.GRADE_4),), {})
    assert cited("pressure_vessel", again)[K.INSPECTION] == (
        "压力容器检验周期（转述资料）",
        "Safety grade 4 since 2023-05; monitored for 36 months at most → 2026-05",
        True,
    )


def test_a_vessel_whose_grade_nobody_knows_is_to_be_settled() -> None:
    case = Signed("", METAL, BASE, (Done(K.INSPECTION, FIRST, from_paper=True),), {})
    assert origins("pressure_vessel", case)[K.INSPECTION] is Origin.UNKNOWN


def test_far_ahead_each_inspection_leaves_the_grade_it_had() -> None:
    kind = category("pressure_vessel")
    life = Signed("", METAL, BASE, (inspected(FIRST, C.GRADE_2),), {}).life("pressure_vessel")
    plan = kind.plan(life, date(2026, 11, 30), date(2042, 1, 1))
    assert [duty.due_on for duty in plan if duty.kind is K.INSPECTION] == [
        date(2029, 5, 31),
        date(2035, 5, 31),
        date(2041, 5, 31),
    ]
