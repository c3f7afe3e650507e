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
        """`text` on at most so many lines, broken anywhere as Chinese is; where something is left over the
        last ends in an ellipsis."""
        lines: list[str] = []
        rest = text.translate(BREAKS)
        while len(lines) < most - 1 and (end := self._fitting(rest, self.mm)) < len(rest):
            lines.append(rest[:end])
            rest = rest[end:]
        if self._fitting(rest, self.mm) < len(rest):
            rest = rest[: self._fitting(rest, self.mm - self.width("…"))] + "…"
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
