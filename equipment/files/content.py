"""What a file really is, told by its content and never by its name; photos are drawn anew by a capped process
(redraw.py), so that no EXIF survives and no picture eats the server's memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import BinaryIO

from equipment.core.errors import Busy, Invalid
from equipment.core.words import N_, Message
from equipment.files import redraw

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
IMAGES = frozenset({JPEG, PNG, WEBP})
DOCUMENTS = IMAGES | {PDF}
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
SUFFIXES = {JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf"}

LARGEST_MB = 20
DRAWING_S = 15
AT_ONCE, IN_TURN = threading.BoundedSemaphore(2), threading.BoundedSemaphore(6)
DAMAGED = N_("The photo is damaged; take it again.")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True, slots=True)
class Checked:
    """A content that is what it says, safe to keep and to show."""

    content: bytes
    media_type: str


def media_type_of(head: bytes) -> str | None:
    """The type told by the first bytes, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return PDF if head.startswith(b"%PDF-") else None


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def checked(
    stream: BinaryIO, *, accept: frozenset[str] = DOCUMENTS, largest_mb: int = LARGEST_MB, field: str = "file"
) -> Checked:
    """Read an upload whole and vouch for it; `Invalid` in the user's words otherwise."""
    content = stream.read(largest_mb * 1024 * 1024 + 1)
    if not content:
        raise Invalid({field: N_("The file is empty.")})
    if len(content) > largest_mb * 1024 * 1024:
        raise Invalid(
            {
                field: Message(
                    N_("The file is larger than %(most)s MB. Take a smaller photo or split the document."),
                    {"most": largest_mb},
                )
            }
        )
    if is_heic(content):
        raise Invalid(
            {
                field: N_(
                    "HEIC photos cannot be read here. On the iPhone choose Settings, Camera, Formats, "
                    "Most Compatible, and take it again."
                )
            }
        )
    media_type = media_type_of(content)
    if media_type is None or media_type not in accept:
        raise Invalid(
            {
                field: N_("Only photos (JPEG, PNG, WebP) and PDF are accepted.")
                if PDF in accept
                else N_("Only photos (JPEG, PNG, WebP) are accepted.")
            }
        )
    return Checked(
        _drawn_anew(content, media_type, field) if media_type in IMAGES else _whole_pdf(content, field),
        media_type,
    )


def _whole_pdf(content: bytes, field: str) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise Invalid({field: N_("The PDF is cut off; send it again.")})
    return content


def _drawn_anew(content: bytes, media_type: str, field: str) -> bytes:
    """The picture turned upright, bounded in size and written again: nothing but pixels remains.
    Two are drawn at once and a few wait; for more than that no thread that answers scans is kept: 503, send
    it again."""
    if not IN_TURN.acquire(blocking=False):
        raise Busy
    try:
        with AT_ONCE:
            drawing = subprocess.run(
                [sys.executable, "-I", redraw.__file__, FORMATS[media_type]],
                input=content,
                capture_output=True,
                timeout=DRAWING_S,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise Invalid({field: DAMAGED}) from None
    finally:
        IN_TURN.release()
    if drawing.returncode == redraw.End.DRAWN:
        return drawing.stdout
    size = drawing.stderr.split()[:2]
    if drawing.returncode == redraw.End.DAMAGED or len(size) < 2:
        raise Invalid({field: DAMAGED})
    width, height = (int(side) for side in size)
    raise Invalid(
        {
            field: Message(
                N_("The photo has too many pixels (%(width)s × %(height)s)."),
                {"width": width, "height": height},
            )
        }
    )
