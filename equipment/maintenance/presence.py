"""到场证据 of visits: what the swipes of one person say together. Flags with evidence on every visit they
concern, found at the swipe, when a late one arrives, and when a visit ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import select, tuple_

from equipment.core.geo import GeoPoint, GeoPosition, distance_m
from equipment.ledger import actions as ledger
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.presence_rules import FlagFact, Presence, Stay, flags_with, stay_facts, worse
from equipment.maintenance.queries import limits_of
from equipment.maintenance.states import Fence, Flag, SwipeVia, VisitState
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import coordinates_of, point_of, points_of, propose
from equipment.register.models import Equipment
from equipment.register.rules import CoordinatesSource, CoordinatesState
from equipment.regulation.elevator_numbers import position_readings
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import rules
from equipment.storage.db import session

SWIPES = Swipe.__table__.c
# A visit lasts half a day at most: those of the day, of the one before and the one after matter.
NEAR = timedelta(days=1)
# Visits that nobody says took place.
NOT_JUDGED = (VisitState.VOID,)


def lifts_of(person: UUID, on: date) -> list[UUID]:
    """The lifts at which this person swiped about that day: their chains are taken together."""
    lifts = select(SWIPES.equipment_id).where(
        SWIPES.user_id == person, SWIPES.on.between(on - NEAR, on + NEAR), SWIPES.visit_id.is_not(None)
    )
    return [row.equipment_id for row in session.execute(lifts.distinct()) if row.equipment_id is not None]


def mark_end(visit: Visit, swipe_id: UUID, shown: Presence, here: GeoPosition | None, fence_m: int) -> None:
    """A swipe that begins or ends a visit: its grade, and whether it was made away from the lift."""
    visit.grade = (
        shown.grade if visit.grade is PresenceGrade.NONE else worse(PresenceGrade(visit.grade), shown.grade)
    )
    if shown.fence is Fence.OUTSIDE and shown.distance_m is not None:
        fact: FlagFact = {
            "flag": str(Flag.PLACE),
            "swipe": str(swipe_id),
            "metres": shown.distance_m,
            "fence_m": fence_m,
        }
        if here is not None and here.accuracy_m is not None:
            fact["accuracy_m"] = here.accuracy_m
        visit.flag_facts = [*visit.flag_facts, fact]
        visit.flags = flags_with(visit.flags, visit.flag_facts)


Starts = Mapping[tuple[UUID, UUID], datetime]  # by visit and person


def propose_place(lift: Equipment, on: date) -> None:
    """A lift whose position nobody knows, and a reader that tells its own: once several of its swipes agree
    within the fence, their middle is proposed to the firm's manager and the bureau."""
    waits = any(
        row.source == CoordinatesSource.READER and row.state != CoordinatesState.SUPERSEDED
        for row in coordinates_of(SYSTEM, lift.id)
    )
    if waits or point_of(lift.id) is not None:
        return
    limits, least = limits_of(lift.category, on), position_readings(rules(lift.category), on)
    stated = select(SWIPES.latitude, SWIPES.longitude, SWIPES.datum, SWIPES.accuracy_m).where(
        SWIPES.equipment_id == lift.id, SWIPES.via == SwipeVia.READER, SWIPES.latitude.is_not(None)
    )
    points = [
        GeoPosition.of(row.latitude, row.longitude, row.datum).wgs84
        for row in session.execute(stated.order_by(SWIPES.received_at.desc()).limit(least))
        if row.accuracy_m is None or row.accuracy_m <= limits.fence_m
    ]
    if len(points) < least:
        return
    middle = GeoPoint(median(point.latitude for point in points), median(point.longitude for point in points))
    if all(distance_m(point, middle) <= limits.fence_m for point in points):
        propose(lift, GeoPosition(middle), source=CoordinatesSource.READER, by=SYSTEM, readings=len(points))


def judge(visit: Visit, *, by: Viewer, starts: Starts | None = None) -> None:
    """Hold a visit against the others of its people, and write what does not go together on each of them.
    `starts` are swipes that are not on record yet. The caller notes `visit` itself."""
    if not visit.swiped or visit.late_entry or visit.supersedes_id:
        return
    near, before = _near(visit), _others(visit)
    if not near and not before:
        return
    _judge(visit, near, starts or {})
    concerned = before | _others(visit)
    for other in near:
        if str(other.id) in concerned and _judge(other, [*_near(other, but=visit), visit], starts or {}):
            ledger.record(
                session(),
                ledger.subject_of("equipment", other.equipment_id),
                "visit.presence",
                actor=by.actor,
                payload={"visit": other.id, "flags": list(other.flags), "because": visit.id},
                rows=[other],
            )


