"""提醒: the inbox in the application, and the channels through which digests go out."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Action, Thing, may
from equipment.people.scope import visible
from equipment.reminders import actions
from equipment.reminders.addresses import check_target, shown
from equipment.reminders.forms import ChannelForm, ChosenNoticesForm
from equipment.reminders.models import Channel, Notice
from equipment.reminders.queries import (
    CALL_ORDER,
    INBOX_ORDER,
    TOGETHER,
    TOPIC_ORDER,
    channel_of,
    channels,
    inbox,
    inbox_topics,
    notice_of,
    to_call,
)
from equipment.reminders.states import ChannelKind
from equipment.reminders.topics import TopicRow, topic_of, topic_rows
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import labelled, submitted
from equipment.web.pages import paginate

pages = Blueprint("reminders", __name__)


@pages.get("/inbox")
@web.allows(Action.SEE, Thing.NOTICE)
def listed() -> web.Answer:
    """What waits, one line per topic; with `topic` those of one, one by one."""
    who, today = web.viewer(), clock.today()
    topic = request.args.get("topic", "")
    if topic:
        of_topic = inbox(who).where(Notice.topic == topic, TOGETHER)
        page = paginate(of_topic, {"unread": INBOX_ORDER}, default="unread")
        rows = [
            TopicRow(row.id, row.text, row.link, row.due_on, row.read_at is not None) for row in page.rows
        ]
    else:
        page = paginate(inbox_topics(who, today), {"unread": TOPIC_ORDER}, default="unread", scalars=False)
        rows = topic_rows(who, page.rows, today)
    return render_template(
        "reminders/inbox.html",
        page=replace(page, rows=rows),
        what=topic_of(topic, None, today).what if topic else None,
        calls=may(who, Action.CHANGE, Thing.HAZARD),
    )


@pages.post("/inbox/<uuid:notice_id>/read")
@web.allows(Action.CHANGE, Thing.NOTICE)
def read(notice_id: UUID) -> web.Answer:
    """Mark as read and go where the notice leads."""
    notice = notice_of(web.viewer(), notice_id)
    if notice is None:
        raise NotFound
    link = notice.link
    with transaction():
        actions.read([notice_id], by=web.viewer())
    return redirect(link or url_for("reminders.listed"), 303)


@pages.post("/inbox/read")
@web.allows(Action.CHANGE, Thing.NOTICE)
def read_chosen() -> web.Answer:
    """Mark the chosen ones as read, with `topics` all that stand together with them; all where none was
    chosen."""
    chosen = ChosenNoticesForm().id
    with transaction():
        count = (
            actions.read(chosen.data, by=web.viewer(), with_topics="topics" in request.args)
            if chosen.raw_data
            else actions.read_all(by=web.viewer())
        )
    flash(gettext("%(num)s marked as read.", num=count))
    return redirect(url_for("reminders.listed"), 303)


@pages.get("/calls")
@web.allows(Action.CHANGE, Thing.HAZARD)
def calls() -> web.Answer:
    """Whom to telephone: what could not wait and reached nobody by a channel."""
    page = paginate(to_call(web.viewer(), clock.today()), {"open": CALL_ORDER}, default="open")
    wanted = {row.user_id for row in page.rows} | {row.called_by for row in page.rows if row.called_by}
    people = session.execute(
        visible(SYSTEM, User)
        .join(Organisation, Organisation.id == User.organisation_id)
        .where(User.id.in_(wanted))
        .with_only_columns(User.id, User.name, User.mobile, Organisation.name.label("unit"))
    )
    return render_template("reminders/calls.html", page=page, people={row.id: row for row in people})


@pages.post("/calls/<uuid:notice_id>")
@web.allows(Action.CHANGE, Thing.HAZARD)
def note_call(notice_id: UUID) -> web.Answer:
    with transaction():
        actions.note_call(notice_id, by=web.viewer())
    return redirect(url_for("reminders.calls"), 303)


def kinds() -> list[ChannelKind]:
    """The kinds of channels this viewer may set up."""
    return [
        kind
        for kind in ChannelKind
        if kind is not ChannelKind.WEBHOOK or may(web.viewer(), Action.CHANGE, Thing.SETTING)
    ]


@pages.get("/channels")
@web.allows(Action.CHANGE, Thing.NOTICE)
def channel_list() -> web.Answer:
    return channel_page(_channel_form())


def _channel_form() -> ChannelForm:
    form = ChannelForm()
    form.kind.choices = labelled(kinds())
    return form


def channel_page(form: ChannelForm) -> str:
    return render_template(
        "reminders/channels.html",
        channels=channels(web.viewer()),
        shown=shown,
        form=form,
        for_all=may(web.viewer(), Action.CHANGE, Thing.ORGANISATION),
        mail_works=bool(web.settings().mail_url),
        sms_works=bool(web.settings().sms_url and web.settings().sms_template),
    )


@pages.post("/channels")
@web.allows(Action.CHANGE, Thing.NOTICE)
def open_channel() -> web.Answer:
    form = _channel_form()

    def add() -> Channel:
        kind = ChannelKind(form.kind.data)
        whole = form.all.data
        channel = actions.open_channel(kind, form.address.data, of_organisation=whole, by=web.viewer())
        check_target(kind, channel.address, web.settings().webhook_targets)
        return channel

    if not submitted(form, add):
        return channel_page(form), 422
    flash(gettext("The channel is set up. Send a test message to be sure."))
    return redirect(url_for("reminders.channel_list"), 303)


@pages.post("/channels/<uuid:channel_id>/close")
@web.allows(Action.CHANGE, Thing.NOTICE)
def close_channel(channel_id: UUID) -> web.Answer:
    with transaction():
        actions.close_channel(channel_id, by=web.viewer())
    flash(gettext("Nothing is sent there any more."))
    return redirect(url_for("reminders.channel_list"), 303)


@pages.post("/channels/<uuid:channel_id>/test")
@web.allows(Action.CHANGE, Thing.NOTICE)
def try_channel(channel_id: UUID) -> web.Answer:
    if channel_of(web.viewer(), channel_id) is None:
        raise NotFound
    session.rollback()
    with transaction():
        task = enqueue(
            "channel_test",
            {"channel": str(channel_id)},
            by=web.viewer(),
            title=gettext("Test message"),
            locale=str(get_locale()),
        )
    return redirect(url_for("tasks.task", task_id=task.id), 303)
