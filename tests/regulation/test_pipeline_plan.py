"""Pipelines: public ones by level and material, industrial ones by safety grade."""

from datetime import date

from equipment.regulation.categories import category
from equipment.regulation.category import Extent
from equipment.regulation.planning import Conclusion, DueKind, Origin
from tests.regulation.inspected import Signed, cases, cited, days, inspected, origins

K, C = DueKind, Conclusion
BASE, LAST = date(2015, 5, 10), date(2020, 5, 6)
CHECK = {K.ANNUAL_CHECK: date(2016, 5, 10)}
INDUSTRIAL = {"catalogue": "8310", "level": "GC2"}


def public(**more: str) -> dict[str, str]:
    return {"catalogue": "8210", **more}


@cases(
    Signed(
        "GB1-III: eight years",
        public(level="GB1-III"),
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2028, 5, 31), **CHECK},
    ),
    Signed(
        "GB1-IV: twelve years",
        public(level="GB1-IV"),
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2032, 5, 31), **CHECK},
    ),
    Signed(
        "GB2: twelve years",
        {"catalogue": "8220", "level": "GB2"},
        BASE,
        (inspected(LAST, C.GRADE_2),),
        {K.INSPECTION: date(2032, 5, 31), **CHECK},
    ),
    Signed(
        "PE: fifteen years, whatever its level",
        public(level="GB1-IV", material="pe"),
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2035, 5, 31), **CHECK},
    ),
    Signed(
        "cast iron: fifteen years",
        public(material="cast_iron"),
        BASE,
        (),
        {K.INSPECTION: date(2030, 5, 31), **CHECK},
    ),
    Signed(
        "a public one that was never inspected: its interval from the base",
        public(level="GB1-III"),
        BASE,
        (),
        {K.INSPECTION: date(2023, 5, 31), **CHECK},
    ),
    Signed(
        "GB1-I: as its report states",
        public(level="GB1-I"),
        BASE,
        (inspected(LAST, C.GRADE_1, date(2026, 5, 1)),),
        {K.INSPECTION: date(2026, 5, 31), **CHECK},
    ),
    Signed(
        "a report that states an earlier day holds",
        public(level="GB1-III"),
        BASE,
        (inspected(LAST, C.GRADE_3, date(2023, 5, 1)),),
        {K.INSPECTION: date(2023, 5, 31), **CHECK},
    ),
    Signed(
        "industrial: the first within three years", INDUSTRIAL, BASE, (), {K.INSPECTION: date(2018, 5, 31)}
    ),
    Signed(
        "industrial, grade 1: six years",
        INDUSTRIAL,
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
    Signed(
        "industrial, grade 2: six years",
        INDUSTRIAL,
        BASE,
        (inspected(LAST, C.GRADE_2),),
        {K.INSPECTION: date(2026, 5, 31)},
    ),
    Signed(
        "industrial, grade 3: three years",
        INDUSTRIAL,
        BASE,
        (inspected(LAST, C.GRADE_3),),
        {K.INSPECTION: date(2023, 5, 31)},
    ),
    Signed(
        "industrial, grade 4: treat or stop",
        INDUSTRIAL,
        BASE,
        (inspected(LAST, C.GRADE_4_END),),
        {K.INSPECTION: LAST},
    ),
    Signed(
        "long-distance: the first within three years",
        {"catalogue": "8120", "level": "GA1"},
        BASE,
        (),
        {K.INSPECTION: date(2018, 5, 31)},
    ),
    Signed(
        "long-distance: then eight",
        {"catalogue": "8120", "level": "GA1"},
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2028, 5, 31)},
    ),
    Signed(
        "safety valves yearly where it has some",
        {**INDUSTRIAL, "safety_valves": 2, "safety_valves_on": "2026-02-01"},
        BASE,
        (inspected(LAST, C.GRADE_1),),
        {K.INSPECTION: date(2026, 5, 31), K.SAFETY_VALVE: date(2027, 2, 1)},
    ),
)
def test_a_pipeline_is_inspected(case: Signed) -> None:
    assert days("pipeline", case) == case.due


def test_nothing_of_it_has_been_verified() -> None:
    case = Signed("", public(level="GB1-III"), BASE, (inspected(LAST, C.GRADE_1),), {})
    assert cited("pipeline", case)[K.INSPECTION] == (
        "公用管道检验周期（转述资料）",
        "Inspected 2020-05; the next within 96 months → 2028-05",
        False,
    )


def test_a_level_without_an_interval_and_without_a_report_is_to_be_settled() -> None:
    assert (
        origins("pipeline", Signed("", public(level="GB1-II"), BASE, (), {}))[K.INSPECTION] is Origin.UNKNOWN
    )


def test_pipelines_are_counted_by_line_and_km_and_stay_out_of_the_headline() -> None:
    kind = category("pipeline")
    assert (kind.headline, kind.counted_in, kind.extent) == (
        False,
        "lines",
        Extent("length_mm", "km", 1_000_000),
    )
    assert kind.extent is not None
    assert kind.extent.shown(12_345_678) == 12.35
