"""Patterns in maintenance visits that honest work hardly leaves: where people and cards were when. Pure.

Facts and limits as in `rules.py`: found with its evidence, decided by a person, counted by nobody. Whatever
cannot be judged (a lift whose place nobody knows, a doubted clock, a visit nobody signed out of) points at
nobody. What is known of the answers, the length and the photos of visits stands in `lift_habits.py`; how many
are found and how many are false alarms is measured by `bench/lift_suspicions`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from equipment.core.clock import site_day
from equipment.core.geo import GeoPoint, distance_m
from equipment.regulation.elevator_numbers import LiftLimits
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind

MOST_RECORDS = 40  # of one pattern: what a page shows side by side
A_DAY = timedelta(days=1)


class ShownBy(StrEnum):
    """How somebody showed that he was at a lift."""

    OWN = "own"  # his own sign-in
    READER = "reader"  # his card at the lift's reader
    COLLEAGUE = "colleague"  # his card or PIN at a colleague's phone


class PersonAt(NamedTuple):
    """One person of a visit: from his own swipe on, until he signed out himself; None where somebody else
    did, or nobody: he may have left at any time. `confirmed` by his own sign-in, then or within the time for
    it; `holder` whose phone his card was shown at."""

    person: UUID
    since: datetime
    until: datetime | None
    shown_by: ShownBy
    confirmed: bool
    holder: UUID | None = None


class VisitSeen(NamedTuple):
    """A visit of one firm that was swiped; `minutes` None where nobody signed out. `gaps`: by item, the
    milliseconds since the answer before; `notes`: what was written at items, `person` who answered most."""

    visit_id: UUID
    lift_id: UUID
    firm_id: UUID
    duty: str
    opened_at: datetime
    minutes: int | None
    place: GeoPoint | None
    people: tuple[PersonAt, ...]
    doubted: bool = False  # a device's clock was wrong
    answered_by: UUID | None = None
    gaps: Mapping[str, int] = {}
    notes: frozenset[tuple[str, str]] = frozenset()


class PersonStay(NamedTuple):
    """One person at one lift."""

    visit: VisitSeen
    at: PersonAt

    @property
    def leaves(self) -> datetime:
        """Until when he surely was there."""
        return self.at.until or self.at.since


def presence_patterns(visits: Sequence[VisitSeen], limits: LiftLimits, period: str) -> Iterator[Suspected]:
    """扎堆签到, 分身, 行程不可能, 一卡多用, 有卡无人, person by person; `period` is the month that habits are of. Whoever
    signs in in a batch is that, and not also everything else."""
    stays: dict[UUID, list[PersonStay]] = defaultdict(list)
    for visit in visits:
        for at in visit.people:
            stays[at.person].append(PersonStay(visit, at))
    held = _cards_on_one_phone(stays, limits)
    yield from (_of_phone(holder, group, period) for holder, group in held.items())
    carried = {stay.at.person for group in held.values() for stay in group}
    for person, own in stays.items():
        sure = sorted((stay for stay in own if not stay.visit.doubted), key=lambda stay: stay.at.since)
        in_batch: set[UUID] = set()
        for batch in _batches(sure, limits):
            visits_of_batch = {stay.visit.visit_id for stay in batch}
            if visits_of_batch.isdisjoint(in_batch):  # else the sign-outs of the same visits
                yield _batch(person, batch)
            in_batch |= visits_of_batch
        yield from _journeys([stay for stay in sure if stay.visit.visit_id not in in_batch], limits)
        if person not in carried and _is_card_alone(own, limits):
            yield _habit(SuspicionKind.CARD_ALONE, person, own, period)


def _batches(stays: Sequence[PersonStay], limits: LiftLimits) -> Iterator[list[PersonStay]]:
    """Sign-ins, or sign-outs, of one person within minutes: at lifts of so many sites, or at more lifts of
    one site than anybody works at. What overlaps is one batch."""
    ends = [(stay.at.until, stay) for stay in stays if stay.at.until is not None]
    for times in ([(stay.at.since, stay) for stay in stays], sorted(ends, key=lambda end: end[0])):
        stretch: dict[UUID, PersonStay] = {}
        last = -1
        for first, (began, _) in enumerate(times):
            window = [
                stay for at, stay in times[first:] if at - began <= timedelta(minutes=limits.batch_minutes)
            ]
            if not _is_batch(window, limits):
                continue
            if stretch and first > last:
                yield list(stretch.values())
                stretch = {}
            stretch |= {stay.visit.visit_id: stay for stay in window}
            last = first + len(window) - 1
        if stretch:
            yield list(stretch.values())


def _is_batch(window: Sequence[PersonStay], limits: LiftLimits) -> bool:
    lifts = {stay.visit.lift_id: stay.visit.place for stay in window}
    return len(lifts) >= limits.batch_lifts or (
        len(lifts) >= limits.batch_sites and _sites(lifts.values(), limits.near_metres) >= limits.batch_sites
    )


def _sites(places: Iterable[GeoPoint | None], near_metres: int) -> int:
    """How many places lie farther from each other than one yard is wide."""
    apart: list[GeoPoint] = []
    for place in places:
        if place is not None and all(distance_m(place, other) > near_metres for other in apart):
            apart.append(place)
    return len(apart)


def _batch(person: UUID, stays: Sequence[PersonStay]) -> Suspected:
    times = [stay.at.since for stay in stays]
    figures: dict[str, int | str] = {
        "person": str(person),
        "lifts": len({stay.visit.lift_id for stay in stays}),
        "minutes": max(1, round((max(times) - min(times)).total_seconds() / 60)),
    }
    return _suspected(SuspicionKind.BATCH, stays, figures)


def _journeys(stays: Sequence[PersonStay], limits: LiftLimits) -> Iterator[Suspected]:
    """One person at two lifts that are not one yard: at once, or with less time than the way takes."""
    for place, after in enumerate(stays):
        near = [
            before
            for before in stays[max(0, place - 4) : place]
            if before.visit.lift_id != after.visit.lift_id and after.at.since - before.at.since < A_DAY
        ]
        for before in reversed(near):
            if before.visit.place is None or after.visit.place is None:
                continue
            metres = round(distance_m(before.visit.place, after.visit.place))
            if metres <= limits.near_metres:
                continue
            figures = _at_once(before, after, limits) or _too_quick(before, after, metres, limits)
            if figures:
                person = str(after.at.person)
                kind = _kind_of(before, after, at_once="seconds" not in figures)
                yield _suspected(
                    kind, (after, before), {**figures, "person": person, "metres": metres}, keep_order=True
                )
                break


def _at_once(before: PersonStay, after: PersonStay, limits: LiftLimits) -> dict[str, int | str]:
    """For how many minutes he was at both; nothing where clocks that differ a little explain it."""
    until = min(before.leaves, after.leaves) if after.at.until else before.leaves
    minutes = int((until - after.at.since).total_seconds() // 60)
    return {"minutes": minutes} if minutes >= limits.overlap_minutes else {}


def _too_quick(
    before: PersonStay, after: PersonStay, metres: int, limits: LiftLimits
) -> dict[str, int | str]:
    """From the one to the other at a speed nobody travels, even if both clocks differ a little."""
    seconds = round((after.at.since - before.leaves).total_seconds())
    believed = max(1, seconds + 60 * limits.clock_minutes)
    if metres * 3.6 / believed <= limits.travel_kmh:
        return {}
    return {"seconds": max(0, seconds), "kmh": round(metres * 3.6 / max(1, seconds))}


def _kind_of(before: PersonStay, after: PersonStay, at_once: bool) -> SuspicionKind:
    """A card that is at two places is carried by two people, or was copied; a card that is where its person
    is not is carried by somebody else."""
    cards = [stay.at.shown_by is not ShownBy.OWN for stay in (before, after)]
    if all(cards):
        return SuspicionKind.SHARED_CARD
    if any(cards):
        return SuspicionKind.CARD_ALONE
    return SuspicionKind.AT_TWO_LIFTS if at_once else SuspicionKind.TRAVEL


def _cards_on_one_phone(
    stays: Mapping[UUID, Sequence[PersonStay]], limits: LiftLimits
) -> dict[UUID, list[PersonStay]]:
    """Phones at which the cards of several people are shown again and again, people who never appear but
    there and never confirm: whoever holds the phone holds their cards. By the phone's person."""
    held: dict[UUID, list[PersonStay]] = defaultdict(list)
    people: dict[UUID, int] = defaultdict(int)
    for own in stays.values():
        holders = {stay.at.holder for stay in own}
        if len(own) < limits.phone_visits or len(holders) != 1 or not _is_unconfirmed(own, limits):
            continue
        holder = holders.pop()
        if holder is not None:
            held[holder] += own
            people[holder] += 1
    return {holder: group for holder, group in held.items() if people[holder] >= limits.phone_cards}


