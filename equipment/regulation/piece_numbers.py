"""How the numbers of a piece are written (设备代码, 使用登记证编号). What is written otherwise is taken and marked
待核实: no length is ever refused. Pure."""

from __future__ import annotations

import re

from equipment.core.words import N_, Message

EQUIPMENT_CODE = re.compile(r"[0-9A-Z]{17,21}")
ODD_CODE = N_("%(value)s is no usual equipment code (17 to 21 digits and letters): compare it with the plate")
ODD_CERTIFICATE = N_(
    "%(value)s is no usual certificate number (%(sign)s and digits): compare it with the paper"
)


def odd_equipment_code(value: str) -> Message | None:
    """设备代码: 18 characters mostly, 17 to 21 seen, letters among them."""
    usual = EQUIPMENT_CODE.fullmatch(value.strip().upper())
    return None if usual else Message(ODD_CODE, {"value": value})


def odd_certificate(value: str, sign: str) -> Message | None:
    """使用登记证编号: the character of its category first, then digits somewhere."""
    usual = value.strip().startswith(sign) and any(letter.isdigit() for letter in value)
    return None if usual else Message(ODD_CERTIFICATE, {"value": value, "sign": sign})
