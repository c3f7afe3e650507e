"""QR codes on pages."""

from __future__ import annotations

from typing import TypedDict

import qrcode


class Outline(TypedDict):
    """A QR code as an SVG path, and its side in modules."""

    d: str
    size: int


def outline(content: str) -> Outline:
    """A QR code as one SVG path of unit squares, with its size in modules."""
    symbol = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    symbol.add_data(content)
    matrix = symbol.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return {"d": path, "size": len(matrix)}
