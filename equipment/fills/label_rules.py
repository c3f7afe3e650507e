"""合格证 (充装标签) of a filled bottle: printed here, or taken from a roll of numbered ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from equipment.core.words import N_, Labelled

NUMBER_LENGTH = 30
ENDS_IN_DIGITS = re.compile(r"(.*?)(\d{1,15})", re.DOTALL)
GROUPED = ("toxic", "oxidiser", "flammable", "corrosive", "inert")  # the order in which dangers are said


class LabelMode(Labelled):
    """Where a station's fill labels come from."""

    PRINTED = "printed", N_("Printed here for each bottle"), "blue"
    PREPRINTED = "preprinted", N_("Preprinted, numbered; the number is confirmed"), "blue"


class LabelLayout(Labelled):
    ROLL = "roll80", N_("Thermal roll, 80 mm, one label a page")
    A4 = "a4", N_("A4 sheet, 10 labels")


def is_number(text: str) -> bool:
    """Whether numbers go on from this one: it ends in digits."""
    return len(text) <= NUMBER_LENGTH and ENDS_IN_DIGITS.fullmatch(text) is not None


def following(number: str, steps: int = 1) -> str:
    """The number so many steps on: A0099 → A0100; a full row of nines grows by one digit."""
    match = ENDS_IN_DIGITS.fullmatch(number)
    if match is None:
        raise ValueError(number)
    begins, digits = match.groups()
    return f"{begins}{int(digits) + steps:0{len(digits)}}"


def dangers(tags: frozenset[str], texts: Mapping[str, str]) -> list[str]:
    """The warning words of a gas by its properties, the gravest first; what is under pressure says so."""
    return [texts[tag] for tag in (*(tag for tag in GROUPED if tag in tags), "pressure") if tag in texts]


def amount(net_g: int | None, pressure_kpa: int | None, temperature_dc: int | None) -> str:
    """14.50 kg, or 14.2 MPa（15 ℃）."""
    if net_g is not None:
        return f"{net_g / 1000:.2f} kg"
    if pressure_kpa is None:
        return ""
    at = "" if temperature_dc is None else f"（{temperature_dc / 10:g} ℃）"
    return f"{pressure_kpa / 1000:g} MPa{at}"


def printed_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
