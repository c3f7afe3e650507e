"""What maintenance leaves to the jobs process."""

from __future__ import annotations

from datetime import date
from functools import partial

from equipment.core import clock
from equipment.maintenance.closing import close_forgotten, expire_unconfirmed
from equipment.maintenance.disputes import date_disputes
from equipment.maintenance.listing import visit_table
from equipment.maintenance.plate_rate import plate_gap_table
from equipment.maintenance.record_printing import print_month, print_record
from equipment.maintenance.reminding import remind_late
from equipment.maintenance.signatures import leave_unobjected
from equipment.maintenance.swipe_list import swipe_table
from equipment.tasks.makers import JobsProcess, Work, repeated
from equipment.tasks.workbooks import list_maker


def expire_visits(_on: date) -> dict[str, int]:
    """Visits by a card alone that nobody confirmed, and visits nobody ever left."""
    return {
        "expired": repeated(expire_unconfirmed, clock.now()),
        "closed": repeated(close_forgotten, clock.now()),
    }


def end_objections(on: date) -> dict[str, int]:
    """Signatures on site that nobody objected to in time, and disputes that have no day yet."""
    return {"unobjected": repeated(leave_unobjected, on), "disputes": repeated(date_disputes, on)}


def remind_of_signatures(_on: date) -> dict[str, int]:
    """Use units whose signature became late within the hour."""
    return {"reminded": repeated(remind_late, clock.now())}


def work(process: JobsProcess) -> Work:
    return Work(
        makers={
            "visits.export": list_maker(visit_table),
            "swipes.export": list_maker(swipe_table),
            "plate_gaps.export": list_maker(plate_gap_table),
            "visits.record": partial(print_record, settings=process.settings),
            "visits.month": partial(print_month, settings=process.settings),
        },
        timed={
            "expire_visits": expire_visits,
            "end_objections": end_objections,
            "remind_signatures": remind_of_signatures,
        },
        drawing=("equipment.tasks.ruled_printing", "equipment.maintenance.record_printing"),
    )
