"""May this cylinder be filled? One line per reason of the refusal list, as an inspector would read it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from equipment.core.verdict import Effect
from equipment.fills.reason_rules import asks_for_ring, failed_after, unanswered
from equipment.fills.rules import FillFacts, FillPack, may_fill
from equipment.fills.weight_rules import Weights, off_target
from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.packs import Applies, Override

ON = date(2026, 11, 23)
PACK = FillPack(CYLINDER.regulation, ON)
BOTTLES: dict[str, dict[str, Any]] = {
    "lpg": {
        "variety": "lpg",
        "medium": "LPG",
        "model": "YSP35.5",
        "volume_ml": 35500,
        "tare_g": 16500,
        "edition": "gb5842_2006",
    },
    "oxygen": {"variety": "seamless", "medium": "O2", "volume_ml": 40000, "working_pressure_kpa": 15000},
    "ammonia": {
        "variety": "welded",
        "medium": "NH3",
        "volume_ml": 400000,
        "working_pressure_kpa": 3000,
        "tare_g": 200000,
    },
    "acetylene": {
        "variety": "acetylene",
        "medium": "C2H2",
        "volume_ml": 40000,
        "porosity_permille": 900,
        "tare_g": 58000,
    },
    "vehicle": {"variety": "vehicle_cng", "medium": "CNG", "volume_ml": 80000},
    "fire": {
        "variety": "seamless",
        "medium": "CO2",
        "use": "fire",
        "volume_ml": 40_000,
        "working_pressure_kpa": 15_000,
    },
    "non_refillable": {"variety": "welded", "medium": "R134A", "non_refillable": True, "volume_ml": 13_600},
    "approved": {
        "variety": "seamless",
        "medium": "O2",
        "volume_ml": 40_000,
        "fill_approval": "甘市监特批〔2026〕3号",
    },
    "breathing": {"variety": "wound", "medium": "AIR", "use": "breathing", "volume_ml": 6800},
    "hydrogen": {"variety": "seamless", "medium": "H2", "volume_ml": 40000},
}
GOOD = {
    "inspection_due_on": date(2027, 3, 31),
    "end_of_life_on": date(2028, 1, 31),
    "made_on": date(2020, 1, 1),
}
PAST_TRANSITION = {code: date(2026, 6, 30) for code in ("R02", "R05", "R06")}


def verdict(
    bottle: str,
    facts: dict[str, Any],
    checks: dict[str, bool | str],
    transition: dict[str, date] | None = None,
) -> list[tuple[str, str]]:
    details = CYLINDER.read(BOTTLES[bottle])
    gas = BOTTLES[bottle]["medium"]
    known = FillFacts(**{"gas": gas, "medium": gas, **GOOD, **facts})
    found = may_fill(
        PACK.book(PAST_TRANSITION if transition is None else transition), PACK.make_of(details), known, checks
    )  # type: ignore[arg-type]
    return [(reason.code, str(reason.effect)) for reason in found.reasons]


CASES: tuple[tuple[str, str, dict[str, Any], dict[str, bool | str], list[tuple[str, str]]], ...] = (
    # what is said of it, which bottle, what the register knows, what the person answered, reasons
    ("a good LPG bottle", "lpg", {}, {}, []),
    ("a good bottle, everything looked at and fine", "lpg", {}, {f"P{n:02}": True for n in range(1, 14)}, []),
    ("R01 nothing on file under the code", "lpg", {"reading": "unknown"}, {}, [("R01", "block")]),
    ("R01 the label is void", "lpg", {"reading": "void"}, {}, [("R01", "block")]),
    ("R09 the label of a scrapped bottle", "lpg", {"reading": "ended"}, {}, [("R09", "block")]),
    ("R01 a forged code", "lpg", {"reading": "forged"}, {}, [("R01", "block")]),
    ("R01 a wrong character", "lpg", {"reading": "mistyped"}, {}, [("R01", "block")]),
    ("R01 the label of a lift", "lpg", {"reading": "not_cylinder"}, {}, [("R01", "block")]),
    ("R02 never registered", "lpg", {"registered": False}, {}, [("R02", "block")]),
    ("R02 record still to be checked", "lpg", {"verified": False}, {}, [("R02", "block")]),
    ("R02 out of use on file", "lpg", {"status": "stopped"}, {}, [("R02", "block")]),
    ("R03 another station's bottle", "lpg", {"own": False}, {}, [("R03", "block")]),
    ("R03 a breathing cylinder is filled wherever it comes", "breathing", {"own": False}, {}, []),
    ("R03 one for fire extinguishing is filled wherever it comes", "fire", {"own": False}, {}, []),
    ("R03 a non-refillable cylinder is nobody's own", "non_refillable", {"own": False}, {}, []),
    (
        "R33 a non-refillable one that was filled before is a question, no refusal",
        "non_refillable",
        {"filled_on": date(2026, 5, 1)},
        {},
        [("R33", "warn")],
    ),
    ("R33 a refillable one may be filled again", "lpg", {"filled_on": date(2026, 5, 1)}, {}, []),
    ("R03 the province has approved another filler", "approved", {"own": False}, {}, []),
    (
        "R03 an approval is of no use to one that is filled elsewhere now",
        "approved",
        {"own": False, "open_elsewhere": True},
        {},
        [("R03", "block")],
    ),
    ("R03 a vehicle's cylinder is filled wherever it comes", "vehicle", {"own": False}, {}, []),
    (
        "R03 even a vehicle's is not filled twice at once",
        "vehicle",
        {"own": False, "open_elsewhere": True},
        {},
        [("R03", "block")],
    ),
    ("R03 moved out of the city", "oxygen", {"status": "moved_out"}, {}, [("R03", "block")]),
    ("R04 maker without licence, seen by the person", "oxygen", {}, {"P02": False}, [("R04", "block")]),
    ("R05 stamps illegible", "lpg", {}, {"P03": False}, [("R05", "block")]),
    ("R06 wrong colour", "oxygen", {}, {"P04": False}, [("R06", "block")]),
    ("R07 last valid day is today", "lpg", {"inspection_due_on": ON}, {}, []),
    ("R07 one day late", "lpg", {"inspection_due_on": date(2026, 11, 22)}, {}, [("R07", "block")]),
    ("R07 no inspection on file that could tell", "lpg", {"inspection_due_on": None}, {}, [("R07", "block")]),
    ("R08 design life over", "lpg", {"end_of_life_on": date(2026, 10, 31)}, {}, [("R08", "block")]),
    ("R08 a life nobody knows is not past", "oxygen", {"end_of_life_on": None}, {}, []),
    ("R09 scrapped", "lpg", {"status": "scrapped"}, {}, [("R09", "block")]),
    ("R09 failed its last inspection", "oxygen", {"last_conclusion": "failed"}, {}, [("R09", "block")]),
    ("R10 refurbished, found earlier", "lpg", {"treat_code": "R10"}, {}, [("R10", "block")]),
    ("R11 screwed guard", "lpg", {"screw_guard": True}, {}, [("R11", "block")]),
    ("R11 concerns LPG only", "oxygen", {"screw_guard": True}, {}, []),
    (
        "R12 no mark on the head, made 2022",
        "lpg",
        {"head_mark": False, "made_on": date(2022, 5, 1)},
        {},
        [("R12", "block")],
    ),
    ("R12 no mark needed on a bottle of 2020", "lpg", {"head_mark": False}, {}, []),
    ("R13 asked for another gas than on file", "oxygen", {"gas": "AR"}, {}, [("R13", "treat")]),
    ("R13 residual gas unknown", "oxygen", {}, {"P06": False}, [("R13", "treat")]),
    ("R14 no residual pressure", "oxygen", {}, {"P07": False}, [("R14", "treat")]),
    ("R15 guard missing", "lpg", {}, {"P09": False}, [("R15", "treat")]),
    ("R16 dented", "lpg", {}, {"P08": False}, [("R16", "treat")]),
    ("R17 burnt: the person names it", "lpg", {}, {"P08": "R17"}, [("R17", "block")]),
    ("R18 oil on an oxygen cylinder", "oxygen", {}, {"P10": False}, [("R18", "treat")]),
    ("R18 oil is not asked for LPG", "lpg", {}, {"P10": False}, []),
    ("R19 hydrogen after inspection, not purged", "hydrogen", {}, {"P11": False}, [("R19", "treat")]),
    ("R20 tare unknown", "lpg", {"tare_known": False}, {}, [("R20", "treat")]),
    ("R20 oxygen is not weighed", "oxygen", {"tare_known": False}, {}, []),
    ("R21 non-standard valve", "lpg", {}, {"P09": "R21"}, [("R21", "block")]),
    ("R22 material found not to go with the gas", "ammonia", {"treat_code": "R22"}, {}, [("R22", "block")]),
    (
        "R23 pressure too low for the gas, found earlier",
        "ammonia",
        {"treat_code": "R23"},
        {},
        [("R23", "block")],
    ),
    ("R24 doubt about a vehicle's cylinder", "vehicle", {}, {"P08": False}, [("R24", "block")]),
    ("R25 people in the car", "vehicle", {}, {"P14": False}, [("R25", "treat")]),
    ("R26 fusible plug", "acetylene", {}, {"P09": False}, [("R26", "treat")]),
    (
        "R27 last filled five years ago, LPG is inspected every four",
        "lpg",
        {"filled_on": date(2021, 11, 1)},
        {},
        [("R27", "treat")],
    ),
    (
        "R27 inspected after it had been idle too long",
        "lpg",
        {"filled_on": date(2021, 11, 1), "inspected_on": date(2026, 1, 9)},
        {},
        [],
    ),
    (
        "R28 locked by the regulator",
        "lpg",
        {"status": "locked", "block_reason": "挂失"},
        {},
        [("R28", "block")],
    ),
    ("R30 use stopped by a hazard", "lpg", {"stop_use": True}, {}, [("R30", "block")]),
    ("R28 no decision yet", "lpg", {"undecided": True}, {}, [("R28", "block")]),
    ("R31 filled just now", "lpg", {"minutes_since_fill": 3}, {}, [("R31", "block")]),
    (
        "R31 filled just now, and why again",
        "lpg",
        {"minutes_since_fill": 3, "refill_reason": "客户退回重充"},
        {},
        [("R31", "warn")],
    ),
    ("R29 licence expired", "lpg", {"licence": "no_licence"}, {}, [("R29", "block")]),
    ("R29 licence does not cover the gas", "hydrogen", {"licence": "not_covered"}, {}, [("R29", "block")]),
    ("R29 certificate expired", "lpg", {"operator": "no_certificate"}, {}, [("R29", "block")]),
    ("R29 card unknown", "lpg", {"operator": "unknown_person"}, {}, [("R29", "block")]),
    ("R29 nobody named: a warning", "lpg", {"operator": "nobody"}, {}, [("R29", "warn")]),
    ("overfilled yesterday, not yet drawn down", "lpg", {"treat_code": "Q10"}, {}, [("Q10", "treat")]),
    (
        "everything at once is told at once",
        "lpg",
        {"own": False, "inspection_due_on": date(2025, 1, 31), "screw_guard": True},
        {"P07": False},
        [("R03", "block"), ("R07", "block"), ("R11", "block"), ("R14", "treat")],
    ),
)


@pytest.mark.parametrize(
    ("said", "bottle", "facts", "checks", "reasons"), CASES, ids=[case[0] for case in CASES]
)
def test_the_reasons_of(
    said: str,
    bottle: str,
    facts: dict[str, Any],
    checks: dict[str, bool | str],
    reasons: list[tuple[str, str]],
) -> None:
    assert verdict(bottle, facts, checks) == reasons


@pytest.mark.parametrize(
    ("applies", "inspected_on", "reasons"),
    [
        pytest.param(Applies.AT_ONCE, date(2023, 3, 1), [("R27", "treat")], id="a shorter interval at once"),
        pytest.param(Applies.FROM_NEXT, date(2023, 3, 1), [], id="from the next inspection: not yet"),
        pytest.param(Applies.FROM_NEXT, None, [], id="never inspected: counted from the day it was made"),
        pytest.param(Applies.FROM_NEXT, date(2024, 1, 1), [("R27", "treat")], id="inspected since: counts"),
    ],
)
def test_idleness_is_measured_by_the_interval_in_force_at_the_last_inspection(
    applies: Applies, inspected_on: date | None, reasons: list[tuple[str, str]]
) -> None:
    """Last filled in June 2024; the bureau shortened four years to two from 2024 on."""
    own = Override("inspection_months.lpg", date(2024, 1, 1), 24, "市局〔2024〕1号", "7", applies=applies)
    pack = FillPack(CYLINDER.regulation.overlaid([own]), ON)
    facts = FillFacts(
        **{**GOOD, "gas": "LPG", "medium": "LPG", "filled_on": date(2024, 6, 1), "inspected_on": inspected_on}
    )
    verdict = may_fill(pack.book(PAST_TRANSITION), pack.make_of(CYLINDER.read(BOTTLES["lpg"])), facts, {})
    assert [(reason.code, str(reason.effect)) for reason in verdict.reasons] == reasons


def test_every_reason_of_the_list_has_a_case() -> None:
    told = {code for case in CASES for code, _ in case[4]}
    assert {f"R{number:02}" for number in range(1, 30)} - told == set()


@pytest.mark.parametrize(
    ("until", "effect"), [(None, "warn"), (date(2026, 11, 23), "warn"), (date(2026, 11, 22), "block")]
)
def test_a_reason_in_transition_warns_until_the_stations_day(until: date | None, effect: str) -> None:
    assert verdict("lpg", {"registered": False}, {}, {"R02": until} if until else {}) == [("R02", effect)]


def test_every_reason_cites_document_day_and_pack() -> None:
    cited = [refusal.citation for refusal in PACK.refusals.values()]
    assert [each for each in cited if not (each.document and each.since and each.pack)] == []


def test_facts_survive_being_stored() -> None:
    facts = FillFacts(
        own=False, gas="LPG", medium="LPG", inspection_due_on=date(2027, 3, 31), treat_code="R14"
    )
    assert FillFacts.from_json(facts.as_json()) == facts


def test_only_what_differs_from_the_ordinary_is_stored() -> None:
    assert FillFacts(gas="LPG", medium="LPG", own=False).as_json() == {
        "own": False,
        "gas": "LPG",
        "medium": "LPG",
    }


def make_of(bottle: str) -> Any:
    return PACK.make_of(CYLINDER.read(BOTTLES[bottle]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gross_g", "net_g", "over", "off"),
    [
        (31000, 14500, False, ""),
        (31400, 14900, False, ""),
        (31401, 14901, True, ""),
        (30499, 13999, False, "light"),
        (31001, 14501, False, ""),
    ],
)
def test_the_hard_limit_is_the_allowed_charge_and_the_trade_tolerance_only_warns(
    gross_g: int, net_g: int, over: bool, off: str
) -> None:
    make = make_of("lpg")
    weights = Weights(16500, gross_g, make.charge_g)
    assert (weights.net_g, weights.overfilled, off_target(make, weights.net_g)) == (net_g, over, off)


@pytest.mark.parametrize(
    ("answers", "overfilled", "codes"),
    [
        ({}, False, []),
        ({"Q03": True}, False, []),
        ({"Q03": False}, False, ["Q03"]),
        ({}, True, ["Q10"]),
        ({"Q02": False}, True, ["Q02", "Q10"]),
    ],
)
def test_what_is_found_after_the_fill(
    answers: dict[str, bool | str], overfilled: bool, codes: list[str]
) -> None:
    found = failed_after(make_of("lpg").post, answers, {"Q10": {}} if overfilled else {})
    assert [(reason.code, reason.effect) for reason in found] == [(code, Effect.TREAT) for code in codes]


def test_items_nobody_looked_at_are_named() -> None:
    assert unanswered(make_of("lpg"), {"P03": True, "P08": False}) == (
        "P04",
        "P06",
        "P07",
        "P09",
        "P11",
        "P13",
    )


def test_a_bottle_nobody_knows_the_inspection_of_asks_for_its_ring() -> None:
    for facts, asks in (
        ({"inspection_due_on": None}, True),
        ({"inspection_due_on": date(2026, 1, 1)}, False),
        ({}, False),
    ):
        known = FillFacts(**{"gas": "LPG", "medium": "LPG", **GOOD, **facts})  # type: ignore[arg-type]
        found = may_fill(PACK.book(PAST_TRANSITION), PACK.make_of(CYLINDER.read(BOTTLES["lpg"])), known, {})
        assert asks_for_ring(found.reasons) is asks
