"""What a file really is, told by its content and never by its name; photos are drawn anew, so
that no EXIF survives."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
IMAGES = frozenset({JPEG, PNG, WEBP})
DOCUMENTS = IMAGES | {PDF}
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
SUFFIXES = {JPEG: ".jpg", PNG: ".png", WEBP: ".webp", PDF: ".pdf"}

LARGEST_MB = 20
PIXELS_READ = 60_000_000  # a 60-megapixel photo; beyond it decoding costs more memory than an upload is worth
LONG_SIDE = 2560
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
)
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
    """The picture turned upright, bounded in size and written again: nothing but pixels remains."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as picture:
                if picture.width * picture.height > PIXELS_READ:
                    raise Invalid(
                        {
                            field: Message(
                                N_("The photo has too many pixels (%(width)s × %(height)s)."),
                                {"width": picture.width, "height": picture.height},
                            )
                        }
                    )
                picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONG_SIDE, LONG_SIDE))
                return _encoded(upright, media_type)
    except UNREADABLE as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid({field: N_("The photo is damaged; take it again.")}) from error


def _encoded(picture: Image.Image, media_type: str) -> bytes:
    clear = media_type != JPEG and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info)
    plain = Image.new("RGBA" if clear else "RGB", picture.size)
    plain.paste(picture.convert(plain.mode))
    out = io.BytesIO()
    plain.save(out, FORMATS[media_type], **({"optimize": True} if media_type == PNG else {"quality": 85}))
    return out.getvalue()
