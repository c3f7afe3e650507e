"""One row for many notices of one topic: what it is about, how many, how many of them are overdue, and where
all of them stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import Row

from equipment.core.words import N_, Message
from equipment.people.rules import Viewer
from equipment.register.duty_rules import NOW, Topic
from equipment.reminders.models import Notice
from equipment.reminders.queries import inbox
from equipment.reminders.sources import source_of
from equipment.storage.db import session

SOME = N_("%(what)s: %(num)s in all")
SOME_LATE = N_("%(what)s: %(num)s, of them %(late)s overdue")


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One line of the inbox: a notice, or many of one topic; `all_url` shows those one by one."""

    id: UUID
    text: Message | dict[str, object]
    link: str
    due_on: date | None
    is_read: bool
    number: int = 1
    all_url: str = ""


def one_by_one(topic: str) -> str:
    return f"/inbox?{urlencode({'topic': topic})}"


def topic_of(key: str, last: date | None, on: date) -> Topic:
    """What a topic is called, and the list of whatever is due up to its last day."""
    prefix, _, topic = key.partition(":")
    source = source_of(prefix)
    if source is None or source.topic is None:
        return Topic(Message(N_("Reminders")), "")
    return source.topic(topic, (last - on).days if last else 0)


def topic_text(topic: Topic, number: int, late: int) -> Message:
    figures = {"what": topic.what, "num": number, "late": late}
    return Message(SOME_LATE if topic.by_day and late else SOME, figures)


def topic_rows(
    viewer: Viewer, groups: Sequence[Row[str, str, int, int, date | None, date | None, bool]], on: date
) -> list[TopicRow]:
    """The inbox behind the rows of `inbox_topics`."""
    ids = [UUID(group.id) for group in groups if group.number == 1]
    alone = {notice.id: notice for notice in session.scalars(inbox(viewer).where(Notice.id.in_(ids)))}
    rows = []
    for group in groups:
        key = UUID(group.id)
        if notice := alone.get(key):
            rows.append(TopicRow(key, notice.text, notice.link, notice.due_on, bool(group.read)))
            continue
        topic = topic_of(group.topic, group.last, on)
        text, all_url = topic_text(topic, group.number, group.late), one_by_one(group.topic)
        first = group.first if topic.by_day else None
        rows.append(
            TopicRow(key, text, topic.link or all_url, first, bool(group.read), group.number, all_url)
        )
    return rows


def own_link(notice: Notice, person: UUID | None) -> str:
    """The path of an address of the reader's own; empty for a group's channel."""
    prefix, _, rest = notice.duty.partition(":")
    source = source_of(prefix)
    if person is None or person != notice.user_id or source is None or source.own_link is None:
        return ""
    return source.own_link(UUID(rest.partition(":")[0]), person)


def lines_of(
    notices: Iterable[Notice], on: date, person: UUID | None = None
) -> list[tuple[Message | dict[str, object], str]]:
    """(text, list) of what a digest says, in the order of the notices: a topic of several duties is one line;
    what is said of several people is said once."""
    topics: dict[str, dict[str, Notice]] = {}
    for notice in notices:
        key = notice.topic if notice.topic and notice.stage != NOW else notice.duty
        topics.setdefault(key, {})[notice.duty] = notice
    lines: list[tuple[Message | dict[str, object], str]] = []
    for key, duties in topics.items():
        if len(duties) == 1:
            lines += [(notice.text, own_link(notice, person)) for notice in duties.values()]
            continue
        days = [notice.due_on for notice in duties.values() if notice.due_on]
        topic = topic_of(key, max(days, default=None), on)
        text = topic_text(topic, len(duties), sum(day < on for day in days))
        lines.append((text, topic.link or one_by_one(key)))
    return lines
