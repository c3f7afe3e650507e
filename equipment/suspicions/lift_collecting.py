"""Looking through the visits of the last weeks, firm by firm: the facts that patterns are sought in, each
pattern put on record once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, select

from equipment.core import clock
from equipment.core.geo import GeoPoint, GeoPosition
from equipment.files.marks import PhotoLook, keep_marks, unmarked
from equipment.files.models import Attachment
from equipment.files.store import path_of
from equipment.maintenance.answer_rules import Answers
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.reused_photos import OF_ITEM, SUBJECT, reused
from equipment.maintenance.states import Flag, SwipeOutcome, SwipeVia, VisitState
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.coordinates import points_of
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.elevator_numbers import LiftLimits, fence_metres, lift_limits
from equipment.regulation.queries import rules
from equipment.storage.db import session, transaction
from equipment.suspicions.collecting import put_new_on_record
from equipment.suspicions.lift_habits import PhotoSeen, habit_patterns, photo_patterns
from equipment.suspicions.lift_rules import PersonAt, ShownBy, VisitSeen, presence_patterns
from equipment.suspicions.rules import Suspected

VISITS, SWIPES, ATTACHED = Visit.__table__.c, Swipe.__table__.c, Attachment.__table__.c
VISITED = next(category.key for category in CATEGORIES if category.visit_kinds)
CHUNK, PHOTOS_AT_ONCE = 400, 100
PHOTO_DAYS = 3  # marks of photos come in the night after; a night that failed is made up for
NOT_LOOKED_AT = (VisitState.OPEN, VisitState.VOID)
SHOWN = {SwipeVia.READER: ShownBy.READER, SwipeVia.COLLEAGUE: ShownBy.COLLEAGUE}


def look_through_lifts(yesterday: date) -> int:
    """The visits of the last weeks looked through; returns how many patterns are new. Run every night; twice
    does no harm. One firm at a time stands in memory."""
    limits = lift_limits(rules(VISITED), yesterday)
    since = yesterday - timedelta(days=limits.window_days - 1)
    usual, period = _usual_minutes(since, yesterday), f"{yesterday:%Y-%m}"
    new = put_new_on_record(list(photo_patterns(_photos(yesterday, limits), limits)), since)
    for firm_id in _firms(since, yesterday):
        visits = list(_visits(firm_id, since, yesterday))
        patterns: list[Suspected] = [
            *presence_patterns(visits, limits, period),
            *habit_patterns(visits, usual, limits, period),
        ]
        new += put_new_on_record(patterns, since)
    return new


def _firms(since: date, until: date) -> list[UUID]:
    firms = select(VISITS.organisation_id).where(VISITS.on.between(since, until)).distinct()
    return sorted(session.scalars(firms))


def _usual_minutes(since: date, until: date) -> dict[str, float]:
    """The median minutes of a visit by its class, of all firms."""
    minutes: dict[str, list[int]] = defaultdict(list)
    columns = (VISITS.duty, VISITS.opened_at, VISITS.closed_at, VISITS.flags)
    rows = select(*columns).where(
        VISITS.on.between(since, until), VISITS.closed_at.is_not(None), VISITS.swiped, ~VISITS.late_entry
    )
    for row in session.execute(rows.execution_options(yield_per=CHUNK)):
        if Flag.NO_SIGN_OUT not in row.flags:
            minutes[row.duty].append(_minutes(row.opened_at, row.closed_at))
    return {duty: median(each) for duty, each in minutes.items()}


def _minutes(opened_at: datetime, closed_at: datetime) -> int:
    return int((closed_at - opened_at).total_seconds() // 60)


def _visits(firm_id: UUID, since: date, until: date) -> Iterator[VisitSeen]:
    """The swiped visits of a firm with their people, reduced to what patterns are sought in."""
    columns = (
        VISITS.id,
        VISITS.equipment_id,
        VISITS.organisation_id,
        VISITS.duty,
        VISITS.opened_at,
        VISITS.closed_at,
        VISITS.cards_until,
        VISITS.technicians,
        VISITS.confirmed,
        VISITS.denied,
        VISITS.flags,
        VISITS.answers,
    )
    rows = (
        select(*columns)
        .where(
            VISITS.organisation_id == firm_id,
            VISITS.on.between(since, until),
            VISITS.swiped,
            ~VISITS.late_entry,
            VISITS.supersedes_id.is_(None),
            VISITS.state.not_in(NOT_LOOKED_AT),
        )
        .order_by(VISITS.opened_at, VISITS.id)
    )
    for part in session.execute(rows.execution_options(yield_per=CHUNK)).partitions():
        swipes = _swipes(part)
        places = points_of({row.equipment_id for row in part})
        for row in part:
            own = swipes[row.id]
            yield _visit_seen(row, own, places.get(row.equipment_id) or _stated_place(own, until))


class SwipeSeen(NamedTuple):
    """A swipe of a visit."""

    person: UUID | None
    via: SwipeVia
    outcome: SwipeOutcome
    at: datetime
    drift_s: int
    position: GeoPosition | None


def _swipes(visits: Sequence[Row[*tuple[object, ...]]]) -> Mapping[UUID, list[SwipeSeen]]:
    columns = (
        SWIPES.visit_id,
        SWIPES.user_id,
        SWIPES.via,
        SWIPES.card_uid,
        SWIPES.outcome,
        SWIPES.happened_at,
        SWIPES.drift_s,
        SWIPES.latitude,
        SWIPES.longitude,
        SWIPES.datum,
        SWIPES.accuracy_m,
    )
    rows = select(*columns).where(
        SWIPES.equipment_id.in_({row.equipment_id for row in visits}),
        SWIPES.visit_id.in_([row.id for row in visits]),
    )
    swipes: dict[UUID, list[SwipeSeen]] = defaultdict(list)
    for row in session.execute(rows.order_by(SWIPES.happened_at, SWIPES.id)):
        has_position = row.latitude is not None and row.longitude is not None
        position = (
            GeoPosition.of(row.latitude, row.longitude, row.datum, row.accuracy_m) if has_position else None
        )
        swipes[row.visit_id].append(
            SwipeSeen(
                row.user_id, _via(row.via, row.card_uid), row.outcome, row.happened_at, row.drift_s, position
            )
        )
    return swipes


def _via(via: SwipeVia, card_uid: str) -> SwipeVia:
    """Earlier swipes of a card at a colleague's phone are on record as the phone's."""
    return SwipeVia.COLLEAGUE if via is SwipeVia.PHONE and card_uid else via


def _stated_place(swipes: Sequence[SwipeSeen], on: date) -> GeoPoint | None:
    """Where the phones of a visit say they were, for a lift whose position nobody knows."""
    fence = fence_metres(rules(VISITED), on).integer
    stated = (swipe.position for swipe in swipes if swipe.position is not None)
    return next(
        (
            position.wgs84
            for position in stated
            if position.point.is_on_earth and (position.accuracy_m is None or position.accuracy_m <= fence)
        ),
        None,
    )


def _visit_seen(
    row: Row[*tuple[object, ...]], swipes: Sequence[SwipeSeen], place: GeoPoint | None
) -> VisitSeen:
    """A visit whose clock was wrong is judged by nothing that rests on times."""
    doubted = Flag.DRIFT in row.flags or any(abs(swipe.drift_s) > 60 for swipe in swipes)
    left = Flag.NO_SIGN_OUT not in row.flags and row.closed_at is not None
    by, gaps = (None, {}) if doubted else _rhythm(row.answers)
    return VisitSeen(
        row.id,
        row.equipment_id,
        row.organisation_id,
        row.duty,
        row.opened_at,
        _minutes(row.opened_at, row.closed_at) if left and not doubted else None,
        place,
        tuple(_people(row, swipes)),
        doubted,
        by or _first(row.technicians),
        gaps,
        frozenset((code, stored["note"]) for code, stored in row.answers.items() if stored.get("note")),
    )


def _first(technicians: Sequence[str]) -> UUID | None:
    return UUID(technicians[0]) if technicians else None


def _people(row: Row[*tuple[object, ...]], swipes: Sequence[SwipeSeen]) -> Iterator[PersonAt]:
    """Who was there from when on. Who says that it was not he was nowhere; a card that may still be confirmed
    counts as confirmed."""
    holder = _first(row.technicians)
    for person in row.technicians:
        key = UUID(person)
        own = [swipe for swipe in swipes if swipe.person == key and swipe.outcome != SwipeOutcome.IGNORED]
        if person in row.denied:
            continue
        confirmed = person in row.confirmed or row.cards_until is not None
        shown = SHOWN.get(own[0].via, ShownBy.OWN) if own else ShownBy.OWN if confirmed else ShownBy.READER
        out = next((swipe.at for swipe in own if swipe.outcome == SwipeOutcome.CLOSED), None)
        since = own[0].at if own else row.opened_at
        yield PersonAt(
            key,
            since,
            max(out, since) if out else None,
            shown,
            confirmed,
            holder if shown is ShownBy.COLLEAGUE and holder != key else None,
        )


def _rhythm(answers: Answers) -> tuple[UUID | None, dict[str, int]]:
    """Who answered most of a checklist, and by item the milliseconds since his answer before."""
    replies = [
        (stored["at"], code, stored["by"])
        for code, stored in answers.items()
        if stored.get("at") and stored.get("by")
    ]
    if not replies:
        return None, {}
    by = Counter(person for _, _, person in replies).most_common(1)[0][0]
    times = sorted((datetime.fromisoformat(at), code) for at, code, person in replies if person == by)
    gaps = {code: round((at - before).total_seconds() * 1000) for (before, _), (at, code) in pairwise(times)}
    return UUID(by), gaps


def _photos(until: date, limits: LiftLimits) -> Iterator[PhotoSeen]:
    """The photos of the last days that look like those of an earlier visit."""
    begins = clock.site_midnight(until - timedelta(days=PHOTO_DAYS - 1))
    rows = visible(SYSTEM, Attachment).where(
        Attachment.at >= begins, Attachment.subject_kind == SUBJECT, Attachment.kind.startswith(OF_ITEM)
    )
    ids = session.execute(rows.with_only_columns(ATTACHED.equipment_id, ATTACHED.id)).all()
    for start in range(0, len(ids), PHOTOS_AT_ONCE):
        keys = [row.id for row in ids[start : start + PHOTOS_AT_ONCE]]
        lifts = {row.equipment_id for row in ids[start : start + PHOTOS_AT_ONCE]}
        photos = session.scalars(
            rows.where(Attachment.equipment_id.in_(lifts), Attachment.id.in_(keys))
        ).all()
        for pair in reused(photos, SYSTEM, limits.photo_bits, limits.photo_fine_bits):
            yield PhotoSeen(
                pair.photo.organisation_id,
                pair.photo.id,
                pair.photo.subject_id,
                pair.photo.equipment_id,
                pair.photo.at,
                pair.earlier.id,
                pair.earlier.subject_id,
                pair.earlier.equipment_id,
                pair.bits,
            )
        session.expunge_all()


def photos_without_marks(most: int) -> list[str]:
    """Contents of photos of visits whose marks are still to be worked out."""
    digests = unmarked(SUBJECT, OF_ITEM, most)
    session.rollback()
    return digests


def put_marks(digests: Sequence[str], marks: Sequence[PhotoLook]) -> None:
    with transaction():
        keep_marks(dict(zip(digests, marks, strict=True)))


def paths_of(digests: Sequence[str]) -> list[str]:
    return [str(path_of(digest)) for digest in digests]
