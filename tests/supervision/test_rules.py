"""监督检查 as tables an inspector can read: what makes a record hold, and how many units a year asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from equipment.supervision.rules import (
    CheckFacts,
    CheckKind,
    Measure,
    UnitAnswer,
    check_problems,
    missing_categories,
    plan_share,
)

NOON = datetime(2026, 11, 30, 4, tzinfo=UTC)
SOUND: dict[str, Any] = {
    "kind": CheckKind.ROUTINE,
    "began_at": NOON,
    "ended_at": NOON + timedelta(hours=1),
    "now": NOON + timedelta(hours=2),
    "same_day": True,
    "inspectors": ["王监", "李察"],
    "inspectors_needed": 2,
    "findings": [("无证上岗", True)],
    "measures": [Measure.ORDER],
    "other_measure": "",
    "answer": UnitAnswer.SIGNED,
    "signer": "张总",
    "witness": "",
    "reason": "",
    "signatures": {"unit", "inspector-1", "inspector-2"},
    "had_after_licence": None,
}


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({}, set()),
        ({"ended_at": NOON - timedelta(minutes=1)}, {"ended_at"}),
        ({"same_day": False}, {"ended_at"}),
        ({"now": NOON - timedelta(minutes=1)}, {"began_at"}),
        ({"inspectors": ["王监"]}, {"inspectors"}),  # a check with one inspector
        ({"inspectors": ["王监", "王监"]}, {"inspectors"}),
        ({"findings": []}, {"measures"}),  # an order without a problem
        ({"findings": [("无证上岗", False)]}, {"findings"}),  # an order without a clause
        (
            {"findings": [("无证上岗", False)], "measures": []},
            set(),
        ),  # without an order the clause may come later
        ({"findings": [(" ", True)], "measures": []}, {"findings"}),
        ({"findings": [], "measures": []}, set()),  # nothing wrong is recorded too
        ({"measures": [Measure.OTHER]}, {"other_measure"}),
        ({"measures": [Measure.OTHER], "other_measure": "约谈"}, set()),
        ({"signatures": {"inspector-1", "inspector-2"}}, {"signatures"}),
        ({"signatures": {"unit", "inspector-1"}}, {"signatures"}),
        ({"signer": ""}, {"signer"}),
        ({"answer": UnitAnswer.REFUSED, "signatures": {"inspector-1", "inspector-2"}}, {"witness", "reason"}),
        (
            {
                "answer": UnitAnswer.REFUSED,
                "signatures": {"inspector-1", "inspector-2"},
                "witness": "网格员",
                "reason": "不认可",
            },
            set(),
        ),
        ({"answer": UnitAnswer.PAPER, "signatures": set()}, set()),
        ({"had_after_licence": date(2026, 3, 2)}, {"kind"}),  # Art. 17
        ({"had_after_licence": date(2026, 3, 2), "kind": CheckKind.SPECIAL}, set()),
    ],
)
def test_what_makes_a_record_hold(facts: dict[str, Any], wrong: set[str]) -> None:
    assert set(check_problems(CheckFacts(**(SOUND | facts)))) == wrong


@pytest.mark.parametrize(
    ("whole", "done", "permille", "wanted", "left"),
    [
        (0, 0, 50, 0, 0),
        (1, 0, 50, 1, 1),
        (100, 5, 50, 5, 0),
        (101, 5, 50, 6, 1),
        (20, 3, 500, 10, 7),
        (7, 4, 500, 4, 0),
    ],
)
def test_at_least_so_many_of_a_thousand(whole: int, done: int, permille: int, wanted: int, left: int) -> None:
    share = plan_share(whole, done, permille)
    assert (share.wanted, share.left) == (wanted, left)


@pytest.mark.parametrize(
    ("owned", "sampled", "missing"),
    [
        ({"elevator"}, ["elevator"], ()),
        ({"elevator", "cylinder"}, ["elevator", "elevator"], ("cylinder",)),
        (set(), [], ()),
        ({"elevator"}, [], ("elevator",)),
    ],
)
def test_one_piece_of_every_category(owned: set[str], sampled: list[str], missing: tuple[str, ...]) -> None:
    assert missing_categories(owned, sampled, 1) == missing
