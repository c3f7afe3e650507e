"""What a swipe does, and how a closed visit is judged. Pure.

A swipe opens a visit, joins it, closes it or changes nothing; a refused one says every reason. All numbers
come from the rule
pack, where they are marked as design values: no regulation gives a shortest visit or asks for two
technicians.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from equipment.core.verdict import Citation, Effect, Reason
from equipment.intake.rules import ClockLimits
from equipment.maintenance.states import Direction, Flag, OnSiteLight, SwipeOutcome, SwipeReason, VisitState
from equipment.people.rules import CardStatus
from equipment.regulation import elevator_numbers as numbers
from equipment.regulation.packs import Regulation, Value

Number = Callable[[Regulation, date], Value]
# The rule behind a reason or flag that has one of its own; all other reasons rest on card and contract.
REASON_RULES: Mapping[SwipeReason, Number] = {
    SwipeReason.NO_CERTIFICATE: numbers.technician_certificate,
    SwipeReason.SECOND_TOO_LATE: numbers.second_within,
    SwipeReason.AGAIN: numbers.again_within,
}
FLAG_RULES: Mapping[Flag, Number] = {
    Flag.SHORT: numbers.shortest_visit,
    Flag.ONE_TECHNICIAN: numbers.technicians_at_least,
    Flag.NO_CERTIFICATE: numbers.technician_certificate,
    Flag.DRIFT: numbers.clock_at_most,
    Flag.NO_SIGN_OUT: numbers.longest_visit,
    Flag.CARD_UNCONFIRMED: numbers.card_confirm,
    Flag.PLACE: numbers.fence_metres,
    Flag.TRAVEL: numbers.travel_at_most,
    Flag.CARD_DENIED: numbers.card_and_contract,
}
DEAD_CARDS = {CardStatus.LOST: SwipeReason.CARD_LOST, CardStatus.RETURNED: SwipeReason.CARD_RETURNED}
NOTES = frozenset(
    {
        SwipeReason.NO_SIGN_IN,
        SwipeReason.AGAIN,
        SwipeReason.LEFT_ALREADY,
        SwipeReason.RESCUE,
        SwipeReason.NO_RESCUE,
    }
)
# What keeps nobody from a rescue: whose lift it is, and what its record says of it.
NO_MATTER_AT_A_RESCUE = frozenset(
    {SwipeReason.NOT_IN_USE, SwipeReason.NO_FIRM, SwipeReason.OTHER_FIRM, SwipeReason.NO_CERTIFICATE}
)


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """The numbers of a day, from the rule pack: `certificate` is the code a technician needs."""

    pack: Regulation
    shortest: timedelta
    technicians: int
    second_within: timedelta
    again_within: timedelta
    longest: timedelta
    confirm_within: timedelta
    clock: ClockLimits
    certificate: str
    fence_m: int
    travel_kmh: int

    @classmethod
    def of(cls, rules: Regulation, on: date) -> VisitLimits:
        clock = ClockLimits(
            numbers.minutes(numbers.clock_at_most(rules, on)), numbers.clock_believable(rules, on)
        )
        return cls(
            pack=rules,
            shortest=numbers.minutes(numbers.shortest_visit(rules, on)),
            technicians=numbers.technicians_at_least(rules, on).integer,
            second_within=numbers.minutes(numbers.second_within(rules, on)),
            again_within=numbers.minutes(numbers.again_within(rules, on)),
            longest=numbers.hours(numbers.longest_visit(rules, on)),
            confirm_within=numbers.hours(numbers.card_confirm(rules, on)),
            clock=clock,
            certificate=str(numbers.technician_certificate(rules, on).value),
            fence_m=numbers.fence_metres(rules, on).integer,
            travel_kmh=numbers.travel_at_most(rules, on).integer,
        )

    @classmethod
    def without_numbers(cls, rules: Regulation) -> VisitLimits:
        """For what is refused whatever the numbers are; `rules` is what it is cited by."""
        none = timedelta(0)
        return cls(rules, none, 0, none, none, none, none, ClockLimits(none, none), "", 0, 0)


@dataclass(frozen=True, slots=True)
class CardFacts:
    status: CardStatus
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwipeFacts:
    """One swipe with all that decides about it; `at` is the instant it counts at."""

    at: datetime
    days: tuple[date, ...]  # every one it is judged on, the stricter answer counts
    direction: Direction = Direction.EITHER
    against_lift: SwipeReason | None = None  # the code or number led to no lift, or to one without visits
    in_use: bool = True
    contracted: UUID | None = None
    by_card: bool = True
    card: CardFacts | None = None
    person: UUID | None = None
    firm: UUID | None = None
    active: bool = True
    technician: bool = True
    certified: bool = True
    rescue: bool = False  # people are trapped here and nobody has arrived yet


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """The visit that is open at the lift, or else the last one that was swiped there."""

    firm: UUID
    opened_at: datetime
    technicians: tuple[UUID, ...]
    closed_at: datetime | None = None
    void: bool = False  # taken back: whoever swipes afterwards begins anew


@dataclass(frozen=True, slots=True)
class SwipeStep:
    """What a swipe does. `opened_at` is set where it closes a visit that it also shows to have begun
    earlier."""

    outcome: SwipeOutcome
    reasons: tuple[SwipeReason, ...] = ()
    opened_at: datetime | None = None
    closed_at: datetime | None = None


def next_step(visit: VisitFacts | None, swipe: SwipeFacts, limits: VisitLimits) -> SwipeStep:
    """Open, Join, Close, Ignore or refuse. Either technician of a visit may sign out; queued swipes may
    arrive in any order. Where people are trapped a swipe that does not say what it is for is an arrival, and
    opens no visit."""
    goes_on = visit is not None and visit.closed_at is None
    if swipe.direction is Direction.RESCUE or (
        swipe.rescue and swipe.by_card and swipe.direction is Direction.EITHER and not goes_on
    ):
        return rescue_step(swipe)
    if against := refusals(swipe):
        return SwipeStep(SwipeOutcome.REFUSED, against)
    inward, outward = swipe.direction is Direction.IN, swipe.direction is Direction.OUT
    if visit is None or visit.closed_at is not None:
        after = limits.second_within if visit is None or not visit.void else timedelta(0)
        if (
            visit is not None
            and visit.closed_at is not None
            and swipe.person in visit.technicians
            and not inward
            and visit.opened_at <= swipe.at <= visit.closed_at + after
        ):
            return SwipeStep(SwipeOutcome.IGNORED, (SwipeReason.LEFT_ALREADY,))
        return (
            SwipeStep(SwipeOutcome.IGNORED, (SwipeReason.NO_SIGN_IN,))
            if outward
            else SwipeStep(SwipeOutcome.OPENED)
        )
    if visit.firm != swipe.firm:
        return SwipeStep(SwipeOutcome.REFUSED, (SwipeReason.OTHER_VISIT,))
    if swipe.person not in visit.technicians:
        if outward:
            return SwipeStep(SwipeOutcome.IGNORED, (SwipeReason.NO_SIGN_IN,))
        is_late = abs(swipe.at - visit.opened_at) > limits.second_within
        return (
            SwipeStep(SwipeOutcome.REFUSED, (SwipeReason.SECOND_TOO_LATE,))
            if is_late
            else SwipeStep(SwipeOutcome.JOINED)
        )
    begun, ended = min(visit.opened_at, swipe.at), max(visit.opened_at, swipe.at)
    too_soon = ended - begun <= limits.again_within and not outward
    if too_soon or (inward and swipe.at >= visit.opened_at):
        return SwipeStep(SwipeOutcome.IGNORED, (SwipeReason.AGAIN,))
    return SwipeStep(SwipeOutcome.CLOSED, opened_at=begun, closed_at=ended)


def rescue_step(swipe: SwipeFacts) -> SwipeStep:
    """A swipe of somebody who comes to free people: it opens no visit. Another firm's technician is as
    welcome as the lift's own."""
    against = tuple(reason for reason in refusals(swipe) if reason not in NO_MATTER_AT_A_RESCUE)
    if against:
        return SwipeStep(SwipeOutcome.REFUSED, against)
    if swipe.rescue:
        return SwipeStep(SwipeOutcome.RESCUE, (SwipeReason.RESCUE,))
    return SwipeStep(SwipeOutcome.IGNORED, (SwipeReason.NO_RESCUE,))


