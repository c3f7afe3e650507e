"""One receipt per client-made id. Whoever takes messages from phones, readers, controllers, uploads or forms
uses it so:

    SWIPES = ReceiptBook(Swipe, "swipe_id", sender=func.coalesce(Swipe.device_id, Swipe.organisation_id))
    ...
    heard = last_contact(device)
    arrived = arrival(happened_at, clock.now(), limits, queued=None, last_contact=heard)  # intake.rules
    lock what it is about (a chain, a row), so that the same message sent twice at once stands in line
    answer = SWIPES.answer_again(session.connection(), swipe_id, sender=sender, content=content)
    if answer is not None:
        return json.loads(answer)  # a replay: the earlier answer, nothing is judged or written again
    ...  # fresh: judge on arrived.days, write the row with its content and answer

A second message with the same id and other content is a `Conflict` (409) that names the differing fields.
Many messages at once are looked up in one statement with `earlier`. What has no columns for content and
answer in its own table keeps them in `receipt`, under the name of its kind:

    RESULTS = Receipts("inspection", "id")
    ...
    message = RESULTS.received(content, sender=by.organisation_id, key=result.id, about=equipment.id)
    if message.answer is not None:
        return ...  # a replay
    ...  # fresh: its row may carry message.key
    ledger.record(..., rows=[record, message.keep(answer)])  # the line proves what was answered
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from equipment.core import clock
from equipment.core.errors import OtherContent
from equipment.core.words import N_
from equipment.intake.models import Receipt
from equipment.intake.rules import EarlierMessage
from equipment.people.models import Device
from equipment.storage.db import Base, session
from equipment.storage.statements import Lookup

DIFFERS = N_("differs from what this id said before")
# A device's contact is written down so often, and read where it is written: two workers decide alike.
CONTACT_EVERY_S = 10

_written: dict[UUID, float] = {}  # by device: when this process last wrote its contact down


class ReceiptBook:
    """The client-made ids of one table, which holds `id`, `organisation_id`, `content` and `answer`.

    `id_field` is the id's name in the messages; `sender` says whose ids they are, where that is not the
    organisation.
    """

    def __init__(
        self, model: type[Base], id_field: str, *, sender: ColumnElement[UUID] | None = None
    ) -> None:
        columns = model.__table__.c
        sender = columns.organisation_id if sender is None else sender.label("sender")
        self.id_field = id_field
        self._lookup = Lookup(select(columns.id, sender, columns.content, columns.answer), columns.id)

    def earlier(self, connection: Connection, ids: Collection[UUID]) -> dict[UUID, EarlierMessage]:
        """What each of these ids that was used before said then; one statement for any number."""
        return {row[0]: EarlierMessage(*row[1:]) for row in self._lookup(connection, ids)}

    def answer_again(
        self, connection: Connection, key: UUID, *, sender: UUID | None, content: str
    ) -> str | None:
        """The earlier answer to the same message, None to a fresh one; other content under the id is a
        conflict."""
        before = self.earlier(connection, [key]).get(key)
        if before is None:
            return None
        if fields := before.conflict(sender, content, self.id_field):
            raise conflict(fields)
        return before.answer


class Receipts(ReceiptBook):
    """The client-made ids of one kind of message whose own table keeps neither content nor answer."""

    def __init__(self, kind: str, id_field: str) -> None:
        super().__init__(Receipt, id_field)
        self.kind = kind

    def received(
        self, content: str, *, sender: UUID | None, key: UUID | None, about: UUID
    ) -> ReceivedMessage:
        """A message under its id; without one (`key`), the same words about the same thing are the same
        message. Other content under a used id is a conflict."""
        key = key or id_of_content(about, content)
        answer = self.answer_again(session.connection(), key, sender=sender, content=content)
        return ReceivedMessage(self.kind, key, sender, content, answer)


class ReceivedMessage(NamedTuple):
    """A message on its way in; `answer` is what it was answered when it came before, None while it is
    fresh."""

    kind: str
    key: UUID
    sender: UUID | None
    content: str
    answer: str | None

    def keep(self, answer: str) -> Receipt:
        """Its receipt, beside the fresh record: the line of the ledger that speaks of one speaks of both."""
        receipt = Receipt(
            id=self.key,
            kind=self.kind,
            organisation_id=self.sender,
            content=self.content,
            answer=answer,
            at=clock.now(),
        )
        session.add(receipt)
        return receipt


def conflict(fields: Collection[str]) -> OtherContent:
    """The answer to an id that now says something else in these fields."""
    return OtherContent(dict.fromkeys(fields, DIFFERS))


def id_of_content(about: UUID, content: str) -> UUID:
    """The id of a message whose sender made none: the same words about the same thing are the same
    message."""
    return uuid5(about, content)


def last_contact(device: Device | None) -> datetime | None:
    """When the device last spoke to us live, as it was written down; nobody vouches for what happened
    before."""
    if device is None:
        return None
    return session.scalar(select(Device.seen_at).where(Device.id == device.id))


def note_contact(device: Device | None) -> bool:
    """The device speaks to us live. Whether this contact is to be written down (`Device.seen_at`)."""
    now = time.monotonic()
    if device is None or _written.get(device.id, -CONTACT_EVERY_S) + CONTACT_EVERY_S > now:
        return False
    _written[device.id] = now
    return True


def forget_contacts() -> None:
    """Start as a fresh process does: it wrote nothing down."""
    _written.clear()
