"""What the running counts come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Integer, func, select, text

from equipment.counting.models import RunningCount
from equipment.counting.rules import CountDifference, CountedSubject, comparison
from equipment.people.scope import within
from equipment.storage.db import session

Key = tuple[str, str]  # category, area


def counts_by_area(subject: CountedSubject, area: str = "") -> Mapping[Key, int]:
    """By category and area, within an area."""
    total = func.sum(RunningCount.number)
    lines = select(RunningCount.kind, RunningCount.place, total).where(
        RunningCount.subject == subject.name, within(RunningCount.place, area)
    )
    rows = session.execute(lines.group_by(RunningCount.kind, RunningCount.place))
    return {(kind, place): int(number) for kind, place, number in rows if number}


def counts_by_day(subject: CountedSubject, after: date, until: date) -> Mapping[tuple[UUID, date], int]:
    """By organisation and day, of the days behind `after` up to `until`."""
    total = func.sum(RunningCount.number)
    lines = select(RunningCount.place, RunningCount.day, total).where(
        RunningCount.subject == subject.name, RunningCount.day > after, RunningCount.day <= until
    )
    rows = session.execute(lines.group_by(RunningCount.place, RunningCount.day))
    return {(UUID(place), day): int(number) for place, day, number in rows if number and day is not None}


def differences(subject: CountedSubject) -> list[CountDifference]:
    """Where the sums of a subject are not what a full count finds, both as of one moment."""
    columns = (RunningCount.place, RunningCount.kind, RunningCount.day)
    rows = session.execute(text(comparison(subject)).columns(*columns, sum=Integer(), counted=Integer()))
    return [CountDifference(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]
