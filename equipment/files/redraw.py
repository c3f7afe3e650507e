"""Draws one picture anew: upright, bounded in size, nothing but pixels. A script of its own, since decoding
what strangers send can eat memory and time: it caps itself first, and dies alone.

    python -I redraw.py FORMAT < picture > drawn

It imports nothing of the project, so that it starts in a tenth of a second. Its exit code is one of `End`; as
soon as it knows them, width and height stand on stderr.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import warnings
from enum import IntEnum

from PIL import Image, ImageOps

MEMORY_MB = 400  # a WebP of 30 megapixels, a PNG or a progressive JPEG of 60
CPU_S = 10
PIXELS = 60_000_000  # a 60-megapixel photo
LONG_SIDE = 2560


class End(IntEnum):
    DRAWN = 0
    DAMAGED = 3
    TOO_LARGE = 4


def main() -> End:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB * 1024 * 1024,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    os.nice(10)  # whoever scans goes first
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # PIXELS is our measure
    form = sys.argv[1]
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=[form]) as picture:
            print(picture.width, picture.height, file=sys.stderr, flush=True)  # noqa: T201
            if picture.width * picture.height > PIXELS:
                return End.TOO_LARGE
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
            picture.thumbnail((LONG_SIDE, LONG_SIDE))
            upright = ImageOps.exif_transpose(picture)
        clear = form != "JPEG" and (upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info)
        plain = Image.new("RGBA" if clear else "RGB", upright.size)
        plain.paste(upright.convert(plain.mode))
        plain.save(sys.stdout.buffer, form, **({"optimize": True} if form == "PNG" else {"quality": 85}))
    except MemoryError:
        return End.TOO_LARGE
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return End.DAMAGED
    return End.DRAWN


if __name__ == "__main__":
    sys.exit(main())
