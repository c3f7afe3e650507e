"""Patterns in how visits were filled in: answers that repeat each other, visits too short to be true, photos
used again. Pure; facts, limits and what they are worth as in `lift_rules.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple
from uuid import UUID

from equipment.core.clock import site_day
from equipment.regulation.elevator_numbers import LiftLimits
from equipment.suspicions.lift_rules import MOST_RECORDS, VisitSeen
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind


class PhotoSeen(NamedTuple):
    """A photo of a visit that looks like one of an earlier visit: how many of the bits of their marks
    differ."""

    firm_id: UUID
    photo_id: UUID
    visit_id: UUID
    lift_id: UUID
    at: datetime
    earlier_photo_id: UUID
    earlier_visit_id: UUID
    earlier_lift_id: UUID
    bits: int


def habit_patterns(
    visits: Sequence[VisitSeen], usual: Mapping[str, float], limits: LiftLimits, period: str
) -> Iterator[Suspected]:
    """答案雷同 and 时长过短, person by person; `usual`: the median minutes of a visit by its class, everybody's."""
    answered: dict[UUID, list[VisitSeen]] = defaultdict(list)
    present: dict[UUID, list[VisitSeen]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: (visit.opened_at, visit.visit_id)):
        if visit.answered_by is not None:
            answered[visit.answered_by].append(visit)
        for at in visit.people:
            if visit.minutes is not None:
                present[at.person].append(visit)
    for person, own in answered.items():
        yield from _same_answers(person, own, limits)
    for person, own in present.items():
        yield from _too_short(person, own, usual, limits, period)


def _same_answers(person: UUID, visits: Sequence[VisitSeen], limits: LiftLimits) -> Iterator[Suspected]:
    """A checklist answered by nobody's finger, the rhythm of an earlier one to the second, or the same notes
    at lift after lift; each visit once."""
    seen: list[VisitSeen] = []
    for visit in visits:
        gaps = visit.gaps.values()
        if len(gaps) + 1 >= limits.answers_least and sum(gaps) < limits.answer_ms_least * len(gaps):
            figures: dict[str, int | str] = {"items": len(gaps) + 1, "seconds": round(sum(gaps) / 1000)}
            yield _of_answers(person, (visit,), figures)
        else:
            twin = next((one for one in reversed(seen) if _is_twin(one.gaps, visit.gaps, limits)), None)
            if twin is not None:
                yield _of_answers(person, (visit, twin), {"items": len(gaps) + 1})
        seen.append(visit)
    yield from _same_notes(person, visits, limits)


def _is_twin(one: Mapping[str, int], other: Mapping[str, int], limits: LiftLimits) -> bool:
    """Whether two checklists were answered in one rhythm. Quick taps are alike by chance: only gaps that are
    long enough to tell say anything."""
    telling = [
        code
        for code in one.keys() & other.keys()
        if max(one[code], other[code]) >= 1000 * limits.rhythm_gap_seconds
    ]
    if len(telling) < limits.rhythm_gaps:
        return False
    alike = sum(abs(one[code] - other[code]) <= 1000 for code in telling)
    return alike * 100 >= limits.rhythm_percent * len(telling)


def _same_notes(person: UUID, visits: Sequence[VisitSeen], limits: LiftLimits) -> Iterator[Suspected]:
    """The same notes at the same items of several lifts: what was found at one is hardly found at all."""
    groups: dict[frozenset[tuple[str, str]], list[VisitSeen]] = defaultdict(list)
    for visit in visits:
        if len(visit.notes) >= limits.notes_least:
            groups[visit.notes].append(visit)
    for notes, group in groups.items():
        lifts = {visit.lift_id for visit in group}
        if len(lifts) >= limits.notes_lifts:
            yield _of_answers(person, group[::-1], {"notes": len(notes), "lifts": len(lifts)})


def _of_answers(person: UUID, visits: Sequence[VisitSeen], figures: dict[str, int | str]) -> Suspected:
    newest = visits[0]
    return Suspected(
        SuspicionKind.SAME_ANSWERS,
        newest.firm_id,
        newest.lift_id,
        site_day(newest.opened_at),
        tuple(visit.visit_id for visit in visits[:MOST_RECORDS]),
        {**figures, "person": str(person)},
    )


def _too_short(
    person: UUID, visits: Sequence[VisitSeen], usual: Mapping[str, float], limits: LiftLimits, period: str
) -> Iterator[Suspected]:
    """Of one class: half of a person's visits are much shorter than everybody's and than the minimum, or
    again and again one is over before a checklist could be read."""
    by_class: dict[str, list[VisitSeen]] = defaultdict(list)
    for visit in visits:
        by_class[visit.duty].append(visit)
    for duty, own in by_class.items():
        minutes = [visit.minutes or 0 for visit in own]
        middle, everybody = median(minutes), usual.get(duty, 0)
        hasty = [visit for visit in own if (visit.minutes or 0) < limits.hasty_minutes]
        short = len(own) >= limits.short_visits and middle * 100 < limits.short_percent * min(
            everybody, limits.minutes_least
        )
        often = len(hasty) * 100 >= limits.hasty_percent * len(own)
        if not short and not (often and len(hasty) >= limits.hasty_visits):
            continue
        chosen = sorted(own if short else hasty, key=lambda visit: (visit.minutes or 0, visit.visit_id))
        newest = max(own, key=lambda visit: visit.opened_at)
        yield Suspected(
            SuspicionKind.TOO_SHORT,
            newest.firm_id,
            None,
            site_day(newest.opened_at),
            tuple(visit.visit_id for visit in chosen[:MOST_RECORDS]),
            {
                "person": str(person),
                "duty": duty,
                "visits": len(own),
                "median": round(middle),
                "usual": round(everybody),
                "hasty": len(hasty),
                "hasty_minutes": limits.hasty_minutes,
            },
            f"{period}:{duty[-9:]}:{person}",
        )


def photo_patterns(photos: Iterable[PhotoSeen], limits: LiftLimits) -> Iterator[Suspected]:
    """照片重用: of each visit the photos that were of an earlier one already, the most alike first. Two visits
    that share several are one pattern; one photo alone must be nearly the same."""
    pairs: dict[tuple[UUID, UUID], list[PhotoSeen]] = defaultdict(list)
    for photo in photos:
        if photo.visit_id != photo.earlier_visit_id and photo.bits <= limits.photo_bits:
            pairs[photo.visit_id, photo.earlier_visit_id].append(photo)
    for (visit_id, earlier_id), alike in sorted(pairs.items(), key=lambda pair: str(pair[0])):
        closest = min(alike, key=lambda photo: (photo.bits, photo.photo_id))
        if len(alike) == 1 and closest.bits > limits.photo_bits_alone:
            continue
        yield Suspected(
            SuspicionKind.PHOTO_REUSED,
            closest.firm_id,
            closest.lift_id,
            site_day(closest.at),
            (visit_id, earlier_id),
            {
                "photos": len({photo.photo_id for photo in alike}),
                "photo": str(closest.photo_id),
                "lift": str(closest.lift_id),
                "earlier": str(closest.earlier_photo_id),
                "earlier_lift": str(closest.earlier_lift_id),
                "bits": closest.bits,
            },
            f"{visit_id.hex[:16]}:{earlier_id.hex[:16]}",
        )