def _others(visit: Visit) -> set[str]:
    return {fact["visit"] for fact in visit.flag_facts if "visit" in fact}


def _judge(visit: Visit, near: Sequence[Visit], starts: Starts) -> bool:
    """Whether the facts of the visit have changed."""
    limits = limits_of(visit.category, visit.on)
    stays = _stays([visit, *near], starts)
    facts = [fact for fact in visit.flag_facts if fact["flag"] == Flag.PLACE]
    for stay in stays:
        if stay.visit == visit.id:
            facts += stay_facts(stay, stays, limits.fence_m, limits.travel_kmh)
    if facts == visit.flag_facts:
        return False
    visit.flag_facts = facts
    visit.flags = flags_with(visit.flags, facts)
    return True


def _near(visit: Visit, but: Visit | None = None) -> list[Visit]:
    """The visits of the same people about the same day, at other lifts."""
    people = [UUID(person) for person in visit.technicians]
    swiped = select(SWIPES.equipment_id, SWIPES.visit_id).where(
        SWIPES.user_id.in_(people),
        SWIPES.on.between(visit.on - NEAR, visit.on + NEAR),
        SWIPES.visit_id.is_not(None),
        SWIPES.equipment_id != visit.equipment_id,
    )
    keys = {(row.equipment_id, row.visit_id) for row in session.execute(swiped)}
    if but is not None:
        keys.discard((but.equipment_id, but.id))
    if not keys:
        return []
    others = visible(SYSTEM, Visit).where(
        tuple_(Visit.equipment_id, Visit.id).in_(sorted(keys)),
        Visit.organisation_id == visit.organisation_id,
        Visit.state.not_in(NOT_JUDGED),
    )
    return list(session.scalars(others.order_by(Visit.opened_at, Visit.id)))


def _stays(visits: Sequence[Visit], starts: Starts) -> list[Stay]:
    """Who was where from when to when. A colleague is there from his own swipe on; who says that it was not
    him with his card is nowhere."""
    joined = dict(starts)
    rows = session.execute(
        select(SWIPES.visit_id, SWIPES.user_id, SWIPES.happened_at).where(
            SWIPES.visit_id.in_([visit.id for visit in visits]), SWIPES.user_id.is_not(None)
        )
    )
    for row in rows:
        key = (row.visit_id, row.user_id)
        joined[key] = min(joined.get(key, row.happened_at), row.happened_at)
    places = _places(visits)
    return [
        Stay(visit.id, visit.equipment_id, person, since, visit.closed_at, places.get(visit.id))
        for visit in visits
        for rank, person in enumerate(map(UUID, visit.technicians))
        if str(person) not in visit.denied
        if (since := _since(visit, rank, joined.get((visit.id, person))))
    ]


def _since(visit: Visit, rank: int, swiped_at: datetime | None) -> datetime:
    """The first technician began the visit; no clock of a phone puts a colleague outside it."""
    if rank == 0 or swiped_at is None or swiped_at < visit.opened_at:
        return visit.opened_at
    return swiped_at if visit.closed_at is None else min(swiped_at, visit.closed_at)


def _places(visits: Iterable[Visit]) -> dict[UUID, GeoPoint]:
    """Where each visit was: where its lift stands, else where its phones say they were."""
    by_visit = {visit.id: visit for visit in visits}
    points = points_of(visit.equipment_id for visit in by_visit.values())
    places = {key: points[row.equipment_id] for key, row in by_visit.items() if row.equipment_id in points}
    missing = by_visit.keys() - places.keys()
    if not missing:
        return places
    stated = select(
        SWIPES.visit_id, SWIPES.latitude, SWIPES.longitude, SWIPES.datum, SWIPES.accuracy_m
    ).where(SWIPES.visit_id.in_(missing), SWIPES.latitude.is_not(None))
    for row in session.execute(stated.order_by(SWIPES.happened_at.desc())):
        limits = limits_of(by_visit[row.visit_id].category, by_visit[row.visit_id].on)
        if row.accuracy_m is None or row.accuracy_m <= limits.fence_m:
            places[row.visit_id] = GeoPosition.of(row.latitude, row.longitude, row.datum).wgs84
    return places
