"""Planning notices, reading them, and the channels they go out through. Planning twice
adds nothing, by construction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TypedDict, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, or_, update

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import record, subject_of
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.duties import DutySource
from equipment.register.duty_rules import NOW, Duty
from equipment.reminders.addresses import CHECKS
from equipment.reminders.models import Channel, Digest, Notice
from equipment.reminders.queries import TOGETHER, channel_of, directory, inbox, to_call
from equipment.reminders.rules import Directory, horizon, stage_on
from equipment.reminders.sources import duty_sources, source_of
from equipment.reminders.states import ChannelKind, NoticeState
from equipment.storage.db import session, transaction, upsert
from equipment.tasks.queries import last_outcome

ROWS = 200
UNHEARD_AT_MOST = 200
NOTICE = cast(Table, Notice.__table__)
DIGEST = cast(Table, Digest.__table__)
BROKEN = N_("The ledger is broken: %(where)s. Look at the ledger page.")


class NoticeRow(TypedDict):
    """A planned notice, before it has an id and a state."""

    organisation_id: UUID
    user_id: UUID
    duty: str
    stage: str
    topic: str
    equipment_id: UUID | None
    due_on: date
    text: dict[str, object]
    link: str
    day: date


def plan(on: date) -> dict[str, object]:
    """Insert every notice whose stage is reached by `on`, and count the organisations for which nobody hears;
    opens its own transactions, at most 200 rows each."""
    take_back(on)
    people, inserted, duties, unheard = directory(), 0, 0, Counter[str]()
    before = set(last_outcome("plan_notices").table("unheard_of"))
    for source in duty_sources:
        for chunk in source.duties(on, horizon()):
            duties += len(chunk)
            inserted += _insert(_new(_wanted(chunk, on, people, source)))
            unheard.update(
                str(organisation_id)
                for duty in chunk
                if (stage := stage_on(duty, on))
                for organisation_id in people.unheard(duty, stage)
            )
    return {
        "duties": duties,
        "notices": inserted,
        "obsolete": retire(),
        "unheard": len(unheard),
        "unheard_of": dict(unheard.most_common(UNHEARD_AT_MOST)),
        "unheard_new": sorted(set(unheard) - before)[:UNHEARD_AT_MOST],
    }


def take_back(on: date) -> None:
    """Notices and digests of days to come are of a clock that stood ahead: they are planned again in their
    time. What could not wait has happened, and belongs to today."""
    urgent = NOTICE.c.stage == NOW
    with transaction() as current:
        current.execute(update(NOTICE).where(NOTICE.c.day > on, urgent).values(day=on, minute=""))
        current.execute(delete(NOTICE).where(NOTICE.c.day > on))
        current.execute(delete(DIGEST).where(DIGEST.c.day > on))


def _wanted(
    chunk: Iterable[Duty], on: date, people: Directory, source: DutySource | None = None
) -> list[NoticeRow]:
    rows: list[NoticeRow] = []
    for duty in chunk:
        stage = stage_on(duty, on)
        for person in people.hear(duty, stage) if stage else ():
            rows.append(
                {
                    "organisation_id": person.organisation_id,
                    "user_id": person.user_id,
                    "duty": duty.key,
                    "stage": stage.name if stage else "",
                    "topic": source.topic_key(duty) if source else "",
                    "equipment_id": duty.equipment_id,
                    "due_on": duty.due_on,
                    "text": stored(duty.text),
                    "link": duty.link,
                    "day": on,
                }
            )
    return rows


def stored(text: Message) -> dict[str, object]:
    return {"msgid": text.msgid, "params": dict(text.params)}


def tell_now(duty: Duty) -> None:
    """Insert the notices of what cannot wait for the digest, in the transaction in which it happened; jobs
    send them within the minute."""
    people = directory((duty.organisation_id, duty.firm_id, duty.body_id))
    rows = _new(_wanted([duty], clock.today(), people))
    fresh = [{**row, "id": new_id(), "state": NoticeState.PLANNED, "created_at": clock.now()} for row in rows]
    if fresh:
        session.execute(upsert(NOTICE).values(fresh).on_conflict_do_nothing())


def tell_person(user: User, text: Message, link: str) -> None:
    """Tell one person something about his account, in the transaction in which it happened; it cannot wait
    for the digest."""
    row = {
        "organisation_id": user.organisation_id,
        "user_id": user.id,
        "duty": f"account:{new_id()}",
        "stage": NOW,
        "topic": "",
        "equipment_id": None,
        "due_on": clock.today(),
        "text": stored(text),
        "link": link,
        "day": clock.today(),
        "id": new_id(),
        "state": NoticeState.PLANNED,
        "created_at": clock.now(),
    }
    session.execute(upsert(NOTICE).values(row))


def _new(rows: Sequence[NoticeRow]) -> list[NoticeRow]:
    """Those that are not there yet: most nights nearly all are, and reading keeps no writer waiting. What was
    told in the minute is not new once more."""
    if not rows:
        return []
    query = (
        visible(SYSTEM, Notice)
        .where(Notice.duty.in_({row["duty"] for row in rows}))
        .with_only_columns(Notice.user_id, Notice.duty, Notice.stage)
    )
    planned = {tuple(row) for row in session.execute(query)}
    return [
        row
        for row in rows
        if (row["user_id"], row["duty"], row["stage"]) not in planned
        and not (row["stage"] == "new" and (row["user_id"], row["duty"], NOW) in planned)
    ]


def _insert(rows: Iterable[NoticeRow]) -> int:
    """Insert what two planners at once agree on once; returns how many were ours."""
    rest, inserted = iter(rows), 0
    while part := list(islice(rest, ROWS)):
        fresh = [
            {**row, "id": new_id(), "state": NoticeState.PLANNED, "created_at": clock.now()} for row in part
        ]
        with transaction() as current:
            statement = upsert(NOTICE).values(fresh).on_conflict_do_nothing().returning(NOTICE.c.id)
            inserted += len(current.execute(statement).all())
    return inserted


def retire() -> int:
    """Notices nobody has read whose duty is done or has another day by now."""
    retired, last = 0, None
    while True:
        session.rollback()
        query = (
            visible(SYSTEM, Notice)
            .where(Notice.read_at.is_(None), Notice.state != NoticeState.OBSOLETE)
            .order_by(Notice.id)
            .limit(500)
        )
        notices = session.scalars(query if last is None else query.where(Notice.id > last)).all()
        if not notices:
            session.rollback()
            return retired
        last, over = notices[-1].id, _over(notices)
        for start in range(0, len(over), ROWS):
            with transaction() as current:
                gone = update(NOTICE).where(NOTICE.c.id.in_(over[start : start + ROWS]))
                current.execute(gone.values(state=NoticeState.OBSOLETE))
        retired += len(over)


def _over(notices: Sequence[Notice]) -> list[UUID]:
    by_prefix: dict[str, list[Notice]] = {}
    for notice in notices:
        by_prefix.setdefault(notice.duty.split(":", 1)[0], []).append(notice)
    over = []
    for prefix, some in by_prefix.items():
        if source := source_of(prefix):
            still = source.open_keys([UUID(notice.duty.split(":")[1]) for notice in some])
            over += [notice.id for notice in some if notice.duty not in still]
    return over


def raise_alarm(duty: str, text: Message, link: str) -> int:
    """One notice per administrator and trouble; returns how many are new."""
    people = [
        person
        for organisation in directory().by_organisation.values()
        for person in organisation
        if Role.ADMINISTRATOR in person.roles
    ]
    return _insert(
        _new(
            [
                {
                    "organisation_id": person.organisation_id,
                    "user_id": person.user_id,
                    "duty": duty,
                    "stage": "alarm",
                    "topic": "",
                    "equipment_id": None,
                    "due_on": clock.today(),
                    "text": stored(text),
                    "link": link,
                    "day": clock.today(),
                }
                for person in people
            ]
        )
    )


def read(notice_ids: Iterable[UUID], *, by: Viewer, with_topics: bool = False) -> int:
    """Mark notices as read, if so wanted with all that stand together with them; those of others stay as they
    are."""
    ids = list(notice_ids)
    named: ColumnElement[bool] = NOTICE.c.id.in_(ids)
    if with_topics:
        together = inbox(by).order_by(None).where(Notice.id.in_(ids), TOGETHER)
        topics = session.scalars(together.with_only_columns(Notice.topic).distinct()).all()
        named = or_(named, and_(NOTICE.c.topic.in_(topics), NOTICE.c.stage != NOW))
    mine = update(NOTICE).where(NOTICE.c.user_id == by.user_id, named, NOTICE.c.read_at.is_(None))
    return session.execute(mine.values(read_at=clock.now())).rowcount  # type: ignore[attr-defined]


def note_call(notice_id: UUID, *, by: Viewer) -> None:
    """已电话通知: somebody was called about what could not wait; a second call changes nothing."""
    notice = session.scalar(to_call(by, clock.today()).where(Notice.id == notice_id))
    if notice is None:
        raise NotFound
    if notice.called_at is not None:
        return
    notice.called_at, notice.called_by = clock.now(), by.user_id
    record(
        session(),
        subject_of("organisation", notice.organisation_id),
        "notice.called",
        actor=by.actor,
        payload={"notice": notice.id, "duty": notice.duty, "user": notice.user_id},
    )


def read_all(*, by: Viewer) -> int:
    mine = update(NOTICE).where(NOTICE.c.user_id == by.user_id, NOTICE.c.read_at.is_(None))
    return session.execute(mine.values(read_at=clock.now())).rowcount  # type: ignore[attr-defined]


def open_channel(kind: ChannelKind, address: str, *, of_organisation: bool, by: Viewer) -> Channel:
    """Let digests go out through one more channel, for oneself or for the whole organisation."""
    if by.organisation_id is None or by.user_id is None:
        raise NotAllowed
    if kind is ChannelKind.WEBHOOK and not may(by, Action.CHANGE, Thing.SETTING):
        raise NotAllowed(N_("Only an administrator may send to an address of his own choice."))
    if of_organisation and not may(by, Action.CHANGE, Thing.ORGANISATION):
        raise NotAllowed(N_("Only a manager may set up channels for the whole organisation."))
    address = CHECKS[kind](address.strip())
    channel = Channel(
        organisation_id=by.organisation_id,
        id=new_id(),
        user_id=None if of_organisation else by.user_id,
        kind=kind,
        address=address,
        active=True,
        created_at=clock.now(),
    )
    same = visible(by, Channel).where(
        Channel.organisation_id == channel.organisation_id,
        Channel.user_id.is_not_distinct_from(channel.user_id),
        Channel.kind == kind,
        Channel.address == address,
        Channel.active,
    )
    if session.execute(same).first():
        raise Invalid({"address": N_("This channel is set up already.")})
    session.add(channel)
    record(
        session(),
        subject_of("organisation", by.organisation_id),
        "channel.opened",
        actor=by.actor,
        payload={"channel": channel.id},
        rows=[channel],
    )
    return channel


def close_channel(channel_id: UUID, *, by: Viewer) -> Channel:
    channel = channel_of(by, channel_id)
    if channel is None or not channel.active:
        raise NotFound
    channel.active = False
    record(
        session(),
        subject_of("organisation", channel.organisation_id),
        "channel.closed",
        actor=by.actor,
        payload={"channel": channel.id},
        rows=[channel],
    )
    return channel