def refusals(swipe: SwipeFacts) -> tuple[SwipeReason, ...]:
    """Every reason against a swipe, whatever is going on at the lift: first the lift, then the person, then
    both together."""
    lift = swipe.against_lift
    if lift is None and not swipe.in_use:
        lift = SwipeReason.NOT_IN_USE
    elif lift is None and swipe.contracted is None:
        lift = SwipeReason.NO_FIRM
    reasons = [] if lift is None else [lift]
    card = swipe.card
    if swipe.by_card and card is None:
        reasons.append(SwipeReason.CARD_UNKNOWN)
    elif swipe.person is None:
        reasons.append(SwipeReason.NOBODY)
    else:
        if card is not None and card.status in DEAD_CARDS:
            reasons.append(DEAD_CARDS[card.status])
        if card is not None and card.expires_on is not None and card.expires_on < max(swipe.days):
            reasons.append(SwipeReason.CARD_EXPIRED)
        if not swipe.active:
            reasons.append(SwipeReason.PERSON_INACTIVE)
        if not swipe.technician:
            reasons.append(SwipeReason.NOT_TECHNICIAN)
        if not swipe.certified:
            reasons.append(SwipeReason.NO_CERTIFICATE)
    if swipe.against_lift is None and swipe.firm is not None and swipe.contracted not in (None, swipe.firm):
        reasons.append(SwipeReason.OTHER_FIRM)
    return tuple(reasons)


