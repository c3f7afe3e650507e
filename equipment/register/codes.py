"""The code on a label, and the one parser for everything a gun, a camera, a reader or a
hand may deliver. Pure.

A code is 10 random Crockford characters, 1 check character over them (Luhn mod 32) and 4 characters of an
HMAC over these 11: never a database id, never reused, shown 5-5-5. The check tells a slip of the hand, the
HMAC a forgery; a label's row decides before both. Codes of a sandbox (沙箱) begin with TEST, others never.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from equipment.core.config import Settings
from equipment.register.rules import PlateWriting

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM, CHECKED, LENGTH = 10, 11, 15
TEST = "TEST"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_LOOKALIKE = str.maketrans("ILO", "110")
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# What a Chinese input method makes of a gun's keystrokes, beyond what NFKC undoes.
_INPUT_METHOD = str.maketrans(
    {
        "、": "/",
        "。": ".",
        "【": "[",
        "】": "]",
        "「": "[",
        "」": "]",
        "—": "-",
        "–": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
    }
)
_SEPARATORS = re.compile(r"[\s\-]+")
_HEX_BYTES = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){3,}")
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.]*:/+", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\]]+)\]")
_LINK = re.compile(r"https?:/{1,2}[^\s，。；）)\]】]+", re.IGNORECASE)
# What a gun may put before a code: its symbology (AIM: `]Q1`), the name of a function key; and around it.
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_FUNCTION_KEYS = (re.compile(r"^F\d"), re.compile(r"^F1[0-2]"))
_AROUND = "*\"'`“”‘’«»"
# A US gun at a French keyboard: digits unshifted, then the letters that have other places.
_FRENCH_DIGITS = str.maketrans("&é\"'(-è_çà", "1234567890")
_FRENCH_LETTERS = str.maketrans("AQZW,;?", "QAWZMMM")
_AMONG_WORDS = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{5}-?[0-9A-Z]{5}-?[0-9A-Z]{5}(?![0-9A-Z])")
_MONTH = re.compile(r"\d{4}年\d{1,2}月?(?:\d{1,2}日)?")
SHORTEST = 4  # a shorter part of a text (a maker's sign, a version) names nothing by itself
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text may mean: a code of ours, or other numbers to be looked up, the likeliest first."""

    text: str
    code: str = ""
    values: tuple[str, ...] = ()

    @property
    def checked(self) -> bool:
        """Whether the code's check character fits: asked only where no label row decides."""
        return is_checked(self.code)


def make_code(keys: Sequence[str], begins: str = "") -> str:
    """A fresh code, signed with the newest key (the last of the ring)."""
    while True:
        drawn = begins + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM - len(begins)))
        if drawn.startswith(TEST) == (begins == TEST) and not (code := signed_code(drawn, keys)).isdigit():
            return code  # digits alone are how other people's numbers look


def signed_code(drawn: str, keys: Sequence[str]) -> str:
    """These ten characters with their check and their signature."""
    body = drawn + _check(drawn)
    return body + _signature(body, keys[-1])


def is_test(code: str) -> bool:
    """Whether this is the code of a sandbox, whose pieces are made up."""
    return code.startswith(TEST)


def is_genuine(code: str, keys: Iterable[str]) -> bool:
    """Whether any key of the ring signed this code."""
    return any(hmac.compare_digest(code[CHECKED:], _signature(code[:CHECKED], key)) for key in keys)


def is_checked(code: str) -> bool:
    """Whether the check character fits."""
    return len(code) == LENGTH and code[RANDOM] == _check(code[:RANDOM])


