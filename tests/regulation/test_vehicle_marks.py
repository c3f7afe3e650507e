"""Plates and VINs as people write them, and what is asked of them."""

from datetime import date

import pytest
from pydantic import ValidationError

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.vehicle_marks import is_plate, is_vin, is_vin_checked, plain_mark

ON = date(2026, 11, 1)
CNG = {"variety": "vehicle_cng", "medium": "CNG"}
# the example of ISO 3779's check digit, and one of the trade's textbooks
SOUND = ("1M8GDM9AXKP042788", "11111111111111111")


@pytest.mark.parametrize(
    ("written", "plain", "plate"),
    [
        ("甘D12345", "甘D12345", True),
        ("甘d·12345", "甘D12345", True),
        (" 甘D 1234 挂", "甘D1234挂", True),
        ("甘Ｄ１２３４５", "甘D12345", True),
        ("甘DF12345", "甘DF12345", True),  # new energy: six places
        ("甘A1234学", "甘A1234学", True),
        ("甘D1234", "甘D1234", False),  # one place short
        ("甘D123456789", "甘D123456789", False),
        ("D12345", "D12345", False),  # no province
        ("甘I12345", "甘I12345", False),  # no such letter on plates
        ("甘D1234O", "甘D1234O", False),  # O for 0
        ("罐D12345", "罐D12345", False),
    ],
)
def test_the_shape_of_a_plate(written: str, plain: str, plate: bool) -> None:
    assert (plain_mark(written), is_plate(plain_mark(written))) == (plain, plate)
    details = CYLINDER.read(CNG | {"vehicle_plate": written})
    assert details.as_json()["vehicle_plate"] == plain
    assert set(CYLINDER.implausible(details, ON)) == (set() if plate else {"vehicle_plate"})


@pytest.mark.parametrize(
    ("written", "whole", "checked"),
    [
        (SOUND[0], True, True),
        (SOUND[0].lower(), True, True),
        (SOUND[1], True, True),
        ("1M8GDM9A1KP042788", True, False),  # the check digit of another
        ("1M8GDM9AXKP042778", True, False),  # one figure mistyped
        ("1M8GDM9AXKP04278", False, False),
        ("1M8GDM9AXKP0427888", False, False),
        ("IM8GDM9AXKP042788", False, False),
        ("1M8GDM9AXKPO42788", False, False),
        ("1M8GDM9AXKPQ42788", False, False),
    ],
)
def test_a_vin_is_whole_or_refused_and_its_check_digit_is_asked(
    written: str, whole: bool, checked: bool
) -> None:
    stated = CNG | {"vehicle_vin": written}
    assert is_vin(plain_mark(written)) is whole
    if not whole:
        with pytest.raises(ValidationError, match="17 letters and digits"):
            CYLINDER.read(stated)
        return
    assert is_vin_checked(plain_mark(written)) is checked
    details = CYLINDER.read(stated)
    assert set(CYLINDER.implausible(details, ON)) == (set() if checked else {"vehicle_vin"})
