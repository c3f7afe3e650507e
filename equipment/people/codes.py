"""What people type to say who they are: mobile numbers, passwords, PINs. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from equipment.core.words import N_, Message

PASSWORD_MIN, PASSWORD_MAX = 8, 128
PIN_MIN, PIN_MAX = 4, 8


def plain(text: str) -> str:
    """Full-width digits and letters as a Chinese keyboard gives them become ordinary ones."""
    return unicodedata.normalize("NFKC", text)


def mobile_number(text: str) -> str:
    """The eleven digits of a Chinese mobile number however it was typed; "" when it is none."""
    digits = re.sub(r"[\s\-()]", "", plain(text)).removeprefix("+86")
    return digits if re.fullmatch(r"1\d{10}", digits) else ""


def password_fault(password: str, mobile: str = "") -> Message | None:
    """Why this cannot be a password, or None."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return Message(N_("Use at least %(num)d characters."), {"num": PASSWORD_MIN})
    if mobile and mobile in password:
        return Message(N_("The password must not contain your mobile number."))
    if len(set(password)) < PASSWORD_MIN // 2 or _runs(password):
        return Message(N_("This is too easy to guess."))
    kinds = (str.isdigit, str.islower, str.isupper, lambda sign: not sign.isalnum())
    if sum(any(kind(sign) for sign in password) for kind in kinds) < 2 and password.isascii():
        return Message(N_("Mix letters and digits."))
    return None


def pin_fault(pin: str) -> Message | None:
    """Why this cannot be a PIN, or None."""
    if not re.fullmatch(rf"[0-9]{{{PIN_MIN},{PIN_MAX}}}", pin):
        return Message(N_("A PIN has %(least)d to %(most)d digits."), {"least": PIN_MIN, "most": PIN_MAX})
    return Message(N_("This is too easy to guess.")) if len(set(pin)) == 1 or _runs(pin) else None


def _runs(text: str) -> bool:
    """12345678, 87654321, abcdefgh."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}, {0})
