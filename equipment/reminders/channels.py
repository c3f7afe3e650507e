"""Sending digests: one per channel and day, claimed by compare-and-set after the notices were committed. Only
jobs/ imports this.

A digest is sent outside any transaction. If the process dies between sending and writing that down, the
digest is sent again after its lease: rather twice than never; its id goes along, so that a webhook can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import apprise
import structlog
from flask_babel import force_locale, gettext, ngettext
from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duty_rules import NOW
from equipment.reminders import sms, webhook
from equipment.reminders.actions import DIGEST, NOTICE, ROWS
from equipment.reminders.addresses import apprise_address
from equipment.reminders.models import Channel, Digest, Notice
from equipment.reminders.sms import HandOver
from equipment.reminders.states import ChannelKind, DigestState, NoticeState
from equipment.reminders.topics import lines_of
from equipment.storage.db import session, transaction, upsert
from equipment.web.language import translate

HERE = select(User.id).where(User.active)  # people with an open account
LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=10)
ATTEMPTS = 5
SHOWN = 20
CHINESE = "zh_Hans_CN"
NOT_ARRIVED = N_("the SMS did not arrive")


@dataclass(frozen=True, slots=True)
class Sender:
    """One deliverer: its name for claims, and the settings that addresses need."""

    worker: str
    settings: Settings

    def deliver(self, on: date) -> dict[str, int]:
        """Open the day's digests and send each that waits; a failed one is tried again after a pause, five
        times at most, and what it told goes into the digests of the days after."""
        return self._send_all(on, open_digests(on), Digest.minute == "")

    def deliver_now(self, at: datetime) -> dict[str, int]:
        """Send what cannot wait for the digest: one message per channel and minute."""
        on = clock.site_day(at)
        return self._send_all(on, open_messages(on, f"{clock.site_time(at):%H:%M}"), Digest.minute != "")

    def _send_all(self, on: date, new_digests: int, kind: ColumnElement[bool]) -> dict[str, int]:
        counts = Counter({"opened": new_digests, "sent": 0, "failed": 0})
        while (digest := self._claim(on, kind)) is not None:
            counts["sent" if self._send(digest) else "failed"] += 1
        session.remove()
        return dict(counts)

    def _claim(self, on: date, kind: ColumnElement[bool]) -> Digest | None:
        session.rollback()
        query = visible(SYSTEM, Digest).where(Digest.day == on, kind, _ready()).order_by(Digest.id).limit(10)
        seen = session.execute(
            query.with_only_columns(Digest.organisation_id, Digest.id, Digest.state, Digest.attempts)
        ).all()
        for row in seen:
            same = update(DIGEST).where(
                DIGEST.c.organisation_id == row.organisation_id,
                DIGEST.c.id == row.id,
                DIGEST.c.state == row.state,
                DIGEST.c.attempts == row.attempts,
            )
            with transaction() as current:
                won: int = current.execute(
                    same.values(  # type: ignore[attr-defined]
                        state=DigestState.SENDING,
                        attempts=row.attempts + 1,
                        claimed_by=self.worker,
                        claimed_at=clock.now(),
                    )
                ).rowcount
            if won == 1:
                return session.get_one(Digest, (row.organisation_id, row.id), populate_existing=True)
        return None

    def _send(self, digest: Digest) -> bool:
        session.rollback()
        channel = session.get_one(Channel, (digest.organisation_id, digest.channel_id))
        notices = session.scalars(waiting(digest).order_by(Notice.due_on, Notice.id)).all()
        person = session.get(User, digest.user_id) if digest.user_id else None
        with force_locale(person.locale if person else CHINESE):
            title, body = written(notices, self.settings, digest.user_id)
        session.rollback()
        taken = HandOver()
        if notices:
            taken = self.send(channel.kind, channel.address, title, body, len(notices), str(digest.id))
        self._settle(digest, [notice.id for notice in notices], taken)
        return not taken.fault

    def send(
        self, kind: ChannelKind, address: str, title: str, body: str, count: int = 1, key: str = ""
    ) -> HandOver:
        """Send one message; the same `key` again is the same message."""
        if kind is ChannelKind.SMS:
            first = body.partition("\n")[0].removeprefix("- ")
            return sms.send(self.settings, key or str(new_id()), address, count, first)
        if kind is ChannelKind.WEBHOOK:
            return webhook.send(self.settings, key or str(new_id()), address, title, body)
        url = apprise_address(kind, address, self.settings.mail_url)
        if not url:
            return HandOver(fault=N_("the server has no MAIL_URL"))
        sender = apprise.Apprise()
        if not sender.add(url):
            return HandOver(fault=N_("the address is not understood"))
        return (
            HandOver()
            if sender.notify(title=title, body=body)
            else HandOver(fault=N_("the other side did not take it"))
        )

    def read_receipts(self, on: date) -> None:
        """Ask the SMS gateway what became of the messages of yesterday and today; what did not arrive is told
        again."""
        session.rollback()
        open_ones = visible(SYSTEM, Digest).where(
            Digest.state == DigestState.SENT, Digest.receipt != "", Digest.day >= on - timedelta(days=1)
        )
        for digest in session.scalars(open_ones.order_by(Digest.id)).all():
            notices = [notice.id for notice in session.scalars(told_by(digest))]
            session.rollback()
            match sms.outcome(self.settings, digest.receipt):
                case "arrived":
                    self._note(digest, state=DigestState.ARRIVED)
                case "failed":
                    self._note(digest, state=DigestState.FAILED, attempts=ATTEMPTS, message=NOT_ARRIVED)
                    self._mark(notices, NoticeState.FAILED, (NoticeState.SENT,))

    def _note(self, digest: Digest, **values: object) -> None:
        same = DIGEST.c.organisation_id == digest.organisation_id, DIGEST.c.id == digest.id
        with transaction() as current:
            current.execute(update(DIGEST).where(*same).values(**values))

    def _settle(self, digest: Digest, notices: Sequence[UUID], taken: HandOver) -> None:
        mine = update(DIGEST).where(
            DIGEST.c.organisation_id == digest.organisation_id,
            DIGEST.c.id == digest.id,
            DIGEST.c.claimed_by == self.worker,
        )
        now = clock.now()
        with transaction() as current:
            if taken.fault:
                current.execute(mine.values(state=DigestState.FAILED, message=taken.fault))
                structlog.get_logger().warning(
                    "digest not delivered", digest=str(digest.id), fault=taken.fault
                )
            else:
                values = {"state": DigestState.SENT, "sent_at": now, "message": "", "receipt": taken.receipt}
                current.execute(mine.values(**values))
        to = NoticeState.FAILED if taken.fault else NoticeState.SENT
        self._mark(notices, to, (NoticeState.PLANNED, NoticeState.FAILED))

    def _mark(self, notices: Sequence[UUID], to: NoticeState, of: tuple[NoticeState, ...]) -> None:
        for start in range(0, len(notices), ROWS):
            part = update(NOTICE).where(
                NOTICE.c.id.in_(notices[start : start + ROWS]), NOTICE.c.state.in_(of)
            )
            with transaction() as current:
                current.execute(part.values(state=to))


def _ready() -> ColumnElement[bool]:
    """Waiting, failed some time ago, or claimed by somebody who died."""
    now = clock.now()
    return and_(
        Digest.attempts < ATTEMPTS,
        or_(
            Digest.state == DigestState.WAITING,
            and_(Digest.state == DigestState.FAILED, Digest.claimed_at < now - PAUSE),
            and_(Digest.state == DigestState.SENDING, Digest.claimed_at < now - LEASE),
        ),
    )


def waiting(digest: Digest) -> Select[Notice]:
    """The notices a digest tells of: all of its recipient (or of its organisation) up to its day that went
    out nowhere yet."""
    query = visible(SYSTEM, Notice).where(
        Notice.organisation_id == digest.organisation_id,
        Notice.day <= digest.day,
        Notice.read_at.is_(None),
        Notice.state.in_((NoticeState.PLANNED, NoticeState.FAILED, NoticeState.SENT)),
        Notice.user_id.in_(HERE),
    )
    if digest.user_id:
        query = query.where(Notice.user_id == digest.user_id)
    if digest.minute:
        return query.where(Notice.minute == digest.minute, Notice.day == digest.day)
    fresh = Notice.state != NoticeState.SENT
    return query.where(or_(fresh, and_(Notice.day == digest.day, Notice.minute == "")))


def told_by(digest: Digest) -> Select[Notice]:
    """The unread notices that a message of this recipient and day, or minute, told."""
    mine = visible(SYSTEM, Notice).where(
        Notice.organisation_id == digest.organisation_id,
        Notice.minute == digest.minute,
        Notice.read_at.is_(None),
        Notice.state == NoticeState.SENT,
        Notice.day == digest.day if digest.minute else Notice.day <= digest.day,
    )
    return mine.where(Notice.user_id == digest.user_id) if digest.user_id else mine


def open_digests(on: date) -> int:
    """One waiting digest per channel that has something to tell: what is new, and what no channel took on a
    day before. Notices of people without any channel stay in the inbox."""
    session.rollback()
    with transaction() as current:
        # whoever left hears nothing any more, on no channel
        left = update(NOTICE).where(
            NOTICE.c.state.in_((NoticeState.PLANNED, NoticeState.FAILED)), NOTICE.c.user_id.not_in(HERE)
        )
        current.execute(left.values(state=NoticeState.OBSOLETE))
    untold = visible(SYSTEM, Notice).where(
        or_(
            Notice.state == NoticeState.PLANNED,
            and_(Notice.state == NoticeState.FAILED, Notice.read_at.is_(None)),
        ),
        Notice.day <= on,
    )
    return _open(untold, on, "")


def open_messages(on: date, minute: str) -> int:
    """One waiting message per channel of those to whom something cannot wait; it is theirs from this minute
    on."""
    session.rollback()
    urgent = (NOTICE.c.stage == NOW, NOTICE.c.state == NoticeState.PLANNED, NOTICE.c.minute == "")
    with transaction() as current:
        mine = update(NOTICE).where(*urgent, NOTICE.c.user_id.in_(HERE)).values(minute=minute, day=on)
        if not current.execute(mine).rowcount:  # type: ignore[attr-defined]
            return 0
    untold = visible(SYSTEM, Notice).where(
        Notice.state == NoticeState.PLANNED, Notice.minute == minute, Notice.day == on
    )
    return _open(untold, on, minute)


def _open(untold: Select[Notice], on: date, minute: str) -> int:
    people = {
        tuple(row)
        for row in session.execute(
            untold.with_only_columns(Notice.organisation_id, Notice.user_id).distinct()
        )
    }
    private_or_here = or_(Channel.user_id.is_(None), Channel.user_id.in_(HERE))
    channels = session.scalars(visible(SYSTEM, Channel).where(Channel.active, private_or_here)).all()
    organisations = {organisation for organisation, _user in people}
    heard = [
        channel
        for channel in channels
        if (channel.organisation_id, channel.user_id) in people
        or (channel.user_id is None and channel.organisation_id in organisations)
    ]
    rows = [
        {
            "organisation_id": channel.organisation_id,
            "id": new_id(),
            "user_id": channel.user_id,
            "channel_id": channel.id,
            "day": on,
            "minute": minute,
            "state": DigestState.WAITING,
            "attempts": 0,
            "message": "",
        }
        for channel in heard
    ]
    inserted = _insert_new(rows)
    receivers = {(channel.organisation_id, channel.user_id) for channel in heard}
    for organisation_id, user_id in sorted(people, key=str):
        if (organisation_id, user_id) not in receivers and (organisation_id, None) not in receivers:
            _keep_in_inbox(organisation_id, user_id, on)
    return inserted


def _insert_new(rows: Sequence[Mapping[str, object]]) -> int:
    """Digests that are not there yet, some at a time; returns how many those were."""
    inserted = 0
    for start in range(0, len(rows), ROWS):
        with transaction() as current:
            statement = (
                upsert(DIGEST)
                .values(rows[start : start + ROWS])
                .on_conflict_do_nothing()
                .returning(DIGEST.c.id)
            )
            inserted += len(current.execute(statement).all())
    return inserted


def _with_address(text: str, address: str) -> str:
    """What is said and where: an SMS cuts the text before the address."""
    return f"- {text[: sms.LONGEST - len(address) - 1]} {address}"


def _keep_in_inbox(organisation_id: UUID, user_id: UUID, on: date) -> None:
    mine = update(NOTICE).where(
        NOTICE.c.organisation_id == organisation_id,
        NOTICE.c.user_id == user_id,
        NOTICE.c.day <= on,
        NOTICE.c.state == NoticeState.PLANNED,
    )
    with transaction() as current:
        current.execute(mine.values(state=NoticeState.INBOX))


def written(notices: Sequence[Notice], settings: Settings, person: UUID | None = None) -> tuple[str, str]:
    """Title and body of a digest in the reader's language: one line per topic with its list, the most urgent
    first, never a thousand lines. What goes to one `person` alone carries addresses that are his own."""
    number = len({notice.duty for notice in notices})
    lines, host = lines_of(notices, clock.today(), person), settings.public_url.rstrip("/")
    title = ngettext("%(num)d matter waits for you", "%(num)d matters wait for you", number)
    body = [
        _with_address(translate(text), f"{host}{link}") if host and link else f"- {translate(text)}"
        for text, link in lines[:SHOWN]
    ]
    if len(lines) > SHOWN:
        body.append(ngettext("… and %(num)d more", "… and %(num)d more", len(lines) - SHOWN))
    if host:
        body.append(f"{gettext('Open the inbox')}: {host}/inbox")
    return title, "\n".join(body)
