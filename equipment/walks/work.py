"""What rounds leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.core.months import month_start
from equipment.people.rules import SYSTEM
from equipment.regulation.queries import walk_opens_on
from equipment.storage.db import session, transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker
from equipment.walks import printing
from equipment.walks.actions import close_overtaken, offices_with_late, open_round
from equipment.walks.listing import walk_table
from equipment.walks.models import Walk
from equipment.walks.queries import open_rounds, round_of, rounds


def follow_walks(on: date) -> dict[str, int]:
    """What was settled elsewhere leaves the open rounds; on the bureau's day of the month every office with
    something overdue gets its round. Run twice for one day it does the same once."""
    closed = 0
    for walk_id in session.scalars(open_rounds(SYSTEM).with_only_columns(Walk.id)).all():
        with transaction():
            closed += close_overtaken(round_of(SYSTEM, walk_id), by=SYSTEM)
    return {"closed": closed, "opened": _open_rounds(on) if on.day == walk_opens_on(on) else 0}


def _open_rounds(on: date) -> int:
    there = set(
        session.scalars(rounds(SYSTEM).where(Walk.month == month_start(on)).with_only_columns(Walk.area))
    )
    waiting = sorted(offices_with_late(on) - there)
    for area in waiting:
        with transaction():
            open_round(area, on, by=SYSTEM)
    return len(waiting)


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"walks.export": list_maker(walk_table), "walks.paper": printing.print_paper},
        timed={"follow_walks": follow_walks},
        drawing=("equipment.walks.printing",),
    )
