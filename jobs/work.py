"""What this process can do: the work of every slice (its work.py), and "run now" of the jobs page."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.slices import SLICES
from equipment.tasks.makers import JobsProcess, Maker, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.rules import RunState
from equipment.tasks.timetable import timed_of, timetable
from equipment.web.slices import Slice
from jobs.runs import Jobs


def works(process: JobsProcess, slices: Sequence[Slice] = SLICES) -> list[Work]:
    """What each slice left to this process; a slice without a work.py leaves nothing."""
    return [work(process) for work in _in_rooms(slices)]


def _in_rooms(slices: Sequence[Slice]) -> Iterator[Callable[[JobsProcess], Work]]:
    for slice_ in slices:
        name = f"{slice_.package}.work"
        if importlib.util.find_spec(name) is not None:
            yield importlib.import_module(name).work


def functions(work: Sequence[Work]) -> Mapping[str, Callable[[date], Mapping[str, object]]]:
    """Every scheduled job of the timetable by its name; KeyError for one that no slice does."""
    done_by = {name: function for part in work for name, function in part.timed.items()}
    return {timed.name: done_by[timed.name] for timed in timetable}


def makers(work: Sequence[Work], jobs: Jobs) -> Mapping[str, Maker]:
    """Every maker by the name that `enqueue` is given."""
    return {"job": run_job(jobs), **{name: maker for part in work for name, maker in part.makers.items()}}


def run_job(jobs: Jobs) -> Maker:
    """ "Run now" of the jobs page."""

    def maker(task: Task, _progress: Progress) -> TaskOutcome:
        timed = timed_of(task.stated.text("name"))
        if timed is None:
            raise NotFound
        run = jobs.run_now(timed, f"user:{task.user_id}")
        if run is None:
            raise Invalid({"": N_("This job is running already.")})
        if run.state == RunState.FAILED:
            raise Invalid(
                {
                    "": Message(
                        N_("The job failed: %(fault)s"), {"fault": run.message.strip().splitlines()[-1]}
                    )
                }
            )
        return TaskOutcome(summary=run.outcome, link="/jobs")

    return maker
