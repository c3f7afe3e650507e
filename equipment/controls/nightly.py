"""What every night makes of controls: the days on which they are expected, the reports of what is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func

from equipment.controls.days import free_stopped, open_days
from equipment.controls.models import ControlDay
from equipment.controls.queries import controlled_pieces
from equipment.controls.reporting import open_reports
from equipment.controls.rules import ControlDayState, ReportSpan, spans_over
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session, transaction

AT_ONCE = 500  # units in one transaction
T = TypeVar("T")


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at once."""
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def open_controls(on: date) -> dict[str, int]:
    """The days on which controls are expected today, and the reports of the week and month that are over. Run
    twice for one day it does the same once."""
    with transaction():
        idle = free_stopped(on - timedelta(days=1))
    days = reports = 0
    for part in _parts(controlled_pieces(on)):
        with transaction():
            days += open_days(on, part)
    for kind, span in spans_over(on):
        for some in _parts(list(used_in(span).items())):
            with transaction():
                reports += open_reports(kind, span, dict(some), by=SYSTEM)
    return {"days": days, "idle": idle, "reports": reports}


def used_in(span: ReportSpan) -> Mapping[tuple[UUID, str], str]:
    """The units and categories, with their area, that had a day in the span which was no stopped one."""
    stopped = (ControlDayState.STOPPED, ControlDayState.STOPPED_LATE)
    rows = visible(SYSTEM, ControlDay).where(
        ControlDay.on.between(span.begins_on, span.ends_on), ControlDay.state.not_in(stopped)
    )
    grouped = rows.with_only_columns(
        ControlDay.organisation_id, ControlDay.category, func.max(ControlDay.area)
    ).group_by(ControlDay.organisation_id, ControlDay.category)
    return {(row[0], row[1]): row[2] for row in session.execute(grouped)}
