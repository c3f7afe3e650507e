"""查封、扣押: where a seizure stands by its goods, its last day, its number, what a receipt of service needs."""

from __future__ import annotations

from datetime import date

import pytest

from equipment.regulation.seizure_numbers import officers_needed, prolonged_days, seizure_days
from equipment.seizures.rules import (
    GoodsState,
    SeizureKind,
    SeizureService,
    SeizureState,
    days_left,
    officers_problem,
    receipt_problem,
    seizure_number,
    seizure_state,
    usual_end,
)

H, R = GoodsState.HELD, GoodsState.RELEASED
TO, D = GoodsState.HANDED_OVER, GoodsState.DISPOSED
ON = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("goods", "state"),
    [
        ([H], SeizureState.RUNNING),
        ([H, H], SeizureState.RUNNING),
        ([H, R], SeizureState.PARTLY),
        ([TO, H, D], SeizureState.PARTLY),
        ([R, R], SeizureState.ENDED),
        ([R, TO, D], SeizureState.ENDED),
    ],
)
def test_a_seizure_stands_as_its_goods_do(goods: list[GoodsState], state: SeizureState) -> None:
    assert seizure_state(goods) is state


def test_the_first_day_counts() -> None:
    assert usual_end(date(2026, 11, 1), 30) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("until", "left"), [(ON, 0), (date(2026, 12, 7), 7), (date(2026, 11, 29), -1), (date(2027, 1, 1), 32)]
)
def test_days_left(until: date, left: int) -> None:
    assert days_left(until, ON) == left


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (SeizureKind.SEALED, "（白）市监特封〔2026〕第3号"),
        (SeizureKind.DETAINED, "（白）市监特扣〔2026〕第3号"),
    ],
)
def test_the_number(kind: SeizureKind, number: str) -> None:
    assert seizure_number("白", kind, 2026, 3) == number


@pytest.mark.parametrize(
    ("way", "receiver", "witness", "note", "wrong"),
    [
        (SeizureService.SIGNED, "王五", "", "", []),
        (SeizureService.SIGNED, " ", "", "", ["receiver"]),
        (SeizureService.LEFT, "", "李四", "当事人拒签", []),
        (SeizureService.LEFT, "", "", "当事人拒签", ["witness"]),
        (SeizureService.LEFT, "", "李四", "", ["note"]),
        (SeizureService.POSTED, "", "", "EMS 1234", []),
        (SeizureService.POSTED, "王五", "", "", ["note"]),
    ],
)
def test_what_a_receipt_needs(
    way: SeizureService, receiver: str, witness: str, note: str, wrong: list[str]
) -> None:
    assert list(receipt_problem(way, receiver, witness, note)) == wrong


@pytest.mark.parametrize(
    ("names", "is_refused"), [(["甲", "乙"], False), (["甲"], True), (["甲", "甲"], True), (["甲", ""], True)]
)
def test_two_officers(names: list[str], is_refused: bool) -> None:
    assert (officers_problem(names, 2) is not None) is is_refused


def test_no_number_of_it_is_verified() -> None:
    values = (seizure_days(ON), prolonged_days(ON), officers_needed(ON))
    assert [(one.integer, one.confidence.verified) for one in values] == [
        (30, False),
        (30, False),
        (2, False),
    ]
