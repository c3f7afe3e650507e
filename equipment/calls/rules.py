"""Rescue calls judged: the order of their times, whether the rescue came in time, what the desk asks for
next. Pure.

The clocks are values of the elevator pack: 30 minutes in a city with districts and 1 hour elsewhere are those
of TSG T5002 Art. 5(4); when the desk urges and asks for levels 2 and 3 are values of the house.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from equipment.core.words import N_, Labelled, Message

COUNTY_DIGITS = 6
# GB/T 2260: the last two digits of a county's code are 01-20 for districts (市辖区)
DISTRICTS = range(1, 21)

BEFORE_CALL = N_("This lies before the call.")
BEFORE_ARRIVAL = N_("This lies before the arrival.")
BEFORE_RELEASE = N_("This lies before the release.")
IN_FUTURE = N_("This time has not come yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTimes:
    """The times of a call in the order in which they have to lie; what has not happened, or is not known, is
    None."""

    called_at: datetime
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    released_at: datetime | None = None
    closed_at: datetime | None = None


def time_problems(times: CallTimes, now: datetime, tolerance: timedelta) -> dict[str, Message]:
    """What is wrong with the times, by field: nothing lies before the call, a release not before the arrival,
    nothing in the future by more than clocks may differ."""
    problems = {
        name: Message(IN_FUTURE)
        for name in ("called_at", "dispatched_at", "arrived_at", "released_at", "closed_at")
        if (at := getattr(times, name)) is not None and at > now + tolerance
    }
    orders: tuple[tuple[str, datetime | None, datetime | None, str], ...] = (
        ("dispatched_at", times.dispatched_at, times.called_at, BEFORE_CALL),
        ("arrived_at", times.arrived_at, times.called_at, BEFORE_CALL),
        ("released_at", times.released_at, times.arrived_at, BEFORE_ARRIVAL),
        ("released_at", times.released_at, times.called_at, BEFORE_CALL),
        ("closed_at", times.closed_at, times.released_at, BEFORE_RELEASE),
        ("closed_at", times.closed_at, times.called_at, BEFORE_CALL),
    )
    for name, at, earlier, text in orders:
        if at is not None and earlier is not None and at < earlier:
            problems.setdefault(name, Message(text))
    return problems


def is_district(area: str) -> bool:
    """Whether an area lies in a district (市辖区); a city as a whole counts as one."""
    county = area[:COUNTY_DIGITS]
    return len(county) < COUNTY_DIGITS or int(county[-2:]) in DISTRICTS


def arrival_limit(area: str, in_city: int, elsewhere: int, *, counties_differ: bool) -> int:
    """Minutes within which the rescue has to arrive in an area: which of the two holds in counties of a city
    with districts is the bureau's choice."""
    return elsewhere if counties_differ and not is_district(area) else in_city


class ArrivalVerdict(Labelled):
    ON_TIME = "on_time", N_("In time"), "green"
    LATE = "late", N_("Late"), "red"
    NOT_KNOWN = "not_known", N_("Arrival not known"), "grey"
    WAITING = "waiting", N_("Time is running"), "amber"
    OVERDUE = "overdue", N_("Not there in time"), "red"


def arrival_verdict(times: CallTimes, now: datetime, limit_min: int) -> ArrivalVerdict:
    """Whether the rescue came in time. People who were out before anybody came have no arrival to judge."""
    in_time = is_in_time(times, limit_min)
    if in_time is not None:
        return ArrivalVerdict.ON_TIME if in_time else ArrivalVerdict.LATE
    if times.released_at is not None or times.closed_at is not None:
        return ArrivalVerdict.NOT_KNOWN
    is_over = now - times.called_at > timedelta(minutes=limit_min)
    return ArrivalVerdict.OVERDUE if is_over else ArrivalVerdict.WAITING


def is_in_time(times: CallTimes, limit_min: int) -> bool | None:
    """The same of an arrival that is known; None without one."""
    if times.arrived_at is None:
        return None
    return times.arrived_at - times.called_at <= timedelta(minutes=limit_min)


class Urgency(Labelled):
    """What the desk is asked for while nobody is at the lift; its order is that of its weight."""

    CALM = "calm", N_("Send the lift's own firm"), "green"
    URGE = "urge", N_("Ring the firm again: is somebody on the way?"), "amber"
    LEVEL_2 = "level_2", N_("Send another firm nearby (level 2)"), "amber"
    LEVEL_3 = "level_3", N_("Send the fire brigade (level 3)"), "red"
    THERE = "there", N_("The rescue is at the lift"), "blue"


def urgency(times: CallTimes, now: datetime, steps_min: Sequence[int]) -> Urgency:
    """How far a call has escalated: by the minutes since it came, until somebody is there."""
    if times.arrived_at is not None or times.released_at is not None:
        return Urgency.THERE
    reached = sum(now - times.called_at >= timedelta(minutes=step) for step in steps_min)
    return (Urgency.CALM, Urgency.URGE, Urgency.LEVEL_2, Urgency.LEVEL_3)[min(reached, 3)]


class Durations(NamedTuple):
    """Seconds of many calls put together: how many, their mean, and within which nine of ten lie."""

    calls: int
    mean_s: int | None
    ninetieth_s: int | None


def durations(seconds: Iterable[int]) -> Durations:
    """The nearest-rank percentile, as everybody can count it by hand; None where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return Durations(0, None, None)
    rank = math.ceil(0.9 * len(ordered))
    return Durations(len(ordered), round(sum(ordered) / len(ordered)), ordered[rank - 1])
