"""Running counts that a nightly comparison had to mend: somebody wrote past the triggers, or a trigger is
wrong, and whoever looks after the system hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from equipment.core.words import N_, Message
from equipment.storage.db import session
from equipment.tasks.models import JobRun
from equipment.tasks.rules import RunState, Trouble

JOB = "check_counts"
TOLD_FOR = timedelta(days=2)
SUBJECT_NAMES: Mapping[str, str] = {
    "pieces_in_use": N_("pieces in use"),
    "dues_unknown": N_("inspections not known"),
    "station_scans": N_("scans of stations"),
    "station_late_fills": N_("fills entered later"),
}
DIFFERED = N_("Running counts differed from the full count of %(day)s and were mended: %(num)s of %(what)s")


def troubles(now: datetime) -> list[Trouble]:
    """One for each subject that differed in a comparison of the last days."""
    runs = select(JobRun).where(
        JobRun.name == JOB, JobRun.state == RunState.DONE, JobRun.finished_at > now - TOLD_FOR
    )
    return [
        Trouble(
            f"counts:{name}:{run.period}",
            Message(DIFFERED, {"day": run.period, "num": run.outcome[name], "what": Message(what)}),
            is_fault=False,
            alarm=f"counts:{name}:{run.period}",
        )
        for run in session.scalars(runs.order_by(JobRun.period))
        for name, what in SUBJECT_NAMES.items()
        if run.outcome.get(name)
    ]
