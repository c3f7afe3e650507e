"""Photos of a visit's items: kept with what the phone says of time, place and origin, and what that is
worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.geo import stored_degrees
from equipment.core.words import N_
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.files.models import Attachment
from equipment.intake.rules import arrival
from equipment.maintenance.actions import hold, judge_again, must_work_on, seen_at
from equipment.maintenance.answer_rules import with_photo
from equipment.maintenance.closing import note
from equipment.maintenance.models import Visit, VisitPhoto
from equipment.maintenance.photo_rules import PhotoClaim, photo_marks
from equipment.maintenance.presence_rules import presence
from equipment.maintenance.queries import items_of, limits_of
from equipment.maintenance.states import SwipeVia
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import point_of
from equipment.register.models import Equipment
from equipment.regulation.checklists import Item, evidence_items, evidence_of
from equipment.regulation.elevator_numbers import minutes, photo_minutes
from equipment.regulation.planning import DueKind
from equipment.storage.db import session


def add_photo(
    visit: Visit, code: str, photo: StoredDocument, *, by: Viewer, claim: PhotoClaim | None = None
) -> Attachment:
    """Attach a photo to an item; the same photo again is the one that is there."""
    must_work_on(hold(visit), by)
    if code not in {item.code for item in items_of(visit)}:
        raise Invalid({"code": N_("This item does not belong to the checklist of this visit.")})
    about = About(visit.equipment_id, visit.area, visit.category, "visit", visit.id)
    row, fresh = attach_once(about, StoredDocument(photo.content, photo.name, f"item:{code}"), by=by)
    if not fresh:
        return row
    described = _described(visit, code, row, claim or PhotoClaim(), by)
    session.add(described)
    visit.answers = {
        **visit.answers,
        code: with_photo(visit.answers.get(code, {}), str(row.id), str(by.user_id)),
    }
    seen_at(visit, by, later=False)
    note(visit, "visit.photographed", by=by, rows=[described], item=code, attachment=row.id)
    judge_again(visit, by)
    return row


def _described(visit: Visit, code: str, row: Attachment, claim: PhotoClaim, by: Viewer) -> VisitPhoto:
    """What the phone says of the photo, judged: a time outside the visit counts from when it arrived."""
    now, limits = clock.now(), limits_of(visit.category, visit.on)
    arrived = arrival(
        claim.taken_at or now,
        now,
        limits.clock,
        queued=None,
        last_contact=visit.opened_at - limits.clock.drift,
    )
    here = claim.position
    where = presence(SwipeVia.PHONE, None, here, point_of(visit.equipment_id), limits.fence_m)
    stated = here if here is not None and here.point.is_on_earth else None
    most = minutes(photo_minutes(limits.pack, visit.on))
    return VisitPhoto(
        equipment_id=visit.equipment_id,
        id=row.id,
        visit_id=visit.id,
        organisation_id=visit.organisation_id,
        area=visit.area,
        category=visit.category,
        code=code,
        sha256=row.sha256,
        taken_by=by.user_id,
        taken_at=now if arrived.doubted or claim.taken_at is None else claim.taken_at,
        received_at=now,
        source=claim.source,
        stamped=claim.stamped,
        original_at=claim.original_at,
        latitude=stored_degrees(stated.point.latitude) if stated else None,
        longitude=stored_degrees(stated.point.longitude) if stated else None,
        datum=stated.datum if stated else None,
        accuracy_m=stated.accuracy_m if stated else None,
        distance_m=where.distance_m,
        fence=where.fence,
        marks=[str(mark) for mark in photo_marks(claim, where.fence, arrived.doubted, most)],
    )


def marks_of(photo: Attachment) -> list[str]:
    """What is remarkable about a photo; nothing of those of before they were described."""
    row = session.get(VisitPhoto, (photo.equipment_id, photo.id))
    return list(row.marks) if row is not None else []


def photos_of(viewer: Viewer, visit: Visit) -> Mapping[str, Sequence[VisitPhoto]]:
    """The photos of a visit by item, the oldest first; of a correction also those of the record before it."""
    ids = [visit.id, *([visit.supersedes_id] if visit.supersedes_id else [])]
    wanted = visible(viewer, VisitPhoto).where(
        VisitPhoto.equipment_id == visit.equipment_id, VisitPhoto.visit_id.in_(ids)
    )
    photos: dict[str, list[VisitPhoto]] = defaultdict(list)
    for photo in session.scalars(wanted.order_by(VisitPhoto.received_at, VisitPhoto.id)):
        photos[photo.code].append(photo)
    return photos


class ShownEvidence(NamedTuple):
    """One kind of evidence of a lift with its photos, the newest first; none yet where it owes them."""

    item: Item
    photos: list[VisitPhoto]


def evidence_shown(viewer: Viewer, lift: Equipment) -> list[ShownEvidence]:
    """拆解保养取证 of a lift: what a body looks at when the lift is tested."""
    owed = set(evidence_of(lift.details, DueKind.VISIT_YEAR))
    wanted = visible(viewer, VisitPhoto).where(
        VisitPhoto.equipment_id == lift.id, VisitPhoto.code.in_(list(evidence_items()))
    )
    photos: dict[str, list[VisitPhoto]] = defaultdict(list)
    for photo in session.scalars(wanted.order_by(VisitPhoto.taken_at.desc(), VisitPhoto.id)):
        photos[photo.code].append(photo)
    return [
        ShownEvidence(one.item, photos[code])
        for code, one in evidence_items().items()
        if code in owed or code in photos
    ]
