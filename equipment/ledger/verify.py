"""Checking the whole ledger: chains, their heads, seals, exported seals, and every ledgered record.

Everything is read in one snapshot and streamed, so that a million events need little memory and nobody waits.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.engine import Connection, Engine

from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.core.fields import Fields
from equipment.core.followers import Provider
from equipment.ledger import seals
from equipment.ledger.actions import CHAIN, EVENT
from equipment.ledger.records import UNREADABLE, Records, spoken_of
from equipment.ledger.renewal import COVERED, renew
from equipment.ledger.report import LedgerFault, Report
from equipment.ledger.rules import ALGORITHMS, GENESIS, ChainEvent, next_digest, seal_digest
from equipment.ledger.seals import HEAD, SEAL, Head, SealFile, by_bytes
from equipment.storage.db import Base

PART = 2000
Contents = Callable[[Report], object]  # compares the stored files with their digests
# The same for the command, which tells how far it is: files lie to the right of the ledger.
stored_contents = Provider[[Report, Callable[[int], object]], None]()
StampedAt = Callable[[bytes, bytes], datetime]  # when a seal was stamped; raises StampFailed
SNAPSHOT = {"sqlite": {}, "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}}


def verify(
    engine: Engine,
    folder: Path,
    models: Iterable[type[Base]],
    *,
    stamped_at: StampedAt | None = None,
    contents: Contents | None = None,
    renewing: bool = False,
) -> Report:
    """Check everything and report; `folder` holds seals/, `models` the tables whose records are compared.
    Without `stamped_at` (ledger/stamps.py) timestamps are not checked, without `contents` (files/checking.py)
    no stored files. `renewing` enters records that stand under an older version of their evidence under the
    newest."""
    report, exported = Report(), seals.files(folder)
    snapshot = engine.connect().execution_options(**SNAPSHOT[engine.dialect.name])
    with tempfile.TemporaryDirectory() as beside, Records(Path(beside) / "records.db", models) as records:
        with snapshot as connection:
            try:
                _chains(connection, report, records)
            except UNREADABLE:
                report.add(LedgerFault.CHANGED, _first_unreadable(connection))
                return report  # what the lines say is not known as a whole: nothing else can be compared
            _heads_without_events(connection, report)
            _seals(connection, report, exported)
            _sealed_heads(connection, report)
            report.tail = connection.scalar(select(func.sum(CHAIN.c.seq - CHAIN.c.sealed))) or 0
            records.compare(connection, report)
        _stamps(exported.values(), report, stamped_at)
        if contents is not None:
            contents(report)
        if renewing:
            report.renewed = renew(engine, records)
    return report


def algorithm_in(engine: Engine) -> str:
    """By which algorithm this database's ledger is written; empty where nothing is written yet."""
    first = select(EVENT).where(EVENT.c.seq == 1).limit(1)
    with engine.connect() as connection:
        event = connection.execute(first).one_or_none()
    if event is None:
        return ""
    content = ChainEvent(event.subject, event.verb, event.actor, event.at, event.payload, event.pack)
    return next((name for name in ALGORITHMS if next_digest(GENESIS, 1, content, name) == event.digest), "")


def _streamed(connection: Connection, query: Any) -> Any:
    return connection.execution_options(stream_results=True, yield_per=PART).execute(query)


def _chains(connection: Connection, report: Report, records: Records) -> None:
    query = (
        select(EVENT, CHAIN.c.seq.label("head_seq"), CHAIN.c.digest.label("head_digest"))
        .outerjoin(CHAIN, CHAIN.c.subject == EVENT.c.subject)
        .order_by(EVENT.c.subject, EVENT.c.seq)
    )
    for subject, events in groupby(_streamed(connection, query), key=attrgetter("subject")):
        report.chains += 1
        _chain(subject, events, report, records)


def _chain(subject: str, events: Iterator[Any], report: Report, records: Records) -> None:
    """Check one chain line by line, and hand on what it says last of each record."""
    previous, seq = GENESIS, 0
    spoken: dict[str, tuple[datetime, str]] = {}
    for event in events:
        report.events += 1
        content = ChainEvent(subject, event.verb, event.actor, event.at, event.payload, event.pack)
        if event.seq != seq + 1:
            report.add(LedgerFault.MISSING, f"{subject} #{seq + 1}", max(1, event.seq - seq - 1))
        elif next_digest(previous, event.seq, content) != event.digest:
            report.add(LedgerFault.CHANGED, f"{subject} #{event.seq}")
        previous, seq = event.digest, event.seq
        spoken.update((key, (event.at, mark)) for key, mark in spoken_of(event.payload).items())
        if event.verb == COVERED:
            records.covered(Fields(json.loads(event.payload)).text("table"))
    if event.head_seq is None:
        report.add(LedgerFault.HEAD, subject)
    elif event.head_seq > seq:
        report.add(LedgerFault.CUT, f"{subject} #{seq + 1}", event.head_seq - seq)
    elif (event.head_seq, event.head_digest) != (seq, previous):
        report.add(LedgerFault.HEAD, f"{subject} #{event.head_seq}")
    records.claim(spoken)


def _first_unreadable(connection: Connection) -> str:
    """The first line with an instant that is none: such a value was written past the program."""
    lines = select(EVENT.c.subject, EVENT.c.seq).order_by(EVENT.c.subject, EVENT.c.seq)
    for subject, seq in connection.execute(lines).all():
        try:
            connection.execute(select(EVENT).where(EVENT.c.subject == subject, EVENT.c.seq == seq)).all()
        except UNREADABLE:
            return f"{subject} #{seq}"
    return "event"


