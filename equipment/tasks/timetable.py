"""When each scheduled job is due: the table the jobs process runs by and /jobs shows. What each does stands
in its slice's work.py. Pure.

A job is due by record, not by timer: its period (a day, or a slice of a day) has no finished run yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from equipment.core.clock import SITE
from equipment.core.followers import Contributions

GRACE = timedelta(hours=2)


class When(Protocol):
    """A way to cut time into periods; a period's name sorts as its time does."""

    @property
    def catches_up(self) -> bool: ...
    def period(self, at: datetime) -> str: ...
    def starts(self, period: str) -> datetime: ...
    def day(self, period: str) -> date: ...
    def after(self, period: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day from a time of the site's day on; days that were missed are caught up, oldest first."""

    at: time
    catches_up: bool = True

    def period(self, at: datetime) -> str:
        site = at.astimezone(SITE)
        return (site.date() if site.time() >= self.at else site.date() - timedelta(days=1)).isoformat()

    def starts(self, period: str) -> datetime:
        return datetime.combine(date.fromisoformat(period), self.at, tzinfo=SITE).astimezone(UTC)

    def day(self, period: str) -> date:
        return date.fromisoformat(period)

    def after(self, period: str) -> str:
        return (date.fromisoformat(period) + timedelta(days=1)).isoformat()


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes (a divisor of a day); what was missed is not made up for."""

    minutes: int
    catches_up: bool = False

    def period(self, at: datetime) -> str:
        site = at.astimezone(SITE)
        minute = (site.hour * 60 + site.minute) // self.minutes * self.minutes
        return f"{site.date().isoformat()}T{minute // 60:02d}:{minute % 60:02d}"

    def starts(self, period: str) -> datetime:
        return datetime.fromisoformat(period).replace(tzinfo=SITE).astimezone(UTC)

    def day(self, period: str) -> date:
        return date.fromisoformat(period[:10])

    def after(self, period: str) -> str:
        return self.period(self.starts(period) + timedelta(minutes=self.minutes))


@dataclass(frozen=True, slots=True)
class Timed:
    """One line of the timetable: the job's name, what people call it, when it is due."""

    name: str
    label: str
    when: Daily | Every

    def next_at(self, at: datetime) -> datetime:
        """When the period after the present one begins."""
        return self.when.starts(self.when.after(self.when.period(at)))


def in_order_of_the_night(jobs: Iterable[Timed]) -> list[Timed]:
    """Daily ones by their time: what closes yesterday comes before what plans today, and the seal before its
    check; then those that come round."""
    return sorted(jobs, key=lambda timed: timed.when.at if isinstance(timed.when, Daily) else time.max)


timetable = Contributions[Timed]()  # the jobs of all slices (slices.py), in the order of the night


def timed_of(name: str) -> Timed | None:
    return next((timed for timed in timetable if timed.name == name), None)


MISSED_AT_MOST = 31


def open_periods(when: Daily | Every, last_done: str | None, now: datetime) -> Iterator[str]:
    """The periods without a finished run, oldest first: the present one, and the missed ones where
    the job catches up."""
    present = when.period(now)
    if last_done is None or not when.catches_up:
        if last_done is None or last_done < present:
            yield present
        return
    earliest = when.period(now - timedelta(days=MISSED_AT_MOST))
    period = max(when.after(last_done), earliest)
    while period <= present:
        yield period
        period = when.after(period)
