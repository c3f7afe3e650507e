"""What people type or show to say who they are: mobile numbers, passwords, PINs, card numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from equipment.core.words import N_, Message

PASSWORD_MIN, PASSWORD_MAX = 8, 128
PIN_MIN, PIN_MAX = 4, 8
# What readers make of a card: its 4 to 10 bytes in hex (ISO/IEC 14443-3 has 4, 7 and 10, other kinds 5 or
# 8), or a decimal number, from the 8 digits of a facility with its card to the 17 of seven bytes. One card
# read both ways, or with its bytes turned round, gives different numbers: which is meant cannot be guessed.
CARD_HEX = range(8, 21, 2)
CARD_DIGITS = range(8, 18)
# What stands first on every list of leaked passwords, without the digits that people add.
COMMON = frozenset(
    [
        "abc",
        "admin",
        "administrator",
        "asd",
        "asdf",
        "asdfgh",
        "asdfghjkl",
        "baiyin",
        "changeme",
        "dragon",
        "football",
        "gansu",
        "guest",
        "hello",
        "huanghe",
        "iloveyou",
        "lanzhou",
        "letmein",
        "login",
        "master",
        "monkey",
        "pass",
        "passw",
        "passwd",
        "password",
        "princess",
        "qazwsx",
        "qq",
        "qwe",
        "qweasd",
        "qweasdzxc",
        "qwer",
        "qwert",
        "qwerty",
        "qwertyuiop",
        "root",
        "secret",
        "shadow",
        "sunshine",
        "superman",
        "system",
        "taobao",
        "temp",
        "test",
        "tezhong",
        "tracker",
        "user",
        "wang",
        "weixin",
        "welcome",
        "woaini",
        "woaiwojia",
        "xiaoming",
        "zaq",
        "zhang",
        "zxc",
        "zxcvbn",
        "zxcvbnm",
    ]
)
# Down the keys of a telephone, and what sounds well: 一生一世, 我爱你一生一世, 一路发, 顺顺发发.
COMMON_PINS = frozenset(
    [
        "0852",
        "1314",
        "1688",
        "2580",
        "3344",
        "6688",
        "8866",
        "147258",
        "159357",
        "258369",
        "520131",
        "5201314",
    ]
)
DISGUISES = str.maketrans("0134578@$!", "oleastbasi")


def plain(text: str) -> str:
    """Full-width digits and letters as a Chinese keyboard gives them become ordinary ones."""
    return unicodedata.normalize("NFKC", text)


def mobile_number(text: str) -> str:
    """The eleven digits of a Chinese mobile number however it was typed; "" when it is none."""
    digits = re.sub(r"[\s\-()]", "", plain(text)).removeprefix("+86")
    return digits if re.fullmatch(r"1\d{10}", digits) else ""


def card_number(text: str) -> str:
    """The one form in which numbers of cards are compared: half width, upper case, letters and digits."""
    return re.sub(r"[\W_]+", "", plain(plain(text).upper()))


def card_fault(number: str) -> Message | None:
    """Why this, in its one form, cannot be the number of a card, or None."""
    if not re.fullmatch(r"[0-9A-F]+", number):
        return Message(N_("A card number has digits and the letters A to F only."))
    if len(number) not in CARD_HEX and not (number.isdigit() and len(number) in CARD_DIGITS):
        return Message(
            N_(
                "A card number has %(least)d to %(most)d hexadecimal digits, always two for a byte, "
                "or %(least)d to %(decimal)d decimal digits; this has %(typed)d."
            ),
            {"least": CARD_HEX[0], "most": CARD_HEX[-1], "decimal": CARD_DIGITS[-1], "typed": len(number)},
        )
    if len(set(number)) == 1:
        return Message(N_("This is no number of a card: hold the card to a reader again."))
    return None


def card_tail(number: str) -> str:
    """A card's number for lists: its last four characters, enough to tell cards apart and too few to copy
    one."""
    return f"…{number[-4:]}" if number else ""


def password_fault(password: str, mobile: str = "") -> Message | None:
    """Why this cannot be a password, or None."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return Message(N_("Use at least %(num)d characters."), {"num": PASSWORD_MIN})
    if mobile and mobile in password:
        return Message(N_("The password must not contain your mobile number."))
    if len(set(password)) < PASSWORD_MIN // 2 or _runs(password) or _is_common(password):
        return Message(N_("This is too easy to guess."))
    kinds = (str.isdigit, str.islower, str.isupper, lambda sign: not sign.isalnum())
    if sum(any(kind(sign) for sign in password) for kind in kinds) < 2 and password.isascii():
        return Message(N_("Mix letters and digits."))
    return None


def pin_fault(pin: str, mobile: str = "") -> Message | None:
    """Why this cannot be a PIN, or None: what a colleague would try first."""
    if not re.fullmatch(rf"[0-9]{{{PIN_MIN},{PIN_MAX}}}", pin):
        return Message(N_("A PIN has %(least)d to %(most)d digits."), {"least": PIN_MIN, "most": PIN_MAX})
    if mobile and pin in mobile:
        return Message(N_("The PIN must not be a part of your mobile number."))
    return Message(N_("This is too easy to guess.")) if _is_common_pin(pin) else None


def _is_common_pin(pin: str) -> bool:
    """1111, 2468, 1212, 123123, 112233, 1221, a year or a day (1990, 19900101), 1314."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    repeated = any(pin == pin[:size] * (len(pin) // size) for size in range(2, len(pin) // 2 + 1))
    doubled = pin[::2] == pin[1::2]
    day = re.fullmatch(r"(19|20)\d\d((0[1-9]|1[0-2])([0-2]\d|3[01])?)?", pin)
    return len(steps) == 1 or repeated or doubled or pin == pin[::-1] or bool(day) or pin in COMMON_PINS


def _is_common(password: str) -> bool:
    """Password1, p@ssw0rd2026!, 123qwe: a common word with digits and signs around it."""
    lower = password.lower()
    return bool({re.sub(r"^[\W\d_]+|[\W\d_]+$", "", word) for word in (lower, _bare(lower))} & COMMON)


def _bare(password: str) -> str:
    """Without what was added at its ends, and with letters for the signs that stand for them."""
    return re.sub(r"^[\W\d_]+|[\d\W_]+$", "", password).translate(DISGUISES)


def _runs(text: str) -> bool:
    """12345678, 87654321, abcdefgh."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}, {0})
