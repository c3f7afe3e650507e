"""What each job of the timetable (equipment/tasks/timetable.py) does: one table of name and function.

A function gets the day it is for and returns figures for the history. It may be run twice for one day.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import delete

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.words import Message
from equipment.dues.actions import plan_all
from equipment.fills.actions import close_unfinished
from equipment.hazards.actions import confirm_overdue
from equipment.ledger import seals
from equipment.ledger.verify import verify
from equipment.maintenance.closing import close_forgotten, expire_unconfirmed
from equipment.reminders import actions as reminders
from equipment.reminders.channels import Sender
from equipment.reports.tallies import keep_month_ends
from equipment.shell.tables import models
from equipment.storage import db
from equipment.storage.db import in_transaction, session, transaction
from equipment.tasks.models import JobRun
from equipment.tasks.queries import last_done_period, missing_jobs
from jobs.orphans import orphans, unused_files
from jobs.runs import Work

AT_ONCE = 50  # rows that change together: about 40 ms of the one writer
DIGESTS_FROM = time(7, 30)  # nobody's phone rings at midnight
DIGESTS_ANYWAY = time(12, 0)  # if planning failed, what is left of yesterday goes out by noon
KEPT = timedelta(days=400)
KEPT_FREQUENT = timedelta(days=14)


def repeated(action: Callable[..., int], *args: object) -> int:
    """Run an action that does some of its work at a time, each time in a transaction of its own, until nothing is left."""
    total = 0
    while some := in_transaction(action, *args, most=AT_ONCE):
        total += some
    return total


def close_fills(on: date) -> dict[str, int]:
    """At midnight: yesterday's fills without a result close as 未充装."""
    return {"closed": repeated(close_unfinished, on)}


def expire_visits(_on: date) -> dict[str, int]:
    """Visits by a card alone that nobody confirmed, and visits nobody ever left."""
    return {"expired": repeated(expire_unconfirmed, clock.now()), "closed": repeated(close_forgotten, clock.now())}


def confirm_findings(on: date) -> dict[str, int]:
    """Findings nobody decided on become hazards."""
    return {"confirmed": repeated(confirm_overdue, on)}


def alarm(_on: date) -> dict[str, int]:
    """Tell the administrators of every job that should have run and did not; /healthz says the same."""
    missing = missing_jobs(clock.now())
    told = sum(reminders.raise_alarm(f"job:{timed.name}:{period}", Message(reminders.NOT_RUN, {"job": timed.label, "period": period}), "/jobs")
               for timed, period in missing)
    return {"missing": len(missing), "notices": told}


def tidy(_on: date) -> dict[str, int]:
    """Old runs and files that no row names."""
    with transaction() as current:
        old = delete(JobRun).where(JobRun.started_at < clock.now() - KEPT)
        frequent = delete(JobRun).where(JobRun.period.contains("T"), JobRun.started_at < clock.now() - KEPT_FREQUENT)
        gone: int = current.execute(old).rowcount + current.execute(frequent).rowcount  # type: ignore[attr-defined]
    return {"runs": gone, "files": unused_files()}


def functions(settings: Settings, worker: str) -> Mapping[str, Work]:
    """Every job by its name in the timetable."""
    def seal(on: date) -> dict[str, Any]:
        made = seals.seal(settings.folder, on)
        return {"number": made.number, "chains": made.count, "root": made.root}

    def verified(on: date) -> dict[str, Any]:
        report = verify(db.engine, settings.folder, models().values())
        if report.first is not None:
            text = Message(reminders.BROKEN, {"where": report.first.where})
            reminders.raise_alarm(f"ledger:{on.isoformat()}", text, "/ledger")
        return report.as_json()

    def deliver(on: date) -> dict[str, Any]:
        at, planned = clock.site_time(clock.now()).time(), last_done_period("plan_notices")
        session.rollback()
        if at < DIGESTS_FROM or (at < DIGESTS_ANYWAY and (planned is None or planned < on.isoformat())):
            return {}
        return Sender(worker, settings).deliver(on)

    return {
        "close_fills": close_fills, "expire_visits": expire_visits, "plan_dues": plan_all, "confirm_findings": confirm_findings, "plan_notices": reminders.plan, "keep_rates": keep_month_ends, "seal": seal, "verify": verified,
        "orphans": lambda _on: orphans(), "tidy": tidy, "deliver": deliver, "alarm": alarm,
    }
