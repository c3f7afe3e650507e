"""What suspicions leave to the jobs process."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.files.marks import marks_of
from equipment.suspicions.collecting import look_through
from equipment.suspicions.lift_collecting import look_through_lifts, paths_of, photos_without_marks, put_marks
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import JobsProcess, Work

PICTURES_AT_ONCE = 200
# About an hour of one core: a store of old photos is worked off in some nights.
OF_A_NIGHT = 40_000


def mark_photos(_on: date) -> dict[str, int]:
    """The marks of photos that have none, in capped children, some hundred at a time."""
    marked = 0
    while marked < OF_A_NIGHT and (digests := photos_without_marks(PICTURES_AT_ONCE)):
        put_marks(digests, run_in_child(marks_of, [paths_of(digests)]))
        marked += len(digests)
    return {"marked": marked}


def look_through_all(on: date) -> dict[str, int]:
    """Fills and stations, then the visits of lifts."""
    yesterday = on - timedelta(days=1)
    return {"suspicions": look_through(yesterday), "of_lifts": look_through_lifts(yesterday)}


def work(_process: JobsProcess) -> Work:
    return Work(makers={}, timed={"mark_photos": mark_photos, "look_through": look_through_all})
