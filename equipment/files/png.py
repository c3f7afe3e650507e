"""Pictures of ours, drawn by Pillow: QR symbols of a pixel per module, PNG files, and the data addresses by
which prints show them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from PIL import Image

DARK, LIGHT = 0, 255


def symbol_image(matrix: Sequence[Sequence[bool]]) -> Image.Image:
    """A QR symbol of one pixel per module, black on white."""
    image = Image.new("L", (len(matrix[0]), len(matrix)))
    image.putdata([DARK if dark else LIGHT for row in matrix for dark in row])
    return image.convert("1")


def png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def png_address(content: bytes) -> str:
    """A PNG as the address of an image in a print."""
    return "data:image/png;base64," + base64.b64encode(content).decode()
