"""照片: what is remarkable about a photo of an item. Pure.

What a phone says of time and place is its own word. Nothing is refused for it: a photo without a position,
from the album, or with another time in its file is marked and looked at by people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from equipment.core.geo import GeoPosition
from equipment.maintenance.states import Fence, PhotoDoubt, PhotoSource

OF_FENCE = {
    Fence.NONE: PhotoDoubt.NO_POSITION,
    Fence.OUTSIDE: PhotoDoubt.PLACE,
    Fence.UNREADABLE: PhotoDoubt.UNREADABLE,
}


class PhotoClaim(NamedTuple):
    """What a phone says of a photo that it sends."""

    taken_at: datetime | None = None
    source: PhotoSource = PhotoSource.UNKNOWN
    position: GeoPosition | None = None
    original_at: datetime | None = None  # what the file said before the phone drew it anew
    stamped: bool = False


def photo_marks(claim: PhotoClaim, fence: Fence, clock_doubted: bool, most: timedelta) -> list[PhotoDoubt]:
    """The marks of a photo, the way they are listed; `most` is how far the file's own time may be off."""
    marks = set()
    if claim.source is PhotoSource.GALLERY:
        marks.add(PhotoDoubt.GALLERY)
    if clock_doubted:
        marks.add(PhotoDoubt.CLOCK)
    if claim.original_at and claim.taken_at and abs(claim.original_at - claim.taken_at) > most:
        marks.add(PhotoDoubt.ORIGINAL)
    if fence in OF_FENCE:
        marks.add(OF_FENCE[fence])
    return [mark for mark in PhotoDoubt if mark in marks]
