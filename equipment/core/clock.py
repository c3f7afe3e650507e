"""The only reader of the system clock. UTC inside, Asia/Shanghai on site, dates are dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SITE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


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
