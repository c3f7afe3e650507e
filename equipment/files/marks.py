"""Marks of photos: worked out from stored contents by the jobs process, and asked for what looks alike."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from PIL import Image
from sqlalchemy import Select, exists, select, union

from equipment.core import clock
from equipment.files.content import IMAGES
from equipment.files.models import Attachment, PhotoMark, StoredFile
from equipment.files.photo_rules import (
    COARSE,
    FINE,
    bands_of,
    bits_apart,
    difference_bits,
    is_plain,
    near_bands,
)
from equipment.storage.db import session, upsert

MARKS, FILES, ATTACHMENTS = PhotoMark.__table__.c, StoredFile.__table__.c, Attachment.__table__.c
MARGIN = 10  # per cent of each side that are left out: a stamp, a cut
AT_ONCE = 10  # marks that one statement looks for


class PhotoLook(NamedTuple):
    """What a photo looks like; both empty where there is nothing to be known again."""

    coarse: str = ""
    fine: str = ""


class Likeness(NamedTuple):
    """Two contents that look alike, and by how many bits their coarse and fine marks differ."""

    sha256: str
    other: str
    bits: int
    fine_bits: int


def marks_of(paths: Sequence[str]) -> list[PhotoLook]:
    """The mark of each of these pictures; an empty one of what is gone or cannot be read. Run it in a child
    with a cap: it decodes pictures."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # bounded when they were stored
    return [_mark_at(path) for path in paths]


def _mark_at(path: str) -> PhotoLook:
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as picture:
            picture.draft("L", (512, 512))
            return mark_of(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return PhotoLook()


def mark_of(picture: Image.Image) -> PhotoLook:
    """The mark of the middle of a picture."""
    grey = picture.convert("L")
    wide, high = grey.width * MARGIN // 100, grey.height * MARGIN // 100
    middle = grey.crop((wide, high, grey.width - wide, grey.height - high))
    if min(middle.size) < max(FINE):
        return PhotoLook()
    coarse, fine = (
        (list(middle.resize((across + 1, down), Image.Resampling.LANCZOS).tobytes()), across, down)
        for across, down in (COARSE, FINE)
    )
    return PhotoLook() if is_plain(fine[0]) else PhotoLook(difference_bits(*coarse), difference_bits(*fine))


def unmarked(subject_kind: str, kind: str, most: int) -> list[str]:
    """Photos without a mark among the attachments of such records whose kind begins so, at most so many."""
    wanted = exists().where(
        ATTACHMENTS.sha256 == FILES.sha256,
        ATTACHMENTS.subject_kind == subject_kind,
        ATTACHMENTS.kind.startswith(kind, autoescape=True),
    )
    marked = exists().where(MARKS.sha256 == FILES.sha256)
    rows = select(FILES.sha256).where(FILES.media_type.in_(sorted(IMAGES)), wanted, ~marked)
    return list(session.scalars(rows.order_by(FILES.created_at, FILES.sha256).limit(most)))


def keep_marks(marks: Mapping[str, PhotoLook]) -> None:
    """What was worked out, once for each content; it says nothing that the content does not."""
    rows = [
        {"sha256": sha256, "mark": mark.coarse, "fine": mark.fine, "at": clock.now(), **_bands(mark.coarse)}
        for sha256, mark in marks.items()
    ]
    if rows:
        session.execute(upsert(PhotoMark.__table__).values(rows).on_conflict_do_nothing())


def _bands(mark: str) -> dict[str, int | None]:
    bands = bands_of(mark) if mark else (None,) * 4
    return {f"band_{number}": band for number, band in enumerate(bands)}


def lookalikes(digests: Iterable[str], most_bits: int, most_fine: int) -> list[Likeness]:
    """What looks like these contents among all marks, each pair from the side that was asked; a content is
    not its own likeness. Up to 7 bits nothing is missed."""
    wanted = sorted(set(digests))
    likenesses = []
    for start in range(0, len(wanted), AT_ONCE):
        rows = select(MARKS.sha256, MARKS.mark, MARKS.fine).where(
            MARKS.sha256.in_(wanted[start : start + AT_ONCE]), MARKS.mark != ""
        )
        own = session.execute(rows).all()
        if not own:
            continue
        others = session.execute(union(*_near([row.mark for row in own]))).all()
        likenesses += [
            Likeness(one.sha256, other.sha256, bits, fine_bits)
            for one in own
            for other in others
            if one.sha256 != other.sha256
            and (bits := bits_apart(one.mark, other.mark)) <= most_bits
            and (fine_bits := bits_apart(one.fine, other.fine)) <= most_fine
        ]
    return likenesses


def _near(marks: Sequence[str]) -> Iterator[Select[tuple[str, str, str]]]:
    """One select for each quarter: each is served by its index."""
    columns = (MARKS.band_0, MARKS.band_1, MARKS.band_2, MARKS.band_3)
    for number, column in enumerate(columns):
        wanted = {near for mark in marks for near in near_bands(bands_of(mark)[number])}
        yield select(MARKS.sha256, MARKS.mark, MARKS.fine).where(column.in_(sorted(wanted)))
