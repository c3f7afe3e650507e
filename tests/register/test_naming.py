"""What a piece is called: one rule for every list; pieces known only by another number show that."""

from __future__ import annotations

import pytest
from flask import Flask

from equipment.people.rules import SYSTEM
from equipment.register.actions import add_identifier
from equipment.register.models import Equipment
from equipment.register.naming import NO_NUMBER, called
from equipment.register.rules import IdentifierKind
from equipment.storage.db import session, transaction
from tests import make


@pytest.mark.parametrize(
    ("columns", "own", "serial"),
    [
        ({"serial": "S1", "own_number": "1#", "name": "客梯"}, "1#", "S1"),
        ({"serial": "S1", "own_number": "", "name": "客梯"}, "客梯", "S1"),
        ({"serial": "", "own_number": "", "name": "客梯"}, "客梯", "客梯"),
        ({"serial": "", "own_number": "", "name": ""}, NO_NUMBER, NO_NUMBER),
    ],
)
def test_a_piece_is_called_by_its_numbers(app: Flask, columns: dict[str, str], own: str, serial: str) -> None:
    piece = Equipment(label_code=None, **columns)
    assert (called(piece), called(piece, "serial")) == (own, serial)


def test_a_piece_known_by_another_number_is_called_by_the_one_people_read_first(app: Flask) -> None:
    with transaction():
        lift = make.equipment("elevator", serial="", own_number="", name="")
        add_identifier(lift, IdentifierKind.PLATFORM_NO, "P-77", by=SYSTEM)
        add_identifier(lift, IdentifierKind.CERTIFICATE_NO, "梯11甘D00001(19)", by=SYSTEM)
    session.expire_all()
    assert called(lift) == "梯11甘D00001(19)"
