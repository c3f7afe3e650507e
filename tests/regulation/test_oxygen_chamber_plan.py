"""Oxygen chambers: no interval is at hand, so their reports decide, or the bureau."""

from datetime import date

from equipment.regulation.categories import category
from equipment.regulation.packs import Override
from equipment.regulation.planning import Conclusion, DueKind, Origin
from tests.regulation.inspected import Signed, cases, days, inspected, origins

K, C = DueKind, Conclusion
CHAMBER = {"catalogue": "2410"}
BASE, LAST = date(2020, 5, 10), date(2024, 5, 6)


@cases(
    Signed(
        "as its report states",
        CHAMBER,
        BASE,
        (inspected(LAST, C.MEETS, date(2027, 5, 1)),),
        {K.INSPECTION: date(2027, 5, 31)},
    ),
    Signed("not met: due since that day", CHAMBER, BASE, (inspected(LAST, C.NOT_MET),), {K.INSPECTION: LAST}),
    Signed(
        "valves and gauges that it has",
        {
            **CHAMBER,
            "safety_valves": 2,
            "safety_valves_on": "2026-05-05",
            "gauges": 4,
            "gauges_on": "2026-08-08",
        },
        BASE,
        (inspected(LAST, C.MEETS, date(2027, 5, 1)),),
        {
            K.INSPECTION: date(2027, 5, 31),
            K.SAFETY_VALVE: date(2027, 5, 5),
            K.PRESSURE_GAUGE: date(2027, 2, 8),
        },
    ),
)
def test_an_oxygen_chamber_is_inspected(case: Signed) -> None:
    assert days("oxygen_chamber", case) == case.due


def test_without_a_report_nobody_knows() -> None:
    assert origins("oxygen_chamber", Signed("", CHAMBER, BASE, (), {})) == {K.INSPECTION: Origin.UNKNOWN}


def test_an_interval_that_the_bureau_sets_holds() -> None:
    own = Override("inspection.chamber.after", date(2026, 1, 1), 36, "白市监〔2026〕9号", "u1")
    kind = category("oxygen_chamber").overlaid(own)
    life = Signed("", CHAMBER, BASE, (inspected(LAST, C.MEETS),), {}).life("oxygen_chamber")
    plan = kind.plan(life, date(2026, 11, 30))
    assert [(duty.kind, duty.due_on) for duty in plan] == [(K.INSPECTION, date(2027, 5, 31))]
