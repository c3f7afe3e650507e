"""What a file really is, told by its content."""

from __future__ import annotations

import io
import multiprocessing
import resource
import struct
import threading
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from equipment.core.errors import Busy, Invalid
from equipment.files import content, redraw
from equipment.files.content import DOCUMENTS, IMAGES, checked

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer to draw a photo than a phone is let wait."""
    monkeypatch.setattr(content, "DRAWING_S", 180)


def photo(size: tuple[int, int] = (40, 30), form: str = "JPEG", **save: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **save)
    return out.getvalue()


def located() -> bytes:
    """A photo that says where and how it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return photo(exif=exif)


def said(upload: bytes, **more: object) -> str:
    with pytest.raises(Invalid) as caught:
        checked(io.BytesIO(upload), **more)
    return str(caught.value.fields["file"])


@pytest.mark.parametrize(
    ("form", "media_type"), [("JPEG", content.JPEG), ("PNG", content.PNG), ("WEBP", content.WEBP)]
)
def test_a_photo_keeps_its_type_whatever_its_name(form: str, media_type: str) -> None:
    assert checked(io.BytesIO(photo(form=form))).media_type == media_type


def test_a_pdf_is_kept_as_it_is() -> None:
    assert checked(io.BytesIO(PDF)) == content.Checked(PDF, content.PDF)


def test_a_photo_is_turned_upright_and_loses_what_it_knew_of_place_and_camera() -> None:
    sound = checked(io.BytesIO(located()))
    with Image.open(io.BytesIO(sound.content)) as drawn:
        assert (drawn.size, dict(drawn.getexif()), "exif" in drawn.info) == ((30, 40), {}, False)
    assert b"Camera" not in sound.content


def test_a_large_photo_is_bounded_on_its_long_side() -> None:
    with Image.open(io.BytesIO(checked(io.BytesIO(photo((5200, 2600)))).content)) as drawn:
        assert drawn.size == (redraw.LONG_SIDE, redraw.LONG_SIDE // 2)


def test_a_transparent_signature_stays_transparent() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(checked(io.BytesIO(out.getvalue())).content)) as drawn:
        assert (drawn.mode, drawn.getpixel((0, 0))) == ("RGBA", (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("upload", "text"),
    [
        (b"", "The file is empty."),
        (b"<html><script>alert(1)</script>", "Only photos (JPEG, PNG, WebP) and PDF are accepted."),
        (b"GIF89a" + bytes(60), "Only photos (JPEG, PNG, WebP) and PDF are accepted."),
        (photo()[:400], "The photo is damaged; take it again."),
        (b"\xff\xd8\xff\xe0" + bytes(300), "The photo is damaged; take it again."),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "The photo is damaged; take it again."),
        (PDF[:-8], "The PDF is cut off; send it again."),
        (
            bytes(4) + b"ftypheic" + bytes(40),
            "HEIC photos cannot be read here. On the iPhone choose Settings, Camera, Formats, Most Compatible, and take it again.",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(upload: bytes, text: str) -> None:
    assert said(upload) == text


def test_a_50_mb_photo_is_refused_and_never_decoded() -> None:
    assert (
        said(photo() + bytes(50 * 1024 * 1024))
        == "The file is larger than 20 MB. Take a smaller photo or split the document."
    )


def test_a_photo_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 7_000)).save(out, "PNG")
    assert said(out.getvalue()) == "The photo has too many pixels (10000 × 7000)."


def bomb(side: int = 7740) -> bytes:
    """A PNG of 60 megapixels, RGBA, in a quarter of a megabyte: made line by line, without the pixels."""
    packer, row = zlib.compressobj(9), b"\0" + bytes(side * 4)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def highest_kb() -> int:
    """The most memory this process ever had; `ru_maxrss` would count what its parent had before exec."""
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])


def eight_at_once(sent: bytes) -> tuple[Counter[str], int, int]:
    """What eight senders at once are told; kB by which this process grew; kB of its largest child."""
    content.DRAWING_S, before = 180, highest_kb()
    together = threading.Barrier(8)

    def outcome(_number: int) -> str:
        together.wait(60)  # or on a busy machine the first is drawn before the last has come
        try:
            checked(io.BytesIO(sent))
        except Busy:
            return "busy"
        except Invalid:
            return "refused"
        return "drawn"

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(outcome, range(8)))
    return outcomes, highest_kb() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def test_eight_bombs_at_once_leave_this_process_as_it_was_and_keep_few_threads() -> None:
    """In a process of its own: a child counts what its parent held when it was started, and a process of tests
    holds much."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        outcomes, grown, children = fresh.submit(eight_at_once, bomb()).result()
    assert (outcomes["busy"], grown < 60_000, children < 500_000) == (2, True, True), (
        outcomes,
        grown,
        children,
    )


def test_a_picture_that_needs_more_memory_than_a_drawing_may_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    less = tmp_path / "redraw.py"
    less.write_text(Path(redraw.__file__).read_text().replace("MEMORY_MB = 400", "MEMORY_MB = 100"))
    monkeypatch.setattr(redraw, "__file__", str(less))
    assert said(bomb()) == "The photo has too many pixels (7740 × 7740)."


def test_where_only_photos_are_wanted_a_pdf_is_refused() -> None:
    assert said(PDF, accept=IMAGES) == "Only photos (JPEG, PNG, WebP) are accepted."
    assert content.PDF in DOCUMENTS
