"""照片重用: photos of visits that were photos of an earlier visit already, at this lift or another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from equipment.files.marks import lookalikes
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.maintenance.models import Visit
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.regulation.elevator_numbers import lift_limits
from equipment.regulation.queries import rules
from equipment.storage.db import session

SUBJECT, OF_ITEM = "visit", "item:"  # what photos of a checklist's items are attached as
OFFICES = ("firm", "regulator")


class ReusedPhoto(NamedTuple):
    """A photo, the earliest one of another visit that looks like it, and by how many bits of 64 they
    differ."""

    photo: Attachment
    earlier: Attachment
    bits: int

    @property
    def code(self) -> str:
        """The item that it was taken for."""
        return self.photo.kind.removeprefix(OF_ITEM)


def reused_at(visit: Visit, viewer: Viewer) -> list[ReusedPhoto]:
    """What the record of a visit shows of it to its firm and the bureau; marks come in at night."""
    if viewer.organisation_kind not in OFFICES:
        return []
    photos = attachments_of(viewer, visit.equipment_id, SUBJECT, visit.id)
    limits = lift_limits(rules(visit.category), visit.on)
    return sorted(
        reused(
            [photo for photo in photos if is_of_item(photo)],
            viewer,
            limits.photo_bits,
            limits.photo_fine_bits,
        ),
        key=lambda pair: (pair.photo.kind, pair.photo.at),
    )


def is_of_item(photo: Attachment) -> bool:
    return photo.subject_kind == SUBJECT and photo.kind.startswith(OF_ITEM)


def reused(
    photos: Sequence[Attachment], viewer: Viewer, most_bits: int, most_fine: int
) -> Iterator[ReusedPhoto]:
    """Each of these photos with the earliest of another visit, among those that the viewer may see, that is
    the same content or looks like it. Other records than visits, and photos of the visit itself, are no
    sign of anything."""
    if not photos:
        return
    alike: dict[str, dict[str, int]] = defaultdict(dict)
    for photo in photos:
        alike[photo.sha256][photo.sha256] = 0
    for likeness in lookalikes(alike, most_bits, most_fine):
        alike[likeness.sha256][likeness.other] = likeness.bits
    contents = {other for others in alike.values() for other in others}
    candidates: dict[str, list[Attachment]] = defaultdict(list)
    rows = visible(viewer, Attachment).where(
        Attachment.sha256.in_(sorted(contents)),
        Attachment.subject_kind == SUBJECT,
        Attachment.kind.startswith(OF_ITEM),
    )
    for row in session.scalars(rows.order_by(Attachment.at, Attachment.id)):
        candidates[row.sha256].append(row)
    for photo in photos:
        earlier = [
            (row, bits)
            for sha256, bits in alike[photo.sha256].items()
            for row in candidates[sha256]
            if row.subject_id != photo.subject_id and row.at < photo.at
        ]
        if earlier:
            first, bits = min(earlier, key=lambda pair: (pair[0].at, pair[0].id))
            yield ReusedPhoto(photo, first, bits)