def _of_phone(holder: UUID, stays: Sequence[PersonStay], period: str) -> Suspected:
    cards = len({stay.at.person for stay in stays})
    figures: dict[str, int | str] = {"holder": str(holder), "cards": cards, "visits": len(stays)}
    return _suspected(SuspicionKind.SHARED_CARD, stays, figures, f"{period}:{holder}")


def _is_card_alone(stays: Sequence[PersonStay], limits: LiftLimits) -> bool:
    """有卡无人: so many visits, all by his card alone, and hardly one that he confirmed."""
    return len(stays) >= limits.card_visits and _is_unconfirmed(stays, limits)


def _is_unconfirmed(stays: Sequence[PersonStay], limits: LiftLimits) -> bool:
    own = sum(stay.at.confirmed or stay.at.shown_by is ShownBy.OWN for stay in stays)
    return own * 100 <= limits.card_own_percent * len(stays)


def _habit(kind: SuspicionKind, person: UUID, stays: Sequence[PersonStay], period: str) -> Suspected:
    figures: dict[str, int | str] = {"person": str(person), "visits": len(stays)}
    return _suspected(kind, stays, figures, f"{period}:{person}")


def _suspected(
    kind: SuspicionKind,
    stays: Sequence[PersonStay],
    figures: dict[str, int | str],
    period: str = "",
    *,
    keep_order: bool = False,
) -> Suspected:
    """The newest visit first: it is the one that made the pattern."""
    ordered = stays if keep_order else sorted(stays, key=lambda stay: stay.at.since, reverse=True)
    visits = list(dict.fromkeys(stay.visit.visit_id for stay in ordered))[:MOST_RECORDS]
    newest = max(stays, key=lambda stay: stay.at.since)
    lifts = {stay.visit.lift_id for stay in stays}
    return Suspected(
        kind,
        newest.visit.firm_id,
        newest.visit.lift_id if len(lifts) == 1 or keep_order else None,
        site_day(newest.at.since),
        tuple(visits),
        figures,
        period,
    )
