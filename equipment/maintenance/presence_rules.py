"""到场证据: how well a swipe shows that somebody stood at the lift, and whether one person was at two at once.
Pure.

What a phone says is its own word: only a position inside the fence proves its scan. Whatever cannot be judged
(no position, one less accurate than the fence is wide, a lift whose position nobody knows) flags nobody.
A flag is evidence to look at, never a refusal, and decides nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from equipment.core.clock import site_time
from equipment.core.geo import GeoPoint, GeoPosition, distance_m
from equipment.core.words import N_, Message
from equipment.maintenance.states import Fence, Flag, ReadBy, SwipeVia
from equipment.regulation.presence_grades import PresenceGrade

BEST_FIRST = tuple(PresenceGrade)
PHONES = (SwipeVia.PHONE, SwipeVia.PLATE)
FLAGGED_BY_PRESENCE = (Flag.PLACE, Flag.OVERLAP, Flag.TRAVEL)


class Presence(NamedTuple):
    """What a swipe is worth as proof: `distance_m` is known whenever both positions are, judged or not."""

    grade: PresenceGrade
    fence: Fence = Fence.NONE
    distance_m: int | None = None


class FlagFact(TypedDict, total=False):
    """What was measured behind a flag, as a visit holds it. `visit`, `lift` are the other ones, `person` is
    who was at both; `since`, `until` an overlap (no end while both go on); `metres` in `seconds` a
    journey."""

    flag: str
    swipe: str
    visit: str
    lift: str
    person: str
    since: str
    until: str
    metres: int
    accuracy_m: int
    fence_m: int
    seconds: int
    kmh: int


def presence(
    via: SwipeVia, how: ReadBy | None, here: GeoPosition | None, lift: GeoPoint | None, fence_m: int
) -> Presence:
    """The grade of one swipe; `lift` is where the lift stands, in WGS-84."""
    fence, metres = _fence(here, lift, fence_m)
    if via is SwipeVia.READER:
        return Presence(PresenceGrade.READER, fence, metres)
    if via not in PHONES or how in (None, ReadBy.TYPED):
        return Presence(PresenceGrade.TYPED, fence, metres)
    if via is SwipeVia.PLATE and how is ReadBy.NFC and fence is not Fence.OUTSIDE:
        return Presence(PresenceGrade.PLATE, fence, metres)
    grade = PresenceGrade.SCAN_IN_FENCE if fence is Fence.INSIDE else PresenceGrade.SCAN
    return Presence(grade, fence, metres)


def _fence(here: GeoPosition | None, lift: GeoPoint | None, fence_m: int) -> tuple[Fence, int | None]:
    """A position of unknown accuracy is taken at its word; one that may be off by more than the fence is wide
    says nothing."""
    if here is None:
        return Fence.NONE, None
    if not here.point.is_on_earth:
        return Fence.UNREADABLE, None
    if lift is None:
        return Fence.UNPLACED, None
    metres = round(distance_m(here.wgs84, lift))
    if here.accuracy_m is not None and here.accuracy_m > fence_m:
        return Fence.COARSE, metres
    return (Fence.INSIDE if metres <= fence_m else Fence.OUTSIDE), metres


def worse(one: PresenceGrade, other: PresenceGrade) -> PresenceGrade:
    """The grade of a visit: that of the worse of its two ends."""
    return max(one, other, key=BEST_FIRST.index)


@dataclass(frozen=True, slots=True)
class Stay:
    """One person at one lift: from his own swipe to the end of the visit, None while it goes on."""

    visit: UUID
    lift: UUID
    person: UUID
    since: datetime
    until: datetime | None
    place: GeoPoint | None

    @property
    def ends(self) -> tuple[datetime, ...]:
        return (self.since,) if self.until is None else (self.since, self.until)


def stay_facts(stay: Stay, others: Iterable[Stay], fence_m: int, travel_kmh: int) -> Iterator[FlagFact]:
    """What does not go together with `stay` among the stays of the same person at other lifts."""
    for other in others:
        if other.person != stay.person or other.lift == stay.lift or other.visit == stay.visit:
            continue
        about: FlagFact = {"visit": str(other.visit), "lift": str(other.lift), "person": str(stay.person)}
        if overlapped := _overlap(stay, other):
            yield {**about, **overlapped}
        if travelled := _journey(stay, other, fence_m, travel_kmh):
            yield {**about, **travelled}


def _overlap(one: Stay, other: Stay) -> FlagFact | None:
    since = max(one.since, other.since)
    until = min((stay.until for stay in (one, other) if stay.until is not None), default=None)
    if until is not None and until <= since:
        return None
    fact: FlagFact = {"flag": str(Flag.OVERLAP), "since": since.isoformat()}
    if until is not None:
        fact |= {"until": until.isoformat(), "seconds": round((until - since).total_seconds())}
    if one.place and other.place:
        fact["metres"] = round(distance_m(one.place, other.place))
    return fact


def _journey(one: Stay, other: Stay, fence_m: int, travel_kmh: int) -> FlagFact | None:
    """The two ends that lie closest in time, where the lifts lie farther apart than the fence is wide: nearer
    ones may be the same yard, measured badly."""
    if one.place is None or other.place is None:
        return None
    metres = round(distance_m(one.place, other.place))
    apart = min(abs((mine - theirs).total_seconds()) for mine in one.ends for theirs in other.ends)
    seconds = max(1, round(apart))  # two ends in the same second
    kmh = round(metres / seconds * 3.6)
    if metres <= fence_m or kmh <= travel_kmh:
        return None
    return {"flag": str(Flag.TRAVEL), "metres": metres, "seconds": seconds, "kmh": kmh}


def flags_with(flags: Sequence[str], facts: Iterable[FlagFact]) -> list[str]:
    """The flags of a visit with those of its presence as its facts now have them, in the order of `Flag`."""
    shown = {flag for flag in flags if flag not in FLAGGED_BY_PRESENCE} | {fact["flag"] for fact in facts}
    return [str(flag) for flag in Flag if flag in shown]


def fact_text(fact: FlagFact) -> Message:
    """What was measured, in words; the other visit and its lift are named by whoever shows them."""
    flag = Flag(fact["flag"])
    if flag is Flag.PLACE:
        return Message(
            N_("%(metres)s m from the lift; the fence is %(fence)s m"),
            {"metres": fact["metres"], "fence": fact["fence_m"]},
        )
    if flag is Flag.TRAVEL:
        figures = {name: fact[name] for name in ("metres", "seconds", "kmh")}
        return Message(N_("%(metres)s m in %(seconds)s s: %(kmh)s km/h"), figures)
    since = site_time(datetime.fromisoformat(fact["since"])).strftime("%H:%M:%S")
    if "seconds" not in fact:
        return Message(N_("At both from %(since)s on"), {"since": since})
    return Message(
        N_("At both from %(since)s on, for %(seconds)s s"), {"since": since, "seconds": fact["seconds"]}
    )
