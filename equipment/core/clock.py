"""The only reader of the system clock. UTC inside, Asia/Shanghai on site, dates are dates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SITE = ZoneInfo("Asia/Shanghai")
_played: ContextVar[datetime | None] = ContextVar("played", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _played.get() or datetime.now(UTC)


@contextmanager
def played(at: datetime) -> Iterator[None]:
    """Inside, `at` is the present: the people of the demonstration act on days gone by. Nobody else may
    (tests/shell/test_demo_city.py)."""
    before = _played.set(at)
    try:
        yield
    finally:
        _played.reset(before)


def today() -> date:
    """The site's calendar day."""
    return now().astimezone(SITE).date()


def site_day(at: datetime) -> date:
    """The site's calendar day of an aware instant."""
    return at.astimezone(SITE).date()


def site_time(at: datetime) -> datetime:
    """The instant as the site's wall clock shows it."""
    return at.astimezone(SITE)


def site_midnight(day: date) -> datetime:
    """The instant at which the site's calendar day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SITE).astimezone(UTC)
