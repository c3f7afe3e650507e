"""What a round holds and what may be made of what was seen, as tables."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.register.rules import EquipmentStatus
from equipment.walks.rules import (
    KEYS,
    WALKED_CATEGORIES,
    PieceNow,
    closing,
    days_overdue,
    office_area,
    proof_problem,
    round_number,
    settling_problem,
)
from equipment.walks.states import WalkClosing, WalkOutcome, WalkSettlement

W, S, E = WalkOutcome, WalkSettlement, EquipmentStatus
TOWNSHIP, COUNTY, CITY = "620402001", "620402", "6204"


@pytest.mark.parametrize(
    ("status", "area", "is_due", "why"),
    [
        (E.IN_USE, TOWNSHIP, True, None),
        (E.IN_USE, TOWNSHIP + "005", True, None),  # a village of the township
        (E.IN_USE, TOWNSHIP, False, WalkClosing.NOT_OVERDUE),
        (E.STOPPED, TOWNSHIP, True, WalkClosing.OUT_OF_USE),
        (E.SCRAPPED, TOWNSHIP, False, WalkClosing.OUT_OF_USE),
        (E.CANCELLED, TOWNSHIP, True, WalkClosing.OUT_OF_USE),
        (E.LOCKED, TOWNSHIP, True, WalkClosing.OUT_OF_USE),
        (E.IN_USE, "620402002", True, WalkClosing.ELSEWHERE),
        (E.IN_USE, COUNTY, True, WalkClosing.ELSEWHERE),
    ],
)
def test_why_a_row_closes_by_itself(
    status: EquipmentStatus, area: str, is_due: bool, why: WalkClosing | None
) -> None:
    assert closing(PieceNow(status, area, is_due), TOWNSHIP) is why


@pytest.mark.parametrize(
    ("settler", "outcome", "settlement", "is_allowed"),
    [
        (TOWNSHIP, W.IN_USE, S.HAZARD, True),  # a 监管所 decides general hazards itself
        (COUNTY, W.IN_USE, S.HAZARD, True),
        (TOWNSHIP, W.STOPPED, S.STOP, False),
        (COUNTY, W.STOPPED, S.STOP, True),
        (CITY, W.REMOVED, S.CANCEL, True),
        (TOWNSHIP, W.REMOVED, S.CANCEL, False),
        (COUNTY, W.ABSENT, S.DOUBT, True),
        (COUNTY, W.ABSENT, S.CANCEL, True),
        (COUNTY, W.ABSENT, S.STOP, False),
        (TOWNSHIP, W.APPLIED, S.APPLY, False),
        (COUNTY, W.APPLIED, S.APPLY, True),
        (COUNTY, W.INSPECTED, S.APPLY, True),
        (COUNTY, W.IN_USE, S.CANCEL, False),  # what is in use does not leave the register by a walk
        (COUNTY, W.IN_USE, S.STOP, False),
        (COUNTY, W.APPLIED, S.STOP, False),
    ],
)
def test_who_settles_what_and_how(
    settler: str, outcome: WalkOutcome, settlement: WalkSettlement, is_allowed: bool
) -> None:
    assert (settling_problem(settler, outcome, settlement) is None) is is_allowed


@pytest.mark.parametrize(
    ("outcome", "photos", "remark", "is_proved"),
    [
        (W.STOPPED, 0, "", False),
        (W.STOPPED, 1, "", True),
        (W.STOPPED, 0, " ", False),
        (W.STOPPED, 0, "已断电贴封条", True),
        (W.REMOVED, 0, "", False),
        (W.ABSENT, 0, "", False),
        (W.ABSENT, 0, "物业证明", True),
        (W.IN_USE, 0, "", True),
        (W.APPLIED, 0, "", True),
        (W.INSPECTED, 0, "", True),
    ],
)
def test_no_piece_leaves_the_denominator_by_a_tap_alone(
    outcome: WalkOutcome, photos: int, remark: str, is_proved: bool
) -> None:
    assert (proof_problem(outcome, photos, remark) is None) is is_proved


@pytest.mark.parametrize(
    ("area", "office"),
    [("620402001", "620402001"), ("620402001005", "620402001"), ("620402", "620402"), ("6204", "6204")],
)
def test_which_office_walks_a_piece(area: str, office: str) -> None:
    assert office_area(area) == office


def test_the_number_people_read_and_the_keys_of_the_paper() -> None:
    assert round_number(date(2026, 11, 1), "620402001") == "HC-202611-620402001"
    assert list(KEYS.items()) == list(zip("123456", WalkOutcome, strict=True))


def test_lifts_are_walked_and_bottles_are_not() -> None:
    assert ("elevator" in WALKED_CATEGORIES, "crane" in WALKED_CATEGORIES) == (True, True)
    assert {"cylinder", "pipeline"} & set(WALKED_CATEGORIES) == set()


def test_days_overdue_are_none_where_nothing_is_known() -> None:
    assert days_overdue(date(2026, 11, 1), date(2026, 11, 30)) == 29
    assert days_overdue(None, date(2026, 11, 30)) is None
