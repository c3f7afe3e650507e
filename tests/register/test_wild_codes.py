"""The codes met on bottles today (docs/facts/cylinders.md), row by row: read by the form of registration, kept as
numbers of the piece, and found by the scan box; what several pieces share is said to be shared."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from equipment.people.rules import SYSTEM
from equipment.register.identifiers import add_identifier
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import IdentifierKind, Outcome
from equipment.regulation.cylinder_marks import read_marks
from equipment.storage.db import session, transaction
from tests import make

ON = date(2026, 11, 23)
UNIQUE = "3621234160000017"
CHIP = f"1,{UNIQUE},1603B0011502350YSP35,6200123262001234,000000,A1B2"
BRACKETS = "[瓶32甘D00012(22),362012000017,TS2210,8812345,2016年03月,2024年03月]http://qp.example.cn/q"
# What was read; which numbers the form proposes; what a gun of another make reads off the same bottle.
ROWS = [
    pytest.param(
        "http://qr.maker.cn/b/62012345678",
        {"maker_qr": "http://qr.maker.cn/b/62012345678"},
        ["http://qr.maker.cn/b/62012345678", "HTTP://QR.MAKER.CN/B/62012345678\r"],
        id="1: an address, the code as the last part of its path",
    ),
    pytest.param(
        "http://qr.maker.cn/scan?id=62012345678",
        {"maker_qr": "http://qr.maker.cn/scan?id=62012345678"},
        ["http://qr.maker.cn/scan?id=62012345678", "http：、、qr.maker.cn、scan?id=62012345678"],
        id="1: an address, the code as the value of its query",
    ),
    pytest.param(
        BRACKETS,
        {"certificate_no": "瓶32甘D00012(22)", "cylinder_code": "362012000017"},
        [BRACKETS, BRACKETS.replace("[", "【").replace("]", "】"), "362012000017"],
        id="2: a list in brackets, then the address of its platform",
    ),
    pytest.param(
        CHIP,
        {"unique_no": UNIQUE, "rfid": CHIP},
        [CHIP, UNIQUE, f"]Q1{UNIQUE}"],
        id="3: the record of a chip",
    ),
    pytest.param(UNIQUE, {"unique_no": UNIQUE}, [UNIQUE, "3621 2341 6000 0017"], id="3: its number in print"),
    pytest.param(
        "132020000001",
        {"cylinder_code": "132020000001"},
        ["132020000001", "１３２０２０００００01"],
        id="plain digits",
    ),
]


def known_by(numbers: dict[str, str]) -> Equipment:
    """A piece with the numbers that the form proposed."""
    made = make.equipment("cylinder", owner_id=make.station().id)
    with transaction():
        for kind, value in numbers.items():
            add_identifier(session.get_one(Equipment, made.id), IdentifierKind(kind), value, by=SYSTEM)
    return made


@pytest.mark.parametrize(("content", "numbers", "scans"), ROWS)
def test_what_is_read_at_registration_is_found_by_every_later_scan(
    app: Flask, content: str, numbers: dict[str, str], scans: list[str]
) -> None:
    marks = read_marks(content, ON)
    assert (dict(marks.identifiers), marks.unread) == (numbers, [])
    made = known_by(dict(marks.identifiers))
    assert [(found.outcome, found.equipment_id) for found in map(resolve, scans)] == [
        (Outcome.FOUND, made.id)
    ] * len(scans)


def test_two_bottles_of_one_platform_are_not_taken_for_one_by_its_address(app: Flask) -> None:
    other = BRACKETS.replace("362012000017", "362012000018").replace("8812345", "8812346")
    one, two = (known_by(dict(read_marks(content, ON).identifiers)) for content in (BRACKETS, other))
    assert [resolve(content).equipment_id for content in (BRACKETS, other)] == [one.id, two.id]


def test_the_list_in_brackets_fills_serial_maker_month_and_life(app: Flask) -> None:
    marks = read_marks(BRACKETS, ON)
    assert (marks.serial, marks.maker, marks.made_on) == ("8812345", "TS2210", date(2016, 3, 1))
    assert marks.details == {"variety": "lpg", "design_life_years": 8}


@pytest.mark.parametrize(
    ("content", "unread"),
    [
        ("[瓶32甘D00012(22),3620,TS2210,8812345,2016年03月,2024年03月]", ["3620"]),  # no registration code
        (
            "[瓶32甘D00012(22),362012000017,TS2210,8812345,2016年03月,2024年05月]",
            ["2024年05月"],
        ),  # no whole years
        ("[瓶32甘D00012(22),362012000017,TS2210,8812345,2016年03月,2024年03月,某某]", ["某某"]),  # a seventh
    ],
)
def test_what_may_not_be_decided_is_named(content: str, unread: list[str]) -> None:
    assert read_marks(content, ON).unread == unread


def test_a_certificate_of_many_bottles_names_none_of_them(app: Flask) -> None:
    shared = {"certificate_no": "瓶32甘D00012(22)"}
    two = {known_by(shared).id, known_by(shared).id}
    found = resolve("瓶32甘D00012（22）")
    assert (found.outcome, set(found.candidates)) == (Outcome.AMBIGUOUS, two)
