"""The colour of a piece and of a unit as tables of cases: an inspector can read and sign each line.

The numbers are those of the table as shipped (regulation/risk.toml), all of them house values.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from equipment.core.errors import Invalid
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.clauses import Grade
from equipment.regulation.packs import Override
from equipment.regulation.risk_numbers import RISK, RiskColour
from equipment.risks.rules import (
    REASON_TEXTS,
    HandGrading,
    PieceFacts,
    ReasonKind,
    RiskReason,
    RiskTable,
    UnitFacts,
    check_value,
    codes_of,
    hand_problems,
    score,
    score_unit,
)

TODAY = date(2026, 11, 30)
TABLE = RiskTable.of(RISK, TODAY)
B, Y, O, R = RiskColour.BLUE, RiskColour.YELLOW, RiskColour.ORANGE, RiskColour.RED  # noqa: E741
LPG, CHLORINE = frozenset({"flammable"}), frozenset({"toxic"})


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


G, S, M = Grade.GENERAL, Grade.SERIOUS, Grade.MAJOR
# category, what is known of the piece, (likelihood, tenths, points), colour
PIECES: list[tuple[str, dict[str, Any], tuple[int, int, int], RiskColour]] = [
    ("elevator", {}, (5, 12, 6), B),
    ("cylinder", {"dangers": LPG}, (5, 13, 6), B),
    ("elevator", {"inspection_due_on": TODAY}, (5, 12, 6), B),  # the last day is in time
    ("elevator", {"inspection_due_on": ago(1)}, (25, 12, 30), Y),
    ("elevator", {"inspection_due_on": ago(89)}, (25, 12, 30), Y),
    ("elevator", {"inspection_due_on": ago(90)}, (40, 12, 48), O),  # long overdue
    ("elevator", {"inspection_unknown": True}, (15, 12, 18), B),
    # overdue by one of its inspections: what is not known of another adds nothing
    ("boiler", {"inspection_due_on": ago(5), "inspection_unknown": True}, (25, 14, 35), Y),
    ("elevator", {"failed_on": ago(10)}, (45, 12, 54), O),
    # failed: that its day is past as well adds nothing
    ("elevator", {"failed_on": ago(10), "inspection_due_on": ago(11)}, (45, 12, 54), O),
    ("site_vehicle", {"failed_on": ago(10)}, (45, 10, 45), O),
    ("elevator", {"hazards": {G: 1}}, (20, 12, 24), Y),
    ("elevator", {"hazards": {G: 2}}, (35, 12, 42), O),
    ("elevator", {"hazards": {G: 1}, "late_rectifications": 1}, (40, 12, 48), O),
    ("cylinder", {"hazards": {S: 1}}, (45, 10, 45), O),
    ("elevator", {"hazards": {S: 1}, "late_rectifications": 1}, (65, 12, 78), R),
    ("cylinder", {"hazards": {M: 1}}, (65, 10, 65), R),  # 65 is orange: the floor makes it red
    ("elevator", {"hazards": {M: 1}}, (65, 12, 78), R),
    ("elevator", {"accident_on": ago(3)}, (65, 12, 78), R),
    ("cylinder", {"accident_on": ago(3)}, (65, 10, 65), R),
    ("elevator", {"orders_overdue": 1}, (35, 12, 42), O),
    ("cylinder", {"orders_overdue": 1}, (35, 10, 35), O),  # by the floor
    ("cylinder", {"dangers": LPG, "end_of_life_on": ago(1)}, (35, 13, 45), O),
    ("cylinder", {"dangers": CHLORINE, "end_of_life_on": TODAY}, (5, 15, 7), B),
    ("crane", {"made_on": date(2011, 11, 30)}, (15, 12, 18), B),  # fifteen years today
    ("crane", {"made_on": date(2011, 12, 1)}, (5, 12, 6), B),
    # a design life that is on file counts, not the age
    ("crane", {"made_on": date(2000, 1, 1), "end_of_life_on": date(2030, 1, 1)}, (5, 12, 6), B),
    ("elevator", {"missed_visit_on": ago(4)}, (20, 12, 24), Y),
    ("elevator", {"calls": 1}, (15, 12, 18), B),
    ("elevator", {"calls": 2}, (25, 12, 30), Y),
    ("elevator", {"verified": False}, (10, 12, 12), B),
    ("ropeway", {"inspection_due_on": ago(1)}, (25, 18, 45), O),
    ("pressure_vessel", {"dangers": LPG | CHLORINE | {"hazchem"}}, (5, 24, 12), B),
    ("pressure_vessel", {"dangers": LPG | {"hazchem"}, "inspection_due_on": ago(200)}, (40, 19, 76), R),
]


@pytest.mark.parametrize(("category", "known", "sum_", "colour"), PIECES)
def test_a_piece_has_the_colour_of_its_facts(
    category: str, known: dict[str, Any], sum_: tuple[int, int, int], colour: RiskColour
) -> None:
    graded = score(PieceFacts(category=category, **known), TABLE)
    assert ((graded.likelihood, graded.tenths, graded.points), graded.colour) == (sum_, colour)
    adds = [one.amount for one in graded.reasons if one.kind is ReasonKind.LIKELIHOOD]
    worse = [one.amount for one in graded.reasons if one.kind in (ReasonKind.CONSEQUENCE, ReasonKind.DANGER)]
    assert (sum(adds), sum(worse)) == sum_[:2]  # the reasons are the whole sum


def test_a_floor_is_a_reason_only_where_it_raises_the_colour() -> None:
    raised = score(PieceFacts(category="cylinder", hazards={M: 1, S: 0}), TABLE).reasons[0]
    assert (raised.kind, raised.code, raised.colour) == (ReasonKind.FLOOR, "hazard_major", "red")
    above = score(PieceFacts(category="elevator", hazards={M: 1}), TABLE).reasons
    assert [one.code for one in above] == ["hazard_major", "base", "elevator"]


def test_every_category_and_every_reason_is_in_the_table_and_has_words() -> None:
    assert set(TABLE.consequence) == {kind.key for kind in CATEGORIES}
    stated = {*TABLE.likelihood, *TABLE.danger, *TABLE.floors, *TABLE.unit, *TABLE.unit_floors}
    assert stated - set(REASON_TEXTS) == set()
    assert set(TABLE.floors) - set(TABLE.likelihood) == set()


# pieces in use, red, orange, yellow, of itself -> colour, reasons
UNITS: list[tuple[UnitFacts, RiskColour, list[str]]] = [
    (UnitFacts(pieces=10), B, []),
    (UnitFacts(pieces=0), B, []),
    (UnitFacts(pieces=10, yellow=1), B, []),
    (UnitFacts(pieces=10, yellow=2), Y, ["yellow_from_yellow_permille"]),
    (UnitFacts(pieces=1, yellow=1), B, []),  # a share of one piece says nothing
    (UnitFacts(pieces=100, orange=1), Y, ["yellow_from_orange_pieces"]),
    (UnitFacts(pieces=10, orange=2), O, ["orange_from_orange_permille", "yellow_from_orange_pieces"]),
    (UnitFacts(pieces=50_000, red=1), O, ["orange_from_red_pieces"]),
    (UnitFacts(pieces=50_000, red=3), R, ["red_from_red_pieces", "orange_from_red_pieces"]),
    (UnitFacts(pieces=20, red=2), R, ["red_from_red_permille", "orange_from_red_pieces"]),
    (UnitFacts(pieces=21, red=2), O, ["orange_from_red_pieces"]),
    (UnitFacts(pieces=5, licence_expired_on=ago(1)), O, ["licence_expired"]),
    (UnitFacts(pieces=5, orders_overdue=1), O, ["order_overdue"]),
    (UnitFacts(pieces=5, orders_transferred=1), R, ["order_transferred"]),
]


@pytest.mark.parametrize(("facts", "colour", "reasons"), UNITS)
def test_a_unit_has_the_worst_colour_that_is_asked_for(
    facts: UnitFacts, colour: RiskColour, reasons: list[str]
) -> None:
    graded = score_unit(facts, TABLE)
    assert (graded.colour, [one.code for one in graded.reasons]) == (colour, reasons)


def with_value(key: str, value: object) -> RiskTable:
    return RiskTable.of(RISK.overlaid([Override(key, date(2026, 1, 1), value, "会议纪要", "x")]), TODAY)


def test_the_bureaus_value_moves_the_score_and_the_version_of_the_table() -> None:
    table = with_value("likelihood.inspection_overdue", 70)
    graded = score(PieceFacts(category="elevator", inspection_due_on=ago(1)), table)
    assert (graded.colour, graded.points) == (R, 90)
    assert table.version != TABLE.version


@pytest.mark.parametrize(
    ("key", "value", "fits"),
    [
        ("floor.hazard_major", "orange", True),
        ("floor.hazard_major", "purple", False),
        ("unit_floor.order_overdue", "", False),
        ("from.red", 41, True),
        ("from.red", 40, False),  # as many as orange
        ("from.yellow", 0, True),
        ("consequence.elevator", 0, False),
        ("bound.old_years", 0, False),
        ("likelihood.call", 0, True),  # the bureau may let a reason count for nothing
    ],
)
def test_a_value_with_which_the_table_makes_no_sense_is_refused(key: str, value: object, fits: bool) -> None:
    if fits:
        check_value(RISK, key, value, TODAY)
    else:
        with pytest.raises(Invalid):
            check_value(RISK, key, value, TODAY)


@pytest.mark.parametrize(
    ("reason", "until", "wrong"),
    [
        ("渗水", TODAY, set()),
        ("渗水", date(2027, 11, 30), set()),
        ("渗水", date(2027, 12, 1), {"until_on"}),
        ("渗水", ago(1), {"until_on"}),
        (" ", None, {"reason", "until_on"}),
    ],
)
def test_a_colour_by_hand_needs_a_reason_and_a_day(reason: str, until: date | None, wrong: set[str]) -> None:
    assert set(hand_problems(HandGrading(R, reason, until), TODAY)) == wrong


def test_reasons_come_back_from_their_row_as_they_were() -> None:
    graded = score(PieceFacts(category="elevator", hazards={M: 2}, calls=3, dangers=LPG), TABLE)
    back = [RiskReason.from_json(reason.as_json()) for reason in graded.reasons]
    assert [(one.key, one.amount, dict(one.params)) for one in back] == [
        (one.key, one.amount, dict(one.params)) for one in graded.reasons
    ]
    assert codes_of(graded.reasons) == "|hazard_major|call|base|elevator|flammable|"
