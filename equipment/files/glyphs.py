"""Characters that no font of this machine can print: they are found before anything is drawn, a 〓 (the mark
that Chinese and Japanese printers set for a missing type) stands in their place, and the paper says which.

The shipped fonts hold some 30,000 characters, but not the rarest ones of names (𡃁), no Tibetan, no emoji;
what an installed font has WeasyPrint takes from there.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from html import escape

from fontTools.ttLib import TTFont

from equipment.core.config import ROOT
from equipment.core.words import N_, Message

GETA = "〓"
FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # nothing is drawn for these
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # they only choose between forms of a character
MOST = 20  # characters that one paper names
LONGEST = 40  # of the text that one stands in
UNPRINTED = N_("No font here has these characters, %(mark)s stands in their place: %(listed)s")
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_RARE = re.compile(rf"[^\x00-\x7f\u3000-\u303f\uff00-\uffef{SELECTORS}]")  # what may have to be looked up
Unprinted = Mapping[str, str]  # the character -> the text that it first stands in


@cache
def _shipped() -> frozenset[int]:
    """The characters that every weight of the shipped font has."""
    held: list[set[int]] = []
    for name in FONTS:
        with TTFont(ROOT / "static/fonts" / name, lazy=True) as font:
            held.append(set(font.getBestCmap()))
    return frozenset(set.intersection(*held))


class _FontSet(ctypes.Structure):
    _fields_ = (("number", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p))


@cache
def _fontconfig() -> ctypes.CDLL | None:
    """The library that tells which fonts are installed; none where it lacks."""
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return None
    for name in ("FcCharSetCreate", "FcPatternCreate", "FcObjectSetCreate"):
        getattr(library, name).restype = ctypes.c_void_p
    library.FcFontList.restype = ctypes.POINTER(_FontSet)
    return library


@cache
def _installed(char: str) -> bool:
    """Whether a font of this machine has a character."""
    fonts = _fontconfig()
    if fonts is None:
        return False
    charset = ctypes.c_void_p(fonts.FcCharSetCreate())
    pattern = ctypes.c_void_p(fonts.FcPatternCreate())
    wanted = ctypes.c_void_p(fonts.FcObjectSetCreate())
    fonts.FcCharSetAddChar(charset, ctypes.c_uint(ord(char)))
    fonts.FcPatternAddCharSet(pattern, b"charset", charset)
    fonts.FcObjectSetAdd(wanted, b"family")
    listed = fonts.FcFontList(None, pattern, wanted)
    number: int = listed.contents.number
    fonts.FcFontSetDestroy(listed)
    fonts.FcObjectSetDestroy(wanted)
    fonts.FcPatternDestroy(pattern)
    fonts.FcCharSetDestroy(charset)
    return number > 0


@cache
def is_printable(char: str) -> bool:
    """Whether a character has a glyph in the shipped font or an installed one, or needs none."""
    return ord(char) in _shipped() or unicodedata.category(char) in INVISIBLE or _installed(char)


def unprinted(texts: Iterable[str]) -> dict[str, str]:
    """The characters of these texts that cannot be printed, each with the text that it first stands in."""
    lacking: dict[str, str] = {}
    for text in texts:
        for char in _RARE.findall(text):
            if char not in lacking and not is_printable(char):
                lacking[char] = " ".join(text.split())[:LONGEST]
    return lacking


def with_getas(text: str) -> str:
    """A text with 〓 for every character that cannot be printed."""
    return _RARE.sub(lambda rare: rare[0] if is_printable(rare[0]) else GETA, text)


def printable(html: str, beside: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """A page as it can be printed, and the characters that it, or texts drawn beside it, had to leave out."""
    lacking = unprinted([*_TEXT.findall(html), *beside])
    return (with_getas(html) if lacking else html), lacking


def note(lacking: Unprinted) -> Message:
    """What a paper says of the characters it lacks: each with its code point and the text it stands in."""
    points: dict[str, list[str]] = {}
    for char, text in list(lacking.items())[:MOST]:
        points.setdefault(text, []).append(f"U+{ord(char):04X}")
    named = [f"“{with_getas(text)}” {', '.join(codes)}" for text, codes in points.items()]
    return Message(
        UNPRINTED, {"mark": GETA, "listed": "；".join(named) + ("…" if len(lacking) > MOST else "")}
    )


def texts_in(composed: object) -> Iterator[str]:
    """Every text of what was composed to be drawn: of its fields, lists and tables."""
    if isinstance(composed, str):
        yield composed
    elif is_dataclass(composed):
        for field in fields(composed):
            yield from texts_in(getattr(composed, field.name))
    elif isinstance(composed, Mapping):
        yield from texts_in(list(composed.values()))
    elif isinstance(composed, list | tuple):
        for part in composed:
            yield from texts_in(part)


def with_note(html: str, words: str) -> str:
    """A page that ends in a note."""
    return html.replace("</body>", f'<p class="lacking">{escape(words)}</p></body>')
