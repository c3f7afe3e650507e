"""Boilers: inside every two years, outside every year, valves yearly, gauges half-yearly."""

from datetime import date

from equipment.regulation.planning import Conclusion, Done, DueKind, Origin
from tests.regulation.inspected import Signed, cases, cited, days, inspected, origins

K, C = DueKind, Conclusion
STEAM = {"catalogue": "1100", "safety_valves": 0, "gauges": 0}
POWER = {"catalogue": "1100", "use": "power", "safety_valves": 0, "gauges": 0}
BASE = date(2024, 5, 10)


@cases(
    Signed(
        "new: inside in two years, outside in one",
        STEAM,
        BASE,
        (),
        {K.INSPECTION: date(2026, 5, 31), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "met the requirements inside: two years on",
        STEAM,
        BASE,
        (inspected(date(2026, 4, 20), C.MEETS),),
        {K.INSPECTION: date(2028, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "basically met them: the report sets an earlier day",
        STEAM,
        BASE,
        (inspected(date(2026, 4, 20), C.BASIC, date(2027, 4, 20)),),
        {K.INSPECTION: date(2027, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "a report that states more than the rule does not reach beyond it",
        STEAM,
        BASE,
        (inspected(date(2026, 4, 20), C.MEETS, date(2029, 4, 20)),),
        {K.INSPECTION: date(2028, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "did not meet them: due since that day",
        STEAM,
        BASE,
        (inspected(date(2026, 4, 20), C.NOT_MET),),
        {K.INSPECTION: date(2026, 4, 20), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "outside done in 2026: the next a year on, inside untouched",
        STEAM,
        BASE,
        (Done(K.EXTERNAL, date(2026, 5, 6), C.MEETS),),
        {K.INSPECTION: date(2026, 5, 31), K.EXTERNAL: date(2027, 5, 31)},
    ),
    Signed(
        "a power-station boiler: three years where its report says nothing",
        POWER,
        BASE,
        (inspected(date(2026, 4, 20), C.MEETS),),
        {K.INSPECTION: date(2029, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "a power-station boiler: up to six where its report says so",
        POWER,
        BASE,
        (inspected(date(2026, 4, 20), C.MEETS, date(2032, 4, 1)),),
        {K.INSPECTION: date(2032, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "a power-station boiler: never beyond six",
        POWER,
        BASE,
        (inspected(date(2026, 4, 20), C.MEETS, date(2035, 4, 1)),),
        {K.INSPECTION: date(2032, 4, 30), K.EXTERNAL: date(2025, 5, 31)},
    ),
    Signed(
        "valves and gauges unless somebody says that there are none",
        {"catalogue": "1200"},
        BASE,
        (Done(K.SAFETY_VALVE, date(2026, 3, 1)), Done(K.PRESSURE_GAUGE, date(2026, 9, 1))),
        {
            K.INSPECTION: date(2026, 5, 31),
            K.EXTERNAL: date(2025, 5, 31),
            K.SAFETY_VALVE: date(2027, 3, 1),
            K.PRESSURE_GAUGE: date(2027, 3, 1),
        },
    ),
    Signed(
        "papers tell when it was inspected outside",
        {**STEAM, "external_on": "2026-02-11"},
        BASE,
        (),
        {K.INSPECTION: date(2026, 5, 31), K.EXTERNAL: date(2027, 2, 28)},
    ),
)
def test_a_boiler_is_inspected(case: Signed) -> None:
    assert days("boiler", case) == case.due


def test_the_intervals_of_boilers_rest_on_one_secondary_source_and_say_so() -> None:
    case = Signed("", STEAM, BASE, (inspected(date(2026, 4, 20), C.MEETS),), {})
    assert cited("boiler", case) == {
        K.INSPECTION: (
            "锅炉检验周期（转述资料）",
            "Inspected 2026-04; the next within 24 months → 2028-04",
            False,
        ),
        K.EXTERNAL: (
            "锅炉检验周期（转述资料）",
            "Last done (or base) 2024-05-10; every 12 months → 2025-05-10",
            False,
        ),
    }


def test_what_nobody_recorded_of_an_old_boiler_is_not_known_and_never_overdue() -> None:
    case = Signed("", STEAM, date(2012, 5, 10), (), {})
    assert origins("boiler", case, known_since=date(2026, 11, 1)) == {
        K.INSPECTION: Origin.UNKNOWN,
        K.EXTERNAL: Origin.UNKNOWN,
    }


def test_a_boiler_out_of_use_has_no_duties() -> None:
    assert origins("boiler", Signed("", STEAM, BASE, (), {}), status="stopped") == {}
