"""Which bottle goes into a lot to which body: cases an inspector can read."""

from __future__ import annotations

from uuid import UUID

import pytest

from equipment.lots.rules import BodyApproval, Candidate, approvals_by_body, packing_problem
from equipment.register.rules import EquipmentStatus

STATION, OTHER, BODY = UUID(int=1), UUID(int=2), UUID(int=9)
OWN = frozenset({STATION})
E = EquipmentStatus


def approval(*covers: str) -> BodyApproval:
    return BodyApproval(BODY, "检验所", frozenset(covers))


UNKNOWN_PAPER = BodyApproval(BODY, "检验所", None)

CASES: list[tuple[str, Candidate, BodyApproval, str]] = [
    ("own bottle, body approved for all", Candidate(E.IN_USE, True, OWN, "lpg"), approval(), ""),
    ("approved for cylinders", Candidate(E.IN_USE, True, OWN, "lpg"), approval("cylinder"), ""),
    ("approved for the variety by code", Candidate(E.IN_USE, True, OWN, "lpg"), approval("LPG"), ""),
    (
        "approved for the variety in words",
        Candidate(E.IN_USE, True, OWN, "seamless"),
        approval("无缝气瓶"),
        "",
    ),
    ("no paper on file: nobody knows", Candidate(E.IN_USE, True, OWN, "lpg"), UNKNOWN_PAPER, ""),
    (
        "approved for lifts only",
        Candidate(E.IN_USE, True, OWN, "lpg"),
        approval("elevator"),
        "has no approval",
    ),
    ("another variety", Candidate(E.IN_USE, True, OWN, "acetylene"), approval("LPG"), "has no approval"),
    ("locked: it may be what the inspection is for", Candidate(E.LOCKED, True, OWN, "lpg"), approval(), ""),
    ("out of use", Candidate(E.STOPPED, True, OWN, "lpg"), approval(), ""),
    ("scrapped", Candidate(E.SCRAPPED, True, OWN, "lpg"), approval(), "on file"),
    ("deregistered", Candidate(E.CANCELLED, True, OWN, "lpg"), approval(), "on file"),
    ("moved out", Candidate(E.MOVED_OUT, True, OWN, "lpg"), approval(), "on file"),
    (
        "another unit's",
        Candidate(E.IN_USE, True, frozenset({OTHER}), "lpg"),
        approval(),
        "of your organisation",
    ),
    ("no cylinder", Candidate(E.IN_USE, False, OWN), approval(), "Only gas cylinders"),
    ("in a lot already", Candidate(E.IN_USE, True, OWN, "lpg", "2025-0007"), approval(), "in lot"),
]


@pytest.mark.parametrize(("case", "bottle", "body", "problem"), CASES, ids=[case[0] for case in CASES])
def test_what_goes_into_a_lot(case: str, bottle: Candidate, body: BodyApproval, problem: str) -> None:
    why = packing_problem(bottle, body, "cylinder", STATION)
    assert (why is None) if problem == "" else (why is not None and problem in str(why))


def test_one_paper_that_names_nothing_covers_everything() -> None:
    names = {BODY: "甲", OTHER: "乙", STATION: "丙"}
    papers = [(BODY, ["LPG"]), (BODY, []), (OTHER, ["LPG"]), (OTHER, ["无缝"])]
    covers = {body.name: body.covers for body in approvals_by_body(names, papers)}
    assert covers == {"甲": frozenset(), "乙": frozenset({"LPG", "无缝"}), "丙": None}
