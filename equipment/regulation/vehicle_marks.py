"""What a vehicle is known by: its plate (号牌号码) and its VIN (车辆识别代号). Pure."""

from __future__ import annotations

import re
import unicodedata

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# I and O stand on no plate; the last place may say what kind of vehicle it is.
PLATE = re.compile(f"[{PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")
VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
SIGNS = re.compile(r"[\s·•・.\-]")
# Weights of the places and worth of the letters, as GB 16735 (ISO 3779) has them; the ninth is the check.
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
WORTH = {
    **{digit: int(digit) for digit in "0123456789"},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
CHECK_PLACE = 8


def plain_mark(text: str) -> str:
    """As it is kept: half width, upper case, without blanks, dots and hyphens."""
    return SIGNS.sub("", unicodedata.normalize("NFKC", text)).upper()


def is_plate(mark: str) -> bool:
    return PLATE.fullmatch(mark) is not None


def is_vin(mark: str) -> bool:
    return VIN.fullmatch(mark) is not None


def is_vin_checked(vin: str) -> bool:
    """Whether the ninth character is the one that the others make."""
    rest = sum(WORTH[char] * weight for char, weight in zip(vin, WEIGHTS, strict=True)) % 11
    return vin[CHECK_PLACE] == ("X" if rest == 10 else str(rest))
