"""Every kind of long work and its maker: explicit imports, here and nowhere else."""
from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import force_locale, gettext

from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.dues import exporting as due_workbooks
from equipment.dues import printing as due_prints
from equipment.dues.listing import due_sheet
from equipment.fills import listing as fill_listing
from equipment.hazards import views as hazard_pages
from equipment.imports import work as importing_tasks
from equipment.inspections import listing as inspection_listing
from equipment.labels import work as label_printing
from equipment.maintenance import listing as visit_listing
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register import exporting, renaming
from equipment.reminders.channels import Sender
from equipment.reminders.models import Channel
from equipment.reports import printing as report_printing
from equipment.reports.listing import devices_sheet
from equipment.storage.db import session
from equipment.tasks import timetable
from equipment.tasks.makers import Maker, Outcome, Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import RunState
from equipment.tasks.workbooks import list_maker
from equipment.web.language import said
from jobs.runs import Jobs


def run_job(jobs: Jobs) -> Maker:
    """"Run now" of the jobs page."""
    def maker(task: Task, _progress: Progress) -> Outcome:
        timed = timetable.BY_NAME[task.input["name"]]
        run = jobs.run_now(timed, f"user:{task.user_id}")
        if run is None:
            raise Invalid({"": N_("This job is running already.")})
        if run.state == RunState.FAILED:
            raise Invalid({"": Message(N_("The job failed: %(fault)s"), {"fault": run.message.strip().splitlines()[-1]})})
        return Outcome(summary=run.outcome, link="/jobs")
    return maker


def try_channel(sender: Sender) -> Maker:
    """The test message of a channel."""
    def maker(task: Task, _progress: Progress) -> Outcome:
        channel = session.scalar(visible(SYSTEM, Channel).where(Channel.id == UUID(task.input["channel"]), Channel.active))
        if channel is None or channel.organisation_id != task.organisation_id:
            raise NotFound
        kind, address = channel.kind, channel.address
        session.rollback()
        with force_locale(task.locale):
            fault = sender.send(kind, address, gettext("Test message"), gettext("If you can read this, reminders will reach you here."))
        if fault:
            raise Invalid({"": Message(N_("The test message was not delivered: %(fault)s"), {"fault": fault})})
        return Outcome(link="/channels")
    return maker


def kinds(settings: Settings, jobs: Jobs) -> Mapping[str, Maker]:
    """Every maker by the name that `enqueue` is given."""
    return {
        "job": run_job(jobs),
        "register.export": exporting.export,
        "register.labels": label_printing.make_labels,
        "register.template": importing_tasks.template,
        "register.import_read": importing_tasks.read,
        "register.import_check": importing_tasks.check,
        "register.import": importing_tasks.run,
        "register.import_plan": importing_tasks.plan,
        "register.import_undo": importing_tasks.undo,
        renaming.REINDEX: renaming.reindex,
        "dues.export": list_maker(due_sheet, said),
        "dues.list_workbook": due_workbooks.list_workbook,
        "dues.print_list": due_prints.print_list,
        "hazards.export": list_maker(hazard_pages.asked_sheet, said),
        "fills.export": list_maker(fill_listing.sheet, said),
        "inspections.export": list_maker(inspection_listing.sheet, said),
        "visits.export": list_maker(visit_listing.sheet, said),
        "reports.export": list_maker(devices_sheet, said),
        "reports.month": report_printing.make_month,
        "reports.year": report_printing.make_year,
        "reports.year_workbook": report_printing.make_year_workbook,
        "channel_test": try_channel(Sender(jobs.worker, settings)),
    }
