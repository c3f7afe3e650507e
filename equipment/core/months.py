"""Month arithmetic, the only place that does any: the end of a month clamps
(31 August + 6 months is 28 February)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier), clamped to the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_start(day: date) -> date:
    """The first day of that month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of that month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_between(start: date, end: date) -> int:
    """Whole months from `start` to `end`: the largest n with `add_months(start, n) <= end`;
    negative when `end` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def month_text(day: date) -> str:
    """The month as a stamp or an inspection ring shows it: 2026-03."""
    return f"{day:%Y-%m}"


def years_text(months: int) -> str:
    """A period in years for people to read: 48 is "4", 18 is "1.5"."""
    return f"{months / 12:.2f}".rstrip("0").rstrip(".")
