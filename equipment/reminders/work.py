"""What reminders leave to the jobs process: planning notices, sending digests, and the alarm for jobs that
did not run."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from flask_babel import force_locale, gettext

from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_, Message
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.reminders import actions
from equipment.reminders.channels import Sender
from equipment.reminders.models import Channel
from equipment.storage.db import session
from equipment.tasks.makers import JobsProcess, Maker, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.queries import jobs_trouble, last_done_period

DIGESTS_FROM = time(7, 30)  # nobody's phone rings at midnight
DIGESTS_ANYWAY = time(12, 0)  # if planning failed, what is left of yesterday goes out by noon


def try_channel(sender: Sender) -> Maker:
    """The test message of a channel."""

    def maker(task: Task, _progress: Progress) -> TaskOutcome:
        channel = session.scalar(
            visible(SYSTEM, Channel).where(Channel.id == UUID(task.stated.text("channel")), Channel.active)
        )
        if channel is None or channel.organisation_id != task.organisation_id:
            raise NotFound
        kind, address = channel.kind, channel.address
        session.rollback()
        with force_locale(task.locale):
            taken = sender.send(
                kind,
                address,
                gettext("Test message"),
                gettext("If you can read this, reminders will reach you here."),
            )
        if taken.fault:
            raise Invalid(
                {"": Message(N_("The test message was not delivered: %(fault)s"), {"fault": taken.fault})}
            )
        return TaskOutcome(link="/channels")

    return maker


def alarm(_on: date) -> dict[str, int]:
    """Tell the administrators what /jobs and /healthz say: a job that did not run, a clock that stood ahead,
    channels that take nothing, organisations for which nobody hears."""
    troubles = [trouble for trouble in jobs_trouble(clock.now()) if trouble.alarm]
    notices = sum(actions.raise_alarm(trouble.alarm, trouble.text, trouble.link) for trouble in troubles)
    return {"missing": sum(trouble.code.startswith("job:") for trouble in troubles), "notices": notices}


def work(process: JobsProcess) -> Work:
    sender = Sender(process.worker, process.settings)

    def deliver(on: date) -> dict[str, int]:
        at, planned = clock.site_time(clock.now()).time(), last_done_period("plan_notices")
        session.rollback()
        if at < DIGESTS_FROM or (at < DIGESTS_ANYWAY and (planned is None or planned < on.isoformat())):
            return {}
        sender.read_receipts(on)
        return sender.deliver(on)

    return Work(
        makers={"channel_test": try_channel(sender)},
        timed={
            "plan_notices": actions.plan,
            "deliver": deliver,
            "deliver_now": lambda _on: sender.deliver_now(clock.now()),
            "alarm": alarm,
        },
    )
