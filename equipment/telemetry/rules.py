"""From single messages of a gateway to a lift's day: how long it was heard, in service and out of it, how
often it ran. Pure.

A message says what has been counted since the lift was built; so one that is lost, late or sent twice changes
nothing in the sums, and a message older than the newest one is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from equipment.core.clock import site_day, site_midnight
from equipment.core.ids import id_in
from equipment.telemetry.states import FaultCode, ReportFault, SignalKind

DAY_S = 86_400
TOPIC = "lifts/v1"  # lifts/v1/<gateway>/<lift>


class GatewayMessage(NamedTuple):
    """One message as it was understood: about which lift, by whatever number it is written, of which moment.
    A status has the counters; a fault, an alarm or its end the number of the event. `raw`: as it came."""

    lift: str
    kind: SignalKind
    at: datetime
    in_service: bool = True
    runs: int | None = None
    doors: int | None = None
    event_id: UUID | None = None
    code: FaultCode = FaultCode.OTHER
    text: str = ""
    raw: str = ""
    place: int | None = None  # its place in the batch it came with

    def left_out(self, fault: ReportFault) -> LeftOut:
        """What is kept of it where it was not taken as it is."""
        return LeftOut(fault, self.raw, self.lift, self.kind is SignalKind.ALARM, place=self.place)

    @property
    def is_event(self) -> bool:
        return self.kind is not SignalKind.STATUS


class LeftOut(NamedTuple):
    """A message that was not taken as it is, and why; `lift` as it was written, `raw` as it came."""

    fault: ReportFault
    raw: str
    lift: str = ""
    is_alarm: bool = False
    messages: int = 1
    place: int | None = None  # its place in the batch it came with


class StatusReport(NamedTuple):
    """What a lift's gateway says of a moment. `runs` and `doors`: counted since it was built, None where it
    does not count them."""

    at: datetime
    in_service: bool
    runs: int | None = None
    doors: int | None = None


@dataclass(slots=True)
class DaySums:
    """One day of a lift: seconds in which it was heard in service and out of it, runs and door cycles."""

    in_service_s: int = 0
    out_of_service_s: int = 0
    runs: int = 0
    doors: int = 0


@dataclass(slots=True)
class LinkState:
    """The newest word of a lift's gateway, by which the next one is added up."""

    at: datetime | None = None
    in_service: bool = True
    runs: int | None = None
    doors: int | None = None


@dataclass(slots=True)
class LiftProgress:
    """A lift's link and the days that its messages touched."""

    link: LinkState
    days: dict[date, DaySums] = field(default_factory=dict)


def advance(progress: LiftProgress, reports: Iterable[StatusReport], gap: timedelta) -> None:
    """Add messages up in the order of their times. Between two that are at most `gap` apart the lift was as
    the former said; over a longer silence nothing is known. What was counted meanwhile belongs to the day of
    the later one."""
    link = progress.link
    for report in sorted(reports, key=lambda report: report.at):
        if link.at is not None and report.at <= link.at:
            continue
        if link.at is not None and report.at - link.at <= gap:
            for on, seconds in seconds_by_day(link.at, report.at).items():
                sums = progress.days.setdefault(on, DaySums())
                if link.in_service:
                    sums.in_service_s += seconds
                else:
                    sums.out_of_service_s += seconds
        sums = progress.days.setdefault(site_day(report.at), DaySums())
        sums.runs += counted_since(link.runs, report.runs)
        sums.doors += counted_since(link.doors, report.doors)
        link.at, link.in_service = report.at, report.in_service
        link.runs = report.runs if report.runs is not None else link.runs
        link.doors = report.doors if report.doors is not None else link.doors


def seconds_by_day(start: datetime, end: datetime) -> dict[date, int]:
    """The seconds between two moments, by the site's calendar days."""
    seconds, day = {}, site_day(start)
    while start < end:
        midnight = site_midnight(day + timedelta(days=1))
        until = min(end, midnight)
        seconds[day] = round((until - start).total_seconds())
        start, day = until, day + timedelta(days=1)
    return seconds


def counted_since(before: int | None, now: int | None) -> int:
    """What a counter went on by; one that stands lower than before began anew."""
    if before is None or now is None:
        return 0
    return now - before if now >= before else now


def available_permille(in_service_s: int, out_of_service_s: int) -> int | None:
    """The share of the time heard in which the lift was in service; None where nothing was heard."""
    heard = in_service_s + out_of_service_s
    return None if heard == 0 else round(1000 * in_service_s / heard)


def translated(
    message: Mapping[str, object], fields: Mapping[str, str], codes: Mapping[str, str]
) -> dict[str, object]:
    """A maker's message in the words of this interface: its names of fields and its codes by the gateway's
    mapping; names of inner objects stand behind a dot."""
    flat = dict(_flat(message))
    ours = {fields.get(name, name): value for name, value in flat.items()}
    for name in ("kind", "code"):
        if str(ours.get(name)) in codes:
            ours[name] = codes[str(ours[name])]
    return ours


def _flat(message: Mapping[str, object], before: str = "") -> Iterable[tuple[str, object]]:
    for name, value in message.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def counted_at(at: datetime, received_at: datetime, ahead: timedelta, queued: timedelta) -> datetime | None:
    """The moment a message counts for: its own, which is never later than we heard it; None where the
    gateway's clock cannot be believed, and the moment of arrival counts."""
    if at > received_at + ahead or at < received_at - queued:
        return None
    return min(at, received_at)


@dataclass(slots=True)
class Allowance:
    """How many messages a gateway may still send: `per_minute` of them flow in evenly, as many at once."""

    per_minute: int
    left: float = -1.0
    at: float = 0.0

    def take(self, wanted: int, now_s: float) -> int:
        """How many of `wanted` messages may come in at this moment (seconds of a clock that only goes on)."""
        if self.left < 0:
            self.left, self.at = float(self.per_minute), now_s
        self.left = min(float(self.per_minute), self.left + (now_s - self.at) * self.per_minute / 60)
        self.at = now_s
        taken = min(wanted, math.floor(self.left))
        self.left -= taken
        return taken

    def wait_s(self, wanted: int) -> int:
        """After how many seconds so many messages are free."""
        short = min(wanted, self.per_minute) - self.left
        return max(1, math.ceil(short * 60 / self.per_minute))


class GatewayTopic(NamedTuple):
    """Whose messages a topic carries, and of which lift."""

    gateway: UUID
    lift: str


def topic_in(topic: str) -> GatewayTopic | None:
    """`lifts/v1/<id of the gateway>/<number of the lift>`; a number with a slash has `%2F` for it. None for
    anything else."""
    begins, _, rest = topic.partition(f"{TOPIC}/")
    gateway, _, lift = rest.partition("/")
    key = id_in(gateway)
    if begins or key is None or not lift or "/" in lift:
        return None
    return GatewayTopic(key, lift.replace("%2F", "/"))
