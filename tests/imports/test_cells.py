"""Cells as people write them: every form in one table, and no text whatever that does anything but read or refuse."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.core.words import Message
from equipment.imports.columns import CellReader
from equipment.imports.drafts import DOUBTFUL, UNSURE, Problem
from equipment.imports.rules import (
    Day,
    Unreadable,
    clean,
    plain_number,
    read_day,
    read_flag,
    read_number,
    read_number_text,
)
from equipment.register.column_rules import targets
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.elevator_details import ElevatorDetails

MARCH = date(2024, 3, 1)
FIFTH = date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024.3", Day(MARCH, True)),
        ("2024.03", Day(MARCH, True)),
        ("202403", Day(MARCH, True)),
        ("2024年3月", Day(MARCH, True)),
        ("24.03", Day(MARCH, True)),
        ("2024-03", Day(MARCH, True)),
        ("2024/3", Day(MARCH, True)),
        ("２０２４．３", Day(MARCH, True)),
        ("24年3月", Day(MARCH, True)),
        (" 2024 年 3 月 ", Day(MARCH, True)),
        ("2024-03-05", Day(FIFTH)),
        ("2024/3/5", Day(FIFTH)),
        ("2024.3.5", Day(FIFTH)),
        ("20240305", Day(FIFTH)),
        ("2024年3月5日", Day(FIFTH)),
        ("24.03.05", Day(FIFTH)),
        ("240305", Day(FIFTH)),
        ("45356", Day(FIFTH)),
        ("45356.5", Day(FIFTH)),
        ("2024-03-05 00:00:00", Day(FIFTH)),
        ("2024-03-05T08:30", Day(FIFTH)),
        ("75.03", Day(date(1975, 3, 1), True)),
        ("2024.1?", Day(date(2024, 1, 1), True, True)),
        ("约2024.3", Day(MARCH, True, True)),
        ("24.1", Day(date(2024, 1, 1), True, True)),
        ("24.01", Day(date(2024, 1, 1), True)),
        ("24年1月", Day(date(2024, 1, 1), True)),
        ("2024.1", Day(date(2024, 1, 1), True)),
        ("2024年3月5号", Day(FIFTH)),
        ("2024年03月份", Day(MARCH, True)),
        ("2024.3.", Day(MARCH, True)),
        ("2024、3、5", Day(FIFTH)),
        ("2024/3/5 星期二", Day(FIFTH)),
        ("2024-03-05 上午 12:00:00", Day(FIFTH)),
        ("2024/3/5 周二 下午 3:20", Day(FIFTH)),
        ("2024年", Day(date(2024, 1, 1), True, True)),
        ("2024", Day(date(2024, 1, 1), True, True)),
    ],
)
def test_a_day_is_read_in_every_way_people_write_it(text: str, day: Day) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "不详",
        "2024.13",
        "2024-02-30",
        "03/05/2024",
        "5年",
        "1024",
        "99999",
        "1800-01-01",
        "20241301",
        "1767000000",
        "1767052800",
        "1767000000000",
        "abc",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "field", "unit", "stored"),
    [
        ("16'4\"", "travel_mm", "", 4978),
        ("16' 4", "travel_mm", "", 4978),
        ("16'-4\"", "travel_mm", "", 4978),
        ("16-4", "travel_mm", "ft", 4978),
        ("23", "travel_mm", "ft", 7010),
        ("60'", "travel_mm", "", 18288),
        ("22 feet 3 inches", "travel_mm", "", 6782),
        ("22 ft 3 in", "travel_mm", "", 6782),
        ("22 feet", "travel_mm", "", 6706),
        ("60FT", "travel_mm", "", 18288),
        ("54.3", "travel_mm", "", 54300),
        ("54300mm", "travel_mm", "", 54300),
        ("1.75", "speed_mm_s", "", 1750),
        ("1.75m/s", "speed_mm_s", "", 1750),
        ("350.0", "speed_mm_s", "fpm", 1778),
        ("1.0 米/秒", "speed_mm_s", "", 1000),
        ("2000.0", "load_kg", "lb", 907),
        ("1,000公斤", "load_kg", "", 1000),
        ("1吨", "load_kg", "", 1000),
        ("１０００", "load_kg", "", 1000),
        ("18层", "floors", "", 18),
        ("18.0", "floors", "", 18),
        ("7.5kW", "motor_w", "", 7500),
        ("7.5", "motor_w", "", 7500),
        ("30°", "inclination_mdeg", "", 30000),
    ],
)
def test_numbers_become_the_unit_that_is_stored(text: str, field: str, unit: str, stored: int) -> None:
    assert read_number(text, ElevatorDetails.field_spec(field), unit) == stored


@pytest.mark.parametrize(
    ("text", "field", "unit"),
    [
        ("EXIST", "travel_mm", "ft"),
        ("35 km", "travel_mm", ""),
        ("16-4", "travel_mm", ""),
        ("16'14\"", "travel_mm", ""),
        ("12.5", "floors", ""),
        ("约35", "load_kg", ""),
        ("1.23456", "speed_mm_s", ""),
        ("-", "load_kg", ""),
        ("18/18/18", "floors", ""),
    ],
)
def test_what_is_no_number_of_its_field_is_refused(text: str, field: str, unit: str) -> None:
    with pytest.raises(Unreadable):
        read_number(text, ElevatorDetails.field_spec(field), unit)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("是", True),
        ("有", True),
        ("√", True),
        ("Yes", True),
        ("1", True),
        ("否", False),
        ("无", False),
        ("×", False),
        ("n", False),
        ("0", False),
    ],
)
def test_yes_and_no_in_words_and_signs(text: str, flag: bool) -> None:
    assert read_flag(text) is flag


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (123.0, "123"),
        (35.5, "35.5"),
        (35.500000000000004, "35.5"),
        (2024.1, "2024.1?"),
        (2024.12, "2024.12"),
        (132020000001.0, "132020000001"),
        (1.32020000000123e17, "1.320200E+17"),
    ],
)
def test_number_cells_become_text_without_losing_what_they_mean(cell: float, text: str) -> None:
    assert plain_number(cell) == text


def test_a_number_cut_by_excel_names_nothing() -> None:
    with pytest.raises(Unreadable, match="Excel has cut"):
        read_number_text("1.3202E+17")
    assert read_number_text("'0012") == "0012"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        read_day,
        read_flag,
        read_number_text,
        lambda each: read_number(each, ElevatorDetails.field_spec("travel_mm"), "ft"),
    ):
        with suppress(Unreadable):
            read(text)


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_a_day_survives_every_way_of_writing_it(day: date) -> None:
    ways = (
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%y.%m.%d}",
        str((day - date(1899, 12, 30)).days),
    )
    assert {read_day(way).on for way in ways} == {day}


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "msgid", "shown"),
    [
        ("2024.1?", DOUBTFUL, "2024.1"),
        ("24.1", DOUBTFUL, "24.1"),
        ("约2024.3", UNSURE, "约2024.3"),
        ("2024.3?", UNSURE, "2024.3"),
    ],
)
def test_a_doubtful_day_says_what_is_doubtful_about_it(text: str, msgid: str, shown: str) -> None:
    _, problem = CellReader(5, targets("cylinder")["made_on"], read_day, {}).value(text)
    assert problem == Problem(5, Message(msgid, {"text": shown}))


@pytest.mark.parametrize("text", ["150kg/cm²", "150kgf/cm2", "150 kg/cm2", "150公斤/cm²"])
def test_a_pressure_in_kilograms_is_read_as_what_it_is(text: str) -> None:
    assert read_number(text, CylinderDetails.field_spec("working_pressure_kpa")) == 14_710
    assert read_number("147巴", CylinderDetails.field_spec("working_pressure_kpa")) == 14_700