def is_forgotten(visit: VisitFacts, at: datetime, limits: VisitLimits) -> bool:
    """Open for so long that nobody can still be at work: treated as not signed out (未刷离)."""
    return visit.closed_at is None and at - visit.opened_at > limits.longest


def on_site_light(since_arrival: timedelta, longest: timedelta) -> OnSiteLight:
    """A third of the longest visit is unusual."""
    if since_arrival > longest:
        return OnSiteLight.TOO_LONG
    return OnSiteLight.LONG if since_arrival > longest / 3 else OnSiteLight.WORKING


class VoidRefusal(StrEnum):
    """Why somebody cannot void a visit."""

    STRANGER = "stranger"
    LATE = "late"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidFacts:
    """A visit and who wants it void: the manager of its firm, the technician who opened it, or anybody."""

    state: VisitState
    manages: bool
    opened_it: bool
    since_arrival: timedelta
    is_stated: bool = False  # from paper or from the firm's own system: no swipe of ours proves it


def void_refusal(facts: VoidFacts, within: timedelta) -> VoidRefusal | None:
    """Who opened a visit by mistake takes it back while it goes on and is young; the manager at any time
    while it goes on, one that the use unit disputes, and one that was only stated while nobody has signed it.
    What else has ended undisputed stands."""
    if not facts.manages and not facts.opened_it:
        return VoidRefusal.STRANGER
    if facts.state is VisitState.DISPUTED:
        return None if facts.manages else VoidRefusal.STRANGER
    if facts.state is VisitState.TO_SIGN and facts.is_stated:
        return None if facts.manages else VoidRefusal.STRANGER
    if facts.state is not VisitState.OPEN:
        return VoidRefusal.STATE
    return None if facts.manages or facts.since_arrival <= within else VoidRefusal.LATE