def _heads_without_events(connection: Connection, report: Report) -> None:
    gone = select(CHAIN.c.subject).where(
        CHAIN.c.seq > 0, ~select(EVENT.c.seq).where(EVENT.c.subject == CHAIN.c.subject).exists()
    )
    for (subject,) in _streamed(connection, gone.order_by(CHAIN.c.subject)):
        report.add(LedgerFault.CUT, f"{subject} #1")


def _seals(connection: Connection, report: Report, exported: dict[int, Path]) -> None:
    previous, number = GENESIS, 0
    for row in connection.execute(select(SEAL).order_by(SEAL.c.number)).all():
        report.seals += 1
        if row.number != number + 1:
            report.add(LedgerFault.SEAL, f"seal {number + 1}", max(1, row.number - number - 1))
        if not _sound(connection, row, previous if row.number == number + 1 else row.previous):
            _name_seal(connection, report, row.number, exported)
        path = exported.get(row.number)
        if path is None or not path.with_suffix(".heads").exists() or not _fits(path, row.digest):
            report.add(LedgerFault.FILE, f"seals/{row.number:06d}-{row.day.isoformat()}.json")
        previous, number = row.digest, row.number
    for missing in sorted(later for later in exported if later > number):
        report.add(LedgerFault.SEAL, f"seal {missing}")


def _sound(connection: Connection, row: Any, previous: str) -> bool:
    """Whether a seal's row fits the seal before it and its own heads."""
    if row.previous != previous or row.digest != seal_digest(previous, row.day, row.count, row.root):
        return False
    heads = (
        select(HEAD.c.subject, HEAD.c.seq, HEAD.c.digest)
        .where(HEAD.c.number == row.number)
        .order_by(by_bytes(HEAD.c.subject))
    )
    root: str = row.root
    return seals.root_of(Head(*head) for head in _streamed(connection, heads)) == root


def _name_seal(connection: Connection, report: Report, number: int, exported: dict[int, Path]) -> None:
    """A forged seal: the exported heads tell which chain it was meant to hide."""
    path = exported.get(number)
    hidden = _first_unmatched(connection, path) if path and path.with_suffix(".heads").exists() else None
    if hidden is not None:
        report.add(LedgerFault.VANISHED, f"{hidden.subject} #{hidden.seq}")
    report.add(LedgerFault.SEAL, f"seal {number}")


def _first_unmatched(connection: Connection, path: Path) -> Head | None:
    for part in chunks(seals.heads_in(path), seals.CHUNK):
        keys = [(head.subject, head.seq) for head in part]
        rows = connection.execute(
            select(EVENT.c.subject, EVENT.c.seq, EVENT.c.digest).where(
                tuple_(EVENT.c.subject, EVENT.c.seq).in_(keys)
            )
        )
        present = {Head(*row) for row in rows}
        for head in part:
            if head not in present:
                return head
    return None


def _fits(path: Path, digest: str) -> bool:
    """Whether an exported seal is the seal of the database, down to its heads."""
    try:
        content: SealFile = seals.read(path)
        digest_now = seal_digest(
            content.previous, date.fromisoformat(content.day), content.count, content.root
        )
        return content.digest == digest == digest_now and seals.root_of(seals.heads_in(path)) == content.root
    except (ValueError, TypeError):
        return False


def _stamps(exported: Iterable[Path], report: Report, stamped_at: StampedAt | None) -> None:
    """The outside timestamp of every exported seal."""
    fresh = clock.today() - timedelta(days=1)
    for path in exported:
        stamp = seals.stamp_of(path)
        if not stamp.exists():
            report.unstamped += date.fromisoformat(path.stem[-10:]) < fresh
        elif stamped_at is None:
            report.unchecked += 1
        else:
            try:
                stamped_at(path.read_bytes(), stamp.read_bytes())
                report.stamps += 1
            except seals.StampFailed:
                report.add(LedgerFault.STAMP, f"seals/{stamp.name}")


def _sealed_heads(connection: Connection, report: Report) -> None:
    """Every sealed head still stands in its chain, and every chain knows how far it was sealed."""
    at_head = and_(EVENT.c.subject == HEAD.c.subject, EVENT.c.seq == HEAD.c.seq)
    lost = (
        select(HEAD.c.subject, HEAD.c.seq)
        .outerjoin(EVENT, at_head)
        .where(or_(EVENT.c.digest.is_(None), EVENT.c.digest != HEAD.c.digest))
    )
    for subject, seq in _streamed(connection, lost.order_by(HEAD.c.number, HEAD.c.subject)):
        report.add(LedgerFault.VANISHED, f"{subject} #{seq}")
    last = select(HEAD.c.subject, func.max(HEAD.c.seq).label("seq")).group_by(HEAD.c.subject).subquery()
    wrong = (
        select(CHAIN.c.subject)
        .outerjoin(last, last.c.subject == CHAIN.c.subject)
        .where(CHAIN.c.sealed != func.coalesce(last.c.seq, 0))
    )
    for (subject,) in _streamed(connection, wrong.order_by(CHAIN.c.subject)):
        report.add(LedgerFault.HEAD, subject)
