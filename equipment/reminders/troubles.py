"""What keeps reminders from people: channels that took nothing, and organisations in which nobody is left to
hear."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.people.queries import nobody_hears
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.reminders.models import Channel, Digest
from equipment.reminders.states import ChannelKind, DigestState
from equipment.storage.db import session
from equipment.tasks.queries import last_outcome
from equipment.tasks.rules import Trouble

NAMED = 5
NOT_TAKEN = N_(
    "%(kind)s: %(failed)s of %(all)s channels took nothing (%(fault)s). What they did not take is told again."
)
NOBODY = N_(
    "%(num)s organisations have matters and nobody who hears of them: %(names)s. "
    "Open an account there, or give somebody the role."
)


def troubles(now: datetime) -> list[Trouble]:
    return [*_channels(now), *_unheard()]


def _channels(now: datetime) -> list[Trouble]:
    """Channels, by kind, whose newest message since yesterday was not taken; when no channel of a kind took
    any, administrators hear of it."""
    since = clock.site_day(now) - timedelta(days=1)
    newest = (
        visible(SYSTEM, Digest)
        .where(Digest.day >= since, Digest.attempts > 0)
        .join(Channel, Channel.id == Digest.channel_id)
        .where(Channel.active)
        .with_only_columns(Channel.id, Channel.kind, Digest.state, Digest.message)
        .order_by(Digest.claimed_at)
    )
    last = {row.id: row for row in session.execute(newest)}
    failed = [row for row in last.values() if row.state == DigestState.FAILED]
    everything = Counter(row.kind for row in last.values())
    return [
        Trouble(
            f"channels:{kind}:{number}",
            Message(
                NOT_TAKEN,
                {
                    "kind": ChannelKind(kind).label,
                    "failed": number,
                    "all": everything[kind],
                    "fault": next(row.message for row in failed if row.kind == kind),
                },
            ),
            "/jobs/deliver",
            is_fault=False,
            alarm=f"channels:{kind}:{clock.site_day(now).isoformat()}" if number == everything[kind] else "",
        )
        for kind, number in sorted(Counter(row.kind for row in failed).items())
    ]


def _unheard() -> list[Trouble]:
    """Organisations for which the last planning found nobody, and in which there is nobody now."""
    outcome = last_outcome("plan_notices")
    ids = [UUID(key) for key in outcome.table("unheard_of")]
    query = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids), nobody_hears())
    still = {row.id: row.name for row in session.scalars(query.order_by(Organisation.name))}
    if not still:
        return []
    new = still.keys() & {UUID(key) for key in outcome.texts("unheard_new")}
    names = ", ".join(list(still.values())[:NAMED]) + (" …" if len(still) > NAMED else "")
    return [
        Trouble(
            f"nobody:{len(still)}",
            Message(NOBODY, {"num": len(still), "names": names}),
            "/organisations?nobody=1",
            is_fault=False,
            alarm=f"nobody:{min(map(str, new))}:{len(new)}" if new else "",
        )
    ]
