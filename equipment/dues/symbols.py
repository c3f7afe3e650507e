"""The codes of a printed sheet: QR symbols of one size, all of a sheet in one picture of two pixels per
module, crisp at any zoom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from equipment.files.png import LIGHT, png, png_address, symbol_image

MASK = 2  # any mask is valid; a fixed one saves trying all eight
PIXELS = 2  # per module, so that half a row is a whole number of pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture stands and how large it is, in mm, and its content as a data address."""

    address: str
    top: float
    left: float
    width: float
    height: float


def fitting_version(text: str) -> int:
    """The smallest symbol that holds the text at level M; every row of a list uses the one of its longest."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    return int(code.best_fit())


def modules(text: str, version: int) -> list[list[bool]]:
    code = qrcode.QRCode(version=version, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=False)
    return [list(row) for row in code.modules]


@dataclass(frozen=True, slots=True)
class CodeColumn:
    """A column of codes on a grid of lines: how high a line is, how many a row takes, how high a symbol
    should be, where its middle is."""

    line_mm: float
    row_lines: int
    symbol_mm: float
    middle_mm: float


def picture(texts: Iterable[tuple[str, int]], version: int, lines: int, column: CodeColumn) -> Picture:
    """All symbols of a sheet; `texts` are (content, line its row begins on)."""
    size = 17 + 4 * version
    row_mm = column.line_mm * column.row_lines
    row_pixels = 2 * round(size * PIXELS * row_mm / column.symbol_mm / 2)
    above = (row_pixels - size * PIXELS) // 2
    width, height = size * PIXELS, row_pixels * lines // column.row_lines
    canvas = Image.new("1", (width, height), LIGHT)
    for text, first_line in texts:
        symbol = symbol_image(modules(text, version)).resize((width, width), Image.Resampling.NEAREST)
        canvas.paste(symbol, (0, row_pixels * first_line // column.row_lines + above))
    pitch = row_mm / row_pixels
    left = column.middle_mm - width * pitch / 2
    return Picture(png_address(png(canvas)), 0, left, width * pitch, height * pitch)