def reason(code: SwipeReason, rules: Regulation, on: date) -> Reason:
    """A refusal or remark with its citation, as every verdict has one."""
    value = REASON_RULES.get(code, numbers.card_and_contract)(rules, on)
    params: dict[str, int] = (
        {"minutes": value.integer} if code in (SwipeReason.SECOND_TOO_LATE, SwipeReason.AGAIN) else {}
    )
    return Reason(code, Effect.NOTE if code in NOTES else Effect.BLOCK, value.citation, params)


def flag_citation(flag: Flag, rules: Regulation, on: date) -> Citation | None:
    """The value a flag was judged by; None for what is plain without one."""
    stated = FLAG_RULES.get(flag)
    return stated(rules, on).citation if stated is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseFacts:
    """A visit as it stands after signing out."""

    opened_at: datetime
    closed_at: datetime
    technicians: tuple[UUID, ...]
    confirmed: tuple[UUID, ...]
    certified: frozenset[UUID]
    missing: int
    photos_missing: int = 0
    conflicts: int = 0  # items that one person calls abnormal and another does not
    denied: tuple[UUID, ...] = ()  # their cards were shown, and they say that it was not them
    waiting: bool = False  # cards may still be confirmed
    drift: bool = False
    no_sign_out: bool = False
    lone_sign_out: bool = False
    answered_later: bool = False
    late_entry: bool = False
    presence: frozenset[str] = frozenset()  # the flags its swipes rest under (presence_rules.py)


FLAGGED: Mapping[Flag, Callable[[CloseFacts, VisitLimits], bool]] = {
    Flag.SHORT: lambda facts, limits: (
        facts.closed_at - facts.opened_at < limits.shortest and not facts.no_sign_out
    ),
    Flag.ONE_TECHNICIAN: lambda facts, limits: len(_present(facts)) < limits.technicians,
    Flag.NO_CERTIFICATE: lambda facts, _limits: any(
        person not in facts.certified for person in facts.technicians
    ),
    Flag.INCOMPLETE: lambda facts, _limits: facts.missing > 0,
    Flag.CONFLICT: lambda facts, _limits: facts.conflicts > 0,
    Flag.NO_PHOTO: lambda facts, _limits: facts.photos_missing > 0,
    Flag.DRIFT: lambda facts, _limits: facts.drift,
    Flag.NO_SIGN_OUT: lambda facts, _limits: facts.no_sign_out,
    Flag.NO_SIGN_IN: lambda facts, _limits: facts.lone_sign_out,
    Flag.CARD_UNCONFIRMED: lambda facts, _limits: (
        len(_present(facts)) + len(facts.denied) < len(facts.technicians)
    ),
    Flag.CARD_DENIED: lambda facts, _limits: bool(facts.denied),
    Flag.ANSWERED_LATER: lambda facts, _limits: facts.answered_later and not facts.late_entry,
    Flag.PLACE: lambda facts, _limits: Flag.PLACE in facts.presence,
    Flag.OVERLAP: lambda facts, _limits: Flag.OVERLAP in facts.presence,
    Flag.TRAVEL: lambda facts, _limits: Flag.TRAVEL in facts.presence,
}


def close_flags(facts: CloseFacts, limits: VisitLimits) -> tuple[Flag, ...]:
    """What is remarkable about a closed visit, in the order of `Flag`."""
    return tuple(flag for flag in Flag if FLAGGED[flag](facts, limits))


def _present(facts: CloseFacts) -> tuple[UUID, ...]:
    """Who counts as having been there: a card alone counts only while its technician may still confirm it."""
    if facts.late_entry:
        return facts.technicians
    return tuple(
        person
        for person in facts.technicians
        if person in facts.confirmed or (facts.waiting and person not in facts.denied)
    )


def counts(flags: Iterable[Flag], unconfirmed: bool) -> bool:
    """Whether the duty is done: the whole checklist was answered and somebody stands for it with his own
    sign-in."""
    return not unconfirmed and Flag.INCOMPLETE not in flags
