"""How wide a printed text is, by the advances of the print font itself: what would not fit is cut before
anything is drawn, and a line is filled up with spaces to where its next column begins, as on a typewriter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from PIL import ImageFont

from equipment.core.config import ROOT

FONTS = {False: "NotoSansSC_400Regular.ttf", True: "NotoSansSC_700Bold.ttf"}
UNIT = 1000  # a font of this size answers in thousandths of its size
POINT_MM = 25.4 / 72
EM, EN, SPACE = "\u3000", "\u2002", " "
BREAKS = str.maketrans("\n\r\t\v\f", "     ")  # a text is one line, whatever somebody pasted into a form
CLOSING = frozenset("，。、；：！？）》〉】〕”’,.;:!?)")  # never begins a line
OPENING = frozenset("（《〈【〔“‘(")  # never ends one
OF_NUMBERS = frozenset("0123456789:-")
MOST_SPACES = 9  # with so many, what is left over of half an em is at most 0.034 em


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(ROOT / "static/fonts" / FONTS[bold], UNIT, layout_engine=ImageFont.Layout.BASIC)


@cache
def _advance(char: str, bold: bool) -> float:
    return _font(bold).getlength(char) / UNIT


@cache
def _rest(thousandths: int, bold: bool) -> str:
    """The spaces that come nearest to this part of an em."""
    space = _advance(SPACE, bold)
    gaps = [EN * halves + SPACE * spaces for halves in range(5) for spaces in range(MOST_SPACES + 1)]
    return min(gaps, key=lambda gap: abs(gap.count(EN) / 2 + gap.count(SPACE) * space - thousandths / 1000))


def _gentle(text: str, end: int) -> int:
    """The place to break at or before `end`; `end` itself where there is none."""
    at = end
    while at and (
        text[at] in CLOSING
        or text[at - 1] in OPENING
        or (text[at] in OF_NUMBERS and text[at - 1] in OF_NUMBERS)
    ):
        at -= 1
    return at or end


@dataclass(frozen=True, slots=True)
class Room:
    """The place a text has: its width, and how it is printed."""

    mm: float
    points: float = 8.5
    bold: bool = False

    def width(self, text: str) -> float:
        """Of a text printed here, in mm."""
        return sum(_advance(char, self.bold) for char in text) * self.points * POINT_MM

    def gap(self, mm: float) -> str:
        """Spaces as wide as this, to a tenth of a millimetre; nothing for less than nothing."""
        ems = max(0.0, mm / (self.points * POINT_MM))
        whole = max(0, int(ems) - 1)
        return EM * whole + _rest(round((ems - whole) * 1000), self.bold)

    def clipped(self, text: str) -> str:
        """What does not fit ends in an ellipsis."""
        return self.wrapped(text, 1)[0]

    def wrapped(self, text: str, most: int) -> list[str]:
        """`text` on at most so many lines, broken anywhere as Chinese is, but not before a mark that closes,
        behind one that opens or inside a number; where that needs more lines than there are, anywhere. Where
        something is left over the last ends in an ellipsis."""
        whole = text.translate(BREAKS)
        lines = self._lines(whole, most, gently=True)
        if self._fitting(lines[-1], self.mm) < len(lines[-1]):
            lines = self._lines(whole, most, gently=False)
        last = lines.pop()
        if self._fitting(last, self.mm) < len(last):
            last = last[: self._fitting(last, self.mm - self.width("…"))] + "…"
        return [*lines, last]

    def _lines(self, rest: str, most: int, *, gently: bool) -> list[str]:
        """The last of them holds all that is left."""
        lines: list[str] = []
        while len(lines) < most - 1 and (end := self._fitting(rest, self.mm)) < len(rest):
            end = _gentle(rest, end) if gently else end
            lines.append(rest[:end])
            rest = rest[end:]
        return [*lines, rest]

    def _fitting(self, text: str, mm: float) -> int:
        """How many characters fit; one at least, so that wrapping ends."""
        used = 0.0
        for place, char in enumerate(text):
            used += self.width(char)
            if used > mm:
                return max(place, 1)
        return len(text)


def laid_out(cells: Iterable[tuple[float, str]], room: Room) -> str:
    """One line of texts that begin at these places, in mm."""
    printed, at = "", 0.0
    for place, text in cells:
        if text:
            gap = room.gap(place - at)
            printed += gap + text
            at += room.width(gap + text)
    return printed


def joined(*texts: str) -> str:
    """Texts of one line, an em apart."""
    return EM.join(text for text in texts if text)
