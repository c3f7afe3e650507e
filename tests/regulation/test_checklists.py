"""The 257 items of TSG T5002-2017."""

from itertools import pairwise

import pytest

from equipment.regulation.checklists import ANNEXES, Item, LiftPlace, annex_checklist, by_place, checklist
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.planning import VISITS, DueKind

ALL: tuple[Item, ...] = tuple(item for annex in ANNEXES for item in annex_checklist(annex).items)


@pytest.mark.parametrize(
    ("annex", "counts"),
    [("A", (31, 44, 59, 76)), ("B", (30, 43, 52, 66)), ("C", (20, 28, 38, 52)), ("D", (33, 38, 50, 63))],
)
def test_each_class_includes_the_classes_before_it(annex: str, counts: tuple[int, ...]) -> None:
    lists = [checklist(annex, visit) for visit in VISITS]
    assert tuple(len(items) for items in lists) == counts
    assert all(set(smaller) < set(larger) for smaller, larger in pairwise(lists))


def test_there_are_257_items_with_codes_of_their_own() -> None:
    assert len(ALL) == len({item.code for item in ALL}) == 257


def test_every_item_speaks_both_languages_and_sits_in_its_annex() -> None:
    assert [
        item.code for item in ALL if not (item.name.zh and item.name.en and item.must.zh and item.must.en)
    ] == []
    assert [item.code for item in ALL if item.code[0] != item.annex] == []
    assert [item.code for item in ALL if VISITS.index(item.added_in) + 1 != int(item.code[2])] == []


def test_items_that_prescribe_a_test_or_calibration_ask_for_a_photo() -> None:
    words = ("试验", "测试", "校验", "检测")
    assert [
        item.code for item in ALL if item.key != any(word in item.name.zh + item.must.zh for word in words)
    ] == []
    assert [item.code for item in ALL if item.key] == [
        "A-1-06",
        "A-4-04",
        "A-4-05",
        "A-4-06",
        "A-4-07",
        "A-4-08",
        "B-4-03",
        "B-4-04",
        "B-4-14",
        "C-3-03",
        "C-4-05",
        "C-4-06",
        "D-4-02",
        "D-4-10",
    ]


def test_items_come_in_the_order_of_the_walk() -> None:
    groups = by_place(checklist("A", DueKind.VISIT_HALF_MONTH))
    assert list(groups) == [
        LiftPlace.MACHINE_ROOM,
        LiftPlace.SHAFT,
        LiftPlace.CAR_TOP,
        LiftPlace.CAR,
        LiftPlace.LANDING,
        LiftPlace.PIT,
    ]
    assert [item.code for item in groups[LiftPlace.PIT]] == ["A-1-30", "A-1-31"]
    assert sum(len(items) for items in groups.values()) == 31


def test_an_item_and_its_source_as_they_stand() -> None:
    lock = next(item for item in ALL if item.code == "A-1-29")
    assert (lock.name.zh, lock.must.zh, lock.name.en, lock.must.en) == (
        "层门锁紧元件啮合长度",
        "不小于7mm",
        "Landing-lock engagement length",
        ">= 7 mm",
    )
    cite = annex_checklist("A").citation
    assert (cite.document, cite.clause, cite.confidence.verified) == (
        "TSG T5002-2017 电梯维护保养规则",
        "附件A",
        True,
    )


@pytest.mark.parametrize(
    ("annex", "parameters"),
    [
        ("A", "Kind of drive, Rated load, Rated speed, Floors, Stops (stations), Landing doors"),
        ("B", "Rated load, Rated speed, Stops (stations), Landing doors, Hydraulic rams, Kind of drive"),
        ("C", "Kind of drive, Rated load, Rated speed, Stops (stations), Landing doors"),
        ("D", "Inclination, Rated speed, Travel or rise, Nominal width, Motor power, Usable length"),
    ],
)
def test_a_record_names_the_parameters_of_its_kind_of_lift(annex: str, parameters: str) -> None:
    """T5002 Art. 8; each is a field of the register."""
    assert (
        ", ".join(ElevatorDetails.field_spec(name).label for name in annex_checklist(annex).parameters)
        == parameters
    )
