"""Appending to chains, in the caller's transaction.

`rows=` names the records an event leaves behind, by their content: `flask ledger verify` compares every such
record in the database with the last event that speaks of it, so that an edit past the ledger is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from equipment.core import clock
from equipment.ledger.evidence import GONE, row
from equipment.ledger.models import Chain, Event
from equipment.ledger.rules import GENESIS, ChainEvent, canonical, next_digest
from equipment.storage.columns import Columns
from equipment.storage.db import INSERTS, Base
from equipment.storage.statements import Lookup, Write

CHUNK = 400
CHAIN = cast(Table, Chain.__table__)
EVENT = cast(Table, Event.__table__)
HEADS = select(CHAIN.c.subject, CHAIN.c.seq, CHAIN.c.digest)
read_heads = Lookup(HEADS, CHAIN.c.subject)  # held by nobody
find_heads = {
    "sqlite": read_heads,
    "postgresql": Lookup(HEADS, CHAIN.c.subject, after="ORDER BY chain.subject FOR UPDATE"),
}
move_heads = Write(
    update(CHAIN)
    .where(CHAIN.c.subject == bindparam("key"))
    .values(seq=bindparam("to"), digest=bindparam("head"))
)
begin_chains = {dialect: Write(insert(CHAIN).on_conflict_do_nothing()) for dialect, insert in INSERTS.items()}
write_events = Write.into(Event)
Heads = dict[str, tuple[int, str]]  # by subject: the number and digest of its last line
BEGINNING = (0, GENESIS)


def subject_of(kind: str, key: UUID | str) -> str:
    """`equipment:0192...`: the name of a chain."""
    return f"{kind}:{key}"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One event to be recorded: subject, verb and what changed; `actor` only where lines of
    several people go together."""

    subject: str
    verb: str
    payload: Mapping[str, object] = field(default_factory=dict)
    rows: list[tuple[str, str]] = field(default_factory=list)
    at: datetime | None = None
    pack: str = ""
    actor: str = ""


def record(
    session: Session,
    subject: str,
    verb: str,
    *,
    actor: str,
    payload: Mapping[str, object] | None = None,
    rows: Iterable[Base] = (),
    gone: Iterable[Base] = (),
    pack: str = "",
) -> None:
    """Append one event to the chain of `subject`; `rows` are the ORM records that it leaves behind, `gone`
    those that it takes away."""
    records, lost = list(rows), [(row(record_gone)[0], GONE) for record_gone in gone]
    session.flush()
    connection = session.connection()
    heads = locked_heads(connection, [subject])
    if connection.dialect.name != "sqlite":  # where others write too: the record as it stands behind the lock
        for left in records:
            session.refresh(left)
    draft = EventDraft(subject, verb, payload or {}, [*map(row, records), *lost], pack=pack)
    append_to(connection, heads, [draft], actor=actor)


def append(connection: Connection, drafts: Sequence[EventDraft], *, actor: str) -> None:
    """Append events to the chains of their subjects, locking the chain heads in sorted order;
    any number of lines."""
    heads = locked_heads(connection, {draft.subject for draft in drafts})
    for start in range(0, len(drafts), CHUNK):
        append_to(connection, heads, drafts[start : start + CHUNK], actor=actor)


def append_to(connection: Connection, heads: Heads, drafts: Sequence[EventDraft], *, actor: str) -> None:
    """Append to chains whose heads the caller holds already (`locked_heads`); `heads` moves along."""
    links = links_of(heads, drafts, actor=actor)
    write_events(connection, links.events)
    move_heads(connection, links.heads)


class Links(NamedTuple):
    """Lines that follow the heads of some chains, and where these stand then: rows of `event`, moves of
    `chain`."""

    events: list[Columns]
    heads: list[Columns]


def links_of(heads: Heads, drafts: Sequence[EventDraft], *, actor: str) -> Links:
    """The lines of these events, not yet written; `heads` moves along."""
    at = clock.now()
    moved_heads: Heads = {}
    events = []
    for draft in drafts:
        seq, previous = heads[draft.subject]
        payload = canonical(
            {**draft.payload, "rows": dict(draft.rows)} if draft.rows else dict(draft.payload)
        )
        event = ChainEvent(
            draft.subject, draft.verb, draft.actor or actor, draft.at or at, payload, draft.pack
        )
        digest = next_digest(previous, seq + 1, event)
        heads[draft.subject] = moved_heads[draft.subject] = (seq + 1, digest)
        events.append(
            {
                "subject": draft.subject,
                "seq": seq + 1,
                "at": event.at,
                "actor": event.actor,
                "verb": draft.verb,
                "payload": payload,
                "pack": draft.pack,
                "digest": digest,
            }
        )
    moves = [{"key": subject, "to": seq, "head": digest} for subject, (seq, digest) in moved_heads.items()]
    return Links(events, moves)


def locked_heads(connection: Connection, subjects: Iterable[str]) -> Heads:
    """Take the place at the end of these chains, in sorted order so that two writers never
    wait for each other."""
    ordered = sorted(set(subjects))
    heads: Heads = {}
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        # There the writer is alone, and a select is enough to know what is new.
        if connection.dialect.name != "sqlite":
            _begin(connection, part)
        heads.update(
            {
                subject: (seq, digest)
                for subject, seq, digest in find_heads[connection.dialect.name](connection, part)
            }
        )
        new = [subject for subject in part if subject not in heads]
        if new:
            _begin(connection, new)
            heads.update(dict.fromkeys(new, BEGINNING))
    return heads


def _begin(connection: Connection, subjects: Sequence[str]) -> None:
    begin_chains[connection.dialect.name](
        connection, [{"subject": subject, "seq": 0, "digest": GENESIS, "sealed": 0} for subject in subjects]
    )