def spelt(code: str) -> str:
    """As people read it: 5-5-5."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def label_url(code: str, settings: Settings) -> str:
    """What the QR holds. Upper case keeps it in QR alphanumeric mode: a smaller, sturdier symbol."""
    url = f"{settings.public_url.rstrip('/')}/T/{code}"
    return url.lower() if settings.lowercase_codes == "1" else url.upper()


@lru_cache(maxsize=8192)
def normal(value: str) -> str:
    """The form in which an identifier is kept and matched: half width, upper case, no blanks or hyphens, no
    colons between hex bytes."""
    before, plain = "", value
    while plain != before:  # upper case may ask for half width again: ends after two or three rounds
        before, plain = plain, _SEPARATORS.sub("", cleaned(plain).upper())
        plain = plain.replace(":", "") if _HEX_BYTES.fullmatch(plain) else plain
    return plain[:LONGEST]


def cleaned(text: str) -> str:
    """Half width, without what guns and input methods add: CR, Tab, other
    invisible characters, Chinese punctuation."""
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text).translate(_INPUT_METHOD)
    return "".join(
        character for character in plain if unicodedata.category(character) not in ("Cc", "Cf")
    ).strip()


def parse(text: str) -> Parsed:
    """Read any input: our address in any case and width, a bare code, somebody else's address, bracketed
    text, digits, RFID hex; with what guns, keyboards and people put around it."""
    # A bare code of ours, as nearly every gun sends it: nothing to clean or to choose.
    if _CODE.fullmatch(text) and not text.isdigit():
        return Parsed(text, text, (text,))
    plain = cleaned(text)
    parts = list(dict.fromkeys(part for part in _parts(_unwrapped(plain)) if part))
    code = next((own for part in parts if (own := _as_code(part))), "") or _hidden_code(plain)
    values = tuple(dict.fromkeys(value for part in parts if len(value := normal(part)) >= SHORTEST))
    return Parsed(plain, code, values)


def plate_number(text: str) -> str:
    """The one form of the number of a plate: of an address its last part or the value of its query, as every
    scan of it is read too."""
    return next(iter(parse(text).values), "")


def plate_writing(text: str) -> PlateWriting:
    """How the text of a plate is written: an address, several values, digits, or plain text."""
    plain = _unwrapped(cleaned(text))
    if _ADDRESS.match(plain) or _LINK.search(plain):
        return PlateWriting.ADDRESS
    if _BRACKETED.search(plain) or any(mark in plain for mark in ",;"):
        return PlateWriting.LISTED
    return PlateWriting.DIGITS if _SEPARATORS.sub("", plain).isdigit() else PlateWriting.PLAIN


def _unwrapped(plain: str) -> str:
    """Without the gun's mark of the symbology, quotes and the stars of Code 39; %2F is what it means."""
    bare = _SYMBOLOGY.sub("", plain).strip(_AROUND)
    return unquote(bare) if "%" in bare else bare


def _hidden_code(plain: str) -> str:
    """A code of ours in a text that is none by itself: only one whose check character fits."""
    upper = _unwrapped(plain).upper()
    bare = _SEPARATORS.sub("", upper)
    french = plain.lower().translate(_FRENCH_DIGITS).upper()
    texts = [
        bare[: len(bare) // 2] if bare[: len(bare) // 2] * 2 == bare else "",  # read twice in one burst
        *(key.sub("", bare) for key in _FUNCTION_KEYS),
        french.translate(_FRENCH_LETTERS),
        french,
        *_AMONG_WORDS.findall(upper),
    ]
    return next((code for text in texts if is_checked(code := _as_code(text))), "")


def _parts(plain: str) -> Iterator[str]:
    """The pieces of a text that may name something, the likeliest first; the whole text last."""
    listed = _BRACKETED.search(plain)
    if listed:
        yield from _list(listed[1])
    if not _ADDRESS.match(plain) and (link := _LINK.search(plain)):
        yield from _address(link[0])
    if not listed and (_ADDRESS.match(plain) or "/" in plain):
        yield from _address(plain)
    elif not listed and "," in plain:
        yield from _list(plain)
    yield plain


def _list(text: str) -> Iterator[str]:
    """The values of a list, long digits first: a certificate covers many pieces, a month names none."""
    items = [item.strip() for item in re.split(r"[,;]", text)]
    named = [item for item in items if not _MONTH.fullmatch(item)]
    return iter(sorted(named, key=lambda item: not (item.isdigit() and len(item) >= CHECKED)))


def _address(plain: str) -> Iterator[str]:
    """The last part of the path, then the values of the query: only these count, so that labels survive a
    move to another host."""
    path, _, query = plain.split("#")[0].partition("?")
    values = [value for _, value in parse_qsl(query)]
    last = unquote(path.rstrip("/").rpartition("/")[2])
    names_page = bool(values) and not any(character.isdigit() for character in last)
    yield from (*values, last) if names_page else (last, *values)


def _as_code(part: str) -> str:
    """A code of ours, right or mistyped; "" for what cannot be one. Digits alone
    are somebody else's number."""
    plain = _SEPARATORS.sub("", part).upper()
    if plain.isdigit():
        return ""
    plain = plain.translate(_LOOKALIKE)
    return plain if _CODE.fullmatch(plain) else ""


def _check(body: str) -> str:
    """Luhn mod 32: finds every single wrong character and nearly every swap of neighbours."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = _VALUE[character] * (2 - place % 2)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]


def _signature(body: str, key: str) -> str:
    number = int.from_bytes(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest()[:3], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
