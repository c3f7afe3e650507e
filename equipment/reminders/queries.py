"""Reading notices, channels and whoever can hear of something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from equipment.core.words import N_, Message
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.duty_rules import NOW
from equipment.reminders.models import Channel, Notice
from equipment.reminders.rules import Directory, Person
from equipment.reminders.states import NoticeState
from equipment.storage.db import session

CALL_ORDER = (Notice.called_at.is_not(None), Notice.created_at, Notice.id)
CALLED_DAYS = 7  # for so long somebody may still be called about what could not wait
TopicSelect = Select[str, str, int, int, date | None, date | None, bool]
# Whatever is told in the minute, and what names no topic, stands alone.
TOGETHER = and_(Notice.topic != "", Notice.stage != NOW)
ALONE = case((not_(TOGETHER), Notice.id))
TOPIC_ORDER = tuple[ColumnElement[object], ...](map(literal_column, ("read", "first", "id")))
INBOX_ORDER = (Notice.read_at.is_not(None), Notice.due_on, Notice.id)


def directory(organisations: Iterable[UUID | None] = ()) -> Directory:
    """Everybody with an open account, as he stands now; with organisations, their people and the bureau's."""
    people = visible(SYSTEM, User).where(User.active)
    wanted = [key for key in organisations if key]
    if wanted:
        bureau = select(Organisation.id).where(Organisation.kind == OrganisationKind.REGULATOR)
        people = people.where(or_(User.organisation_id.in_(wanted), User.organisation_id.in_(bureau)))
    users = session.scalars(people).unique()
    return Directory(Person(user.id, user.organisation_id, user.area, user.role_names) for user in users)


def inbox(viewer: Viewer) -> Select[Notice]:
    """One's own notices, unread first, the longest overdue first."""
    return (
        visible(viewer, Notice)
        .where(Notice.user_id == viewer.user_id, Notice.state != NoticeState.OBSOLETE)
        .order_by(*INBOX_ORDER)
    )


def inbox_topics(viewer: Viewer, on: date) -> TopicSelect:
    """One's own notices, those of one topic together: how many duties, how many of them late, the nearest and
    the farthest day, one of the notices, and whether they are read."""
    read = Notice.read_at.is_not(None)
    return (
        inbox(viewer)
        .with_only_columns(
            func.min(cast(Notice.id, String)).label("id"),
            func.min(Notice.topic).label("topic"),
            func.count(distinct(Notice.duty)).label("number"),
            func.count(distinct(case((Notice.due_on < on, Notice.duty)))).label("late"),
            func.min(Notice.due_on).label("first"),
            func.max(Notice.due_on).label("last"),
            read.label("read"),
        )
        .group_by(read, Notice.topic, ALONE)
        .order_by(None)
    )


def notice_of(viewer: Viewer, notice_id: UUID) -> Notice | None:
    return session.scalar(inbox(viewer).where(Notice.id == notice_id))


def to_call(viewer: Viewer, on: date) -> Select[Notice]:
    """What could not wait, within the viewer's area, of the last days: whoever has not read it and was
    reached by no channel, the longest wait first; and who was called already."""
    urgent = visible(viewer, Notice).where(
        Notice.stage == NOW,
        Notice.day > on - timedelta(days=CALLED_DAYS),
        Notice.read_at.is_(None),
        Notice.state.not_in((NoticeState.SENT, NoticeState.OBSOLETE)),
        Notice.user_id != viewer.user_id,
    )
    return urgent.order_by(*CALL_ORDER)


DELIVERIES = {
    NoticeState.PLANNED: N_("%(name)s: about to be sent"),
    NoticeState.SENT: N_("%(name)s: sent"),
    NoticeState.INBOX: N_("%(name)s: in the inbox only, no channel; to be telephoned"),
    NoticeState.FAILED: N_("%(name)s: could not be sent; to be telephoned"),
    NoticeState.OBSOLETE: N_("%(name)s: no longer needed"),
}


def delivery_texts(duty: str) -> list[Message]:
    """What became of telling a duty, person by person; empty where nobody was told."""
    rows = session.execute(
        visible(SYSTEM, Notice)
        .join(User, User.id == Notice.user_id)
        .where(Notice.duty == duty)
        .with_only_columns(User.name, Notice.state, Notice.read_at, Notice.called_at)
        .order_by(User.name)
    )
    return [
        Message(
            N_("%(name)s: read")
            if row.read_at
            else N_("%(name)s: telephoned")
            if row.called_at
            else DELIVERIES[NoticeState(row.state)],
            {"name": row.name},
        )
        for row in rows
    ]


def unread_count(viewer: Viewer) -> int:
    """For the bell: what stands together counts once; up to 100, because it says 99+ beyond."""
    if viewer.user_id is None:
        return 0
    unread = inbox(viewer).order_by(None).where(Notice.read_at.is_(None))
    topics = unread.with_only_columns(func.min(Notice.topic)).group_by(Notice.topic, ALONE)
    some = topics.limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def channels(viewer: Viewer) -> Sequence[Channel]:
    """One's own channels, and those of the organisation for whoever may change it."""
    own = Channel.user_id == viewer.user_id
    mine = or_(own, Channel.user_id.is_(None)) if may(viewer, Action.CHANGE, Thing.ORGANISATION) else own
    query = visible(viewer, Channel).where(
        Channel.organisation_id == viewer.organisation_id, Channel.active, mine
    )
    return session.scalars(query.order_by(Channel.user_id.is_(None), Channel.created_at)).all()


def channel_of(viewer: Viewer, channel_id: UUID) -> Channel | None:
    return next((channel for channel in channels(viewer) if channel.id == channel_id), None)
