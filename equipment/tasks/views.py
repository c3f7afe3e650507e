"""后台任务: one's own long work with its progress and its file; and the scheduled jobs with their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.people.rules import Action, Thing, may
from equipment.storage.db import transaction
from equipment.tasks import actions
from equipment.tasks.makers import message_in
from equipment.tasks.models import JobRun, Task
from equipment.tasks.queries import ENDED, heartbeat, jobs_trouble, last_run, my_tasks, runs, task_of
from equipment.tasks.rules import TASK_CHANGES, TaskState
from equipment.tasks.timetable import Timed, timed_of, timetable
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("tasks", __name__)

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "zip": "application/zip",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# What jobs report of themselves, in words; a figure that is not named here is shown under its own name.
FIGURES = {
    "whole": N_("Whole"),
    "events": N_("Entries"),
    "chains": N_("Chains"),
    "seals": N_("Seals"),
    "records": N_("Ledgered records"),
    "number": N_("No."),
    "root": N_("Root"),
    "closed": N_("Closed by itself"),
    "expired": N_("Expired"),
    "confirmed": N_("Confirmed"),
    "pieces": N_("Pieces"),
    "changed": N_("Changed"),
    "units": N_("Units of another colour"),
    "unplannable": N_("Could not be planned"),
    "papers": N_("Papers"),
    "duties": N_("Matters"),
    "notices": N_("Reminders"),
    "obsolete": N_("No longer needed"),
    "opened": N_("Digests"),
    "sent": N_("Sent"),
    "failed": N_("Failed"),
    "missing": N_("Did not run"),
    "unheard": N_("Organisations nobody hears for"),
    "runs": N_("Old runs"),
    "files": N_("Files"),
    "packs": N_("Evidence packs"),
    "unfit": N_("Changed past the ledger"),
    "unread": N_("Files that another night reads"),
    "rows": N_("Rows"),
    "labels": N_("Labels"),
    "added": N_("Added"),
    "flagged": N_("Added, to be checked"),
    "known": N_("Already on file"),
    "organisations": N_("Organisations put on file"),
    "organisations_ahead": N_("Organisations to be put on file"),
    "refused": N_("Not added"),
    "undone": N_("Undone"),
    "waiting": N_("Waiting"),
    "verified": N_("Settled"),
    "not_verified": N_("Still to be verified"),
    "pages": N_("Number of pages"),
    "recorded": N_("Put on record"),
    "announced": N_("Announced"),
    "stamped": N_("Seals stamped"),
    "unobjected": N_("Visits without objection"),
    "disputes": N_("Disputed visits dated"),
    "reminded": N_("Visits whose signature was asked for"),
    "printed": N_("Records printed"),
    "lists": N_("Lists for filling without a network"),
    "suspicions": N_("New suspicions"),
    "manifolds": N_("Manifolds broken off"),
    "bottles": N_("Bottles"),
    "kept": N_("Month-ends kept"),
    "restated": N_("Month-ends restated"),
    "differs": N_("On file, differs"),
    "contrary": N_("Numbers contradict"),
    "twice": N_("Twice in the file"),
}


def figures(outcome: Mapping[str, object]) -> list[tuple[str, str]]:
    """(name, value) of what a run reports, in the reader's language."""
    plain = {name: value for name, value in outcome.items() if isinstance(value, bool | int | str)}
    return [
        (
            translate(FIGURES.get(name, name)),
            gettext("yes") if value is True else gettext("no") if value is False else str(value),
        )
        for name, value in plain.items()
    ]


def mine(task_id: UUID) -> Task:
    task = task_of(web.viewer(), task_id)
    if task is None:
        raise NotFound
    return task


@pages.get("/tasks")
@web.allows(Action.SEE, Thing.TASK)
def listed() -> web.Answer:
    page = paginate(my_tasks(web.viewer()), {"created": (Task.created_at, Task.id)}, default="-created")
    return render_template("tasks/tasks.html", page=page)


@pages.get("/tasks/<uuid:task_id>")
@web.allows(Action.SEE, Thing.TASK)
def task(task_id: UUID) -> web.Answer:
    """The page asks for itself every two seconds while the work runs."""
    work = mine(task_id)
    again = (
        work.state not in (TaskState.RUNNING, TaskState.WAITING)
        and TaskState.WAITING in TASK_CHANGES[work.state]
    )
    errors = Fields(work.outcome).tables("errors")
    return render_template(
        "tasks/task.html",
        task=work,
        placed=[row for row in errors if row.get("field") or row.get("row")],
        running=work.state not in ENDED,
        message=message_in(work.message),
        may_resume=again,
        figures=figures(work.figures),
        note=message_in(Fields(work.outcome).text("note", "")),
    )


@pages.get("/tasks/<uuid:task_id>/file")
@web.allows(Action.SEE, Thing.TASK)
def result(task_id: UUID) -> Response:
    work = mine(task_id)
    if work.file_sha256 is None:
        raise NotFound
    media_type = MEDIA_TYPES.get(work.file_name.rsplit(".", 1)[-1], "application/octet-stream")
    return handed_out(work.file_sha256, media_type, work.file_name)


@pages.post("/tasks/<uuid:task_id>/cancel")
@web.allows(Action.CHANGE, Thing.TASK)
def cancel(task_id: UUID) -> web.Answer:
    with transaction():
        actions.cancel(task_id, by=web.viewer())
    return redirect(url_for("tasks.task", task_id=task_id), 303)


@pages.post("/tasks/<uuid:task_id>/resume")
@web.allows(Action.CHANGE, Thing.TASK)
def resume(task_id: UUID) -> web.Answer:
    with transaction():
        actions.resume(task_id, by=web.viewer())
    return redirect(url_for("tasks.task", task_id=task_id), 303)


@dataclass(frozen=True, slots=True)
class JobLine:
    """One scheduled job as the page shows it."""

    timed: Timed
    last: JobRun | None
    next_at: datetime


@pages.get("/jobs")
@web.allows(Action.SEE, Thing.JOB)
def jobs() -> web.Answer:
    now = clock.now()
    lines = [
        JobLine(timed, last_run(timed.name), timed.when.starts(timed.when.after(timed.when.period(now))))
        for timed in timetable
    ]
    return render_template(
        "tasks/jobs.html",
        lines=lines,
        beat=heartbeat(),
        troubles=jobs_trouble(now),
        may_run=may(web.viewer(), Action.CREATE, Thing.JOB),
    )


def _timed(name: str) -> Timed:
    timed = timed_of(name)
    if timed is None:
        raise NotFound
    return timed


@pages.get("/jobs/<name>")
@web.allows(Action.SEE, Thing.JOB)
def job(name: str) -> web.Answer:
    timed = _timed(name)
    page = paginate(runs(name), {"started": (JobRun.started_at, JobRun.attempt)}, default="-started")
    return render_template(
        "tasks/job.html",
        page=page,
        timed=timed,
        figures=figures,
        may_run=may(web.viewer(), Action.CREATE, Thing.JOB),
    )


@pages.post("/jobs/<name>/run")
@web.allows(Action.CREATE, Thing.JOB)
def run_now(name: str) -> web.Answer:
    timed = _timed(name)
    with transaction():
        started = actions.enqueue(
            "job", {"name": name}, by=web.viewer(), title=translate(timed.label), locale=str(get_locale())
        )
    flash(gettext("The job was started."))
    return redirect(url_for("tasks.task", task_id=started.id), 303)
