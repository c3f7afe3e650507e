"""层/站/门 in one cell: how it is written, what it is not, and where the problem is told."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.core import clock
from equipment.imports.drafts import Draft, References
from equipment.imports.joint_rules import MADE_A_DATE, NOT_JOINT, read_joint
from equipment.imports.mapping_rules import ColumnUse, FieldMap, mapping_problems, suggest
from equipment.imports.parties import PartyBook
from equipment.imports.queries import words
from equipment.imports.rows import RowReader
from equipment.imports.rules import Unreadable
from equipment.people.rules import SYSTEM
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.elevator_details import FLOORS_STATIONS_DOORS

NAMES = ("floors", "stations", "doors")


@pytest.mark.parametrize(
    ("text", "floors", "stations", "doors"),
    [
        ("12/12/12", 12, 12, 12),
        ("12层12站12门", 12, 12, 12),
        ("12层/12站/12门", 12, 12, 12),
        ("12 12 12", 12, 12, 12),
        ("12-12-12", 12, 12, 12),
        ("12、12、12", 12, 12, 12),
        ("6*6*12", 6, 6, 12),
        ("６／６／１２", 6, 6, 12),
        ("12层 12站 12门", 12, 12, 12),
        ("12F/12S/12D", 12, 12, 12),
        ("6层5站4层门", 6, 5, 4),
        ("5站6层", 6, 5, None),
        ("12层/11/10", 12, 11, 10),
        (" 3 / 3 / 6 ", 3, 3, 6),
        ("18/17", 18, 17, None),
        ("18层17站", 18, 17, None),
        ("18层", 18, None, None),
        ("-/-/-", None, None, None),
        ("— — —", None, None, None),
    ],
)
def test_floors_stops_and_doors_as_people_write_them(
    text: str, floors: int | None, stations: int | None, doors: int | None
) -> None:
    stated = {
        name: number
        for name, number in zip(NAMES, (floors, stations, doors), strict=True)
        if number is not None
    }
    assert read_joint(text, FLOORS_STATIONS_DOORS) == stated


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "12个",
        "一层",
        "B2/12/12",
        "/12/12",
        "12//12",
        "12/12/",
        "1/2/3/4",
        "12.5/3/2",
        "12层12层",
        "12站/12/12",
        "18层/18站（含地下2层）",
        "-12/3/3",
        "1 " * 900 + "!",
    ],
)
def test_what_leaves_room_for_doubt_is_not_guessed(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_joint(text, FLOORS_STATIONS_DOORS)
    assert refused.value.message.msgid == NOT_JOINT


@pytest.mark.parametrize("text", ["2012-12-12", "2006-06-06 00:00:00", "2012/12/12", "2026年6月6日"])
def test_what_excel_took_for_a_date_is_told_as_that(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_joint(text, FLOORS_STATIONS_DOORS)
    assert refused.value.message.msgid == MADE_A_DATE


@given(st.text(max_size=40) | st.text("0123456789层站门/-* fsd", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        assert set(read_joint(text, FLOORS_STATIONS_DOORS)) <= set(NAMES)


@pytest.mark.parametrize(
    "heading",
    [
        "层/站/门",
        "层站门数",
        "层、站、门",
        "层站",
        "层/站",
        "层站数",
        "层站门（层/站/门）",
        "Floors/stops/doors",
    ],
)
def test_the_heading_is_known(heading: str) -> None:
    assert suggest("elevator", [heading]).columns == {heading: ColumnUse("floors_stations_doors")}


def test_beside_a_column_of_its_own_no_field_is_filled_twice() -> None:
    assert list(suggest("elevator", ["层数", "层站门", "站数"]).columns) == ["层数", "站数"]
    assert list(suggest("elevator", ["层站门", "层数", "站数"]).columns) == ["层站门"]
    both = FieldMap(
        {"a": ColumnUse("floors_stations_doors"), "b": ColumnUse("stations")}, {"catalogue": "3110"}
    )
    assert {name: str(text) for name, text in mapping_problems("elevator", ["a", "b"], both).items()} == {
        "b": "Two columns lead to “Stops (stations)”."
    }


def test_the_parts_of_a_joint_cell_are_fields_of_their_category() -> None:
    for kind in CATEGORIES:
        for joint in kind.details_type.joints:
            assert set(joint.parts) <= set(kind.details_type.model_fields)
            assert set(read_joint(joint.example, joint)) == set(joint.parts)


def read(cell: str, fixed: str = "") -> Draft:
    """A lift in 白银区 whose third column is its 层/站/门."""
    columns = {
        "类别": ColumnUse("catalogue"),
        "代码": ColumnUse("equipment_code"),
        **({} if fixed else {"层站门": ColumnUse("floors_stations_doors")}),
    }
    mapping = FieldMap(columns, {"area": "620402", **({"floors_stations_doors": fixed} if fixed else {})})
    known = References(
        SYSTEM, clock.now(), clock.today(), PartyBook(), {"620402": "620402"}, words("elevator", str), None
    )
    return RowReader("elevator", ["类别", "代码", "层站门"], mapping, known).read(
        ["3110", "31103620420190001", cell]
    )


@pytest.mark.parametrize(
    ("cell", "details", "problems"),
    [
        ("12/11/10", {"floors": 12, "stations": 11, "doors": 10}, []),
        ("12层12站", {"floors": 12, "stations": 12}, []),
        ("/", {}, []),
        ("不清楚", {}, [(2, NOT_JOINT)]),
        ("0/12/12", {"stations": 12, "doors": 12}, [(2, "At least %(limit)s")]),
        ("999/999/999", {}, [(2, "At most %(limit)s")] * 2),
    ],
)
def test_one_cell_fills_three_fields_and_its_problems_are_told_at_it(
    app: Any, cell: str, details: dict[str, int], problems: list[tuple[int, str]]
) -> None:
    draft = read(cell)
    assert draft.registration is not None
    assert isinstance(draft.registration.row["id"], UUID)
    assert {
        name: value for name, value in draft.registration.row["details"].items() if name in NAMES
    } == details
    assert [(problem.column, problem.message.msgid) for problem in draft.problems] == problems
    assert draft.registration.row["verified"] is False


def test_one_value_for_all_rows_is_split_too(app: Any) -> None:
    draft = read("", fixed="2/2/2")
    assert draft.registration is not None
    assert [draft.registration.row["details"][name] for name in NAMES] == [2, 2, 2]
