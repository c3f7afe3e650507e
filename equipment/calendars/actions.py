"""A person's secret calendar address: made once, shown once, taken back."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from equipment.calendars.models import CalendarFeed
from equipment.core import clock
from equipment.core.errors import NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger import actions as ledger
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session


def hash_of(token: str) -> str:
    """What is kept of a secret of 256 random bits: nothing that could be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_of(user_id: UUID | None) -> CalendarFeed | None:
    """The open address of this person."""
    own = visible(SYSTEM, CalendarFeed).where(
        CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None)
    )
    return session.scalar(own.execution_options(populate_existing=True))


def feed_for(token: str) -> tuple[CalendarFeed, User] | None:
    """The address behind a secret, with its person; None for one that was taken back, or of somebody whose
    account is closed."""
    feed = session.scalar(
        visible(SYSTEM, CalendarFeed).where(
            CalendarFeed.token_hash == hash_of(token), CalendarFeed.revoked_at.is_(None)
        )
    )
    user = session.get(User, feed.user_id) if feed is not None else None
    return (feed, user) if feed is not None and user is not None and user.active else None


def open_feed(*, by: Viewer) -> str:
    """A new secret address; the one before it does not answer any more. The secret is shown this once."""
    if by.user_id is None or by.organisation_id is None:
        raise NotAllowed(N_("Only a person has a calendar."))
    close_feed(by=by)
    session.flush()
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        id=new_id(),
        organisation_id=by.organisation_id,
        user_id=by.user_id,
        token_hash=hash_of(token),
        made_at=clock.now(),
        revoked_at=None,
    )
    session.add(feed)
    _record(feed, "calendar.opened", by)
    return token


def close_feed(*, by: Viewer) -> None:
    """Take the address back; said again nothing is left to take back."""
    assert by.user_id is not None
    ledger.locked_heads(session.connection(), [ledger.subject_of("user", by.user_id)])
    feed = feed_of(by.user_id)
    if feed is not None:
        feed.revoked_at = clock.now()
        _record(feed, "calendar.closed", by)


def _record(feed: CalendarFeed, verb: str, by: Viewer) -> None:
    subject = ledger.subject_of("user", feed.user_id)
    payload = {"feed": feed.id}
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=[feed])
