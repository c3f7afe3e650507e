"""The closing part of a pack: the lines up to the sealed one, the path to the root of the seal, the seal with
its timestamp, and the seals before it."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select

from equipment.files import store
from equipment.ledger import seals
from equipment.ledger.models import Event, SealedHead
from equipment.ledger.rules import canonical, digest_of, leaf, merkle_paths
from equipment.ledger.seals import stamp_of
from equipment.packs import actions
from equipment.packs.archive import CLOSING, ZIP_TYPE, write_closed
from equipment.packs.collecting import line_of
from equipment.packs.models import Pack
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session, transaction

EARLIER = 31  # seals before: a month


class SealedPack(NamedTuple):
    """A pack to be closed, and the head of its chain under the first seal that covers its line."""

    organisation_id: UUID
    id: UUID
    subject: str
    line_count: int
    number: int
    seq: int
    digest: str

    @property
    def leaf(self) -> str:
        return leaf(self.subject, self.seq, self.digest)


def close_packs(folder: Path) -> int:
    """Close every pack whose line a seal covers by now, and those anew whose seal has got its timestamp
    since; answers how many."""
    exported, closed = seals.files(folder), 0
    for number, packs in sorted(_by_seal(exported).items()):
        leaves = (leaf(head.subject, head.seq, head.digest) for head in seals.heads_in(exported[number]))
        paths = merkle_paths(leaves, {pack.leaf for pack in packs})
        beside = {path.name: path.read_bytes() for path in _seal_files(exported[number])}
        earlier = list(_earlier(exported, number))
        for sealed in packs:
            closing = {
                "pack": str(sealed.id),
                "lines": _later_lines(sealed),
                "path": [{side: digest} for side, digest in paths[sealed.leaf]],
                "seal": CLOSING + exported[number].name,
                "earlier": earlier,
                "parts": {CLOSING + name: digest_of(content) for name, content in beside.items()},
            }
            closed += _close(sealed, {"closing.json": canonical(closing).encode(), **beside})
    return closed


def _by_seal(exported: Mapping[int, Path]) -> dict[int, list[SealedPack]]:
    """Packs that are sealed by now and not closed, or closed before their seal had its timestamp. A seal or a
    pack whose file was removed past the program is left: the check of the ledger names it."""
    covers = and_(SealedHead.subject == Pack.subject, SealedHead.seq >= Pack.line_no)
    waiting = (
        visible(SYSTEM, Pack)
        .join(SealedHead, covers)
        .where(~Pack.stamped, or_(Pack.seal_number.is_(None), Pack.seal_number == SealedHead.number))
        .with_only_columns(
            Pack.organisation_id,
            Pack.id,
            Pack.subject,
            Pack.line_count,
            SealedHead.number,
            SealedHead.seq,
            SealedHead.digest,
            Pack.seal_number,
            Pack.file_sha256,
        )
        .order_by(SealedHead.number)
    )
    by_seal: dict[int, list[SealedPack]] = defaultdict(list)
    first: set[UUID] = set()
    for *sealed, closed_by, sha256 in session.execute(waiting):
        pack = SealedPack(*sealed)
        if pack.id in first:
            continue
        first.add(pack.id)
        path = exported.get(pack.number)
        is_news = path is not None and (closed_by is None or stamp_of(path).exists())
        if is_news and store.path_of(sha256).is_file():
            by_seal[pack.number].append(pack)
    session.rollback()
    return by_seal


def _seal_files(path: Path) -> Iterator[Path]:
    yield path
    if stamp_of(path).exists():
        yield stamp_of(path)


def _earlier(exported: Mapping[int, Path], number: int) -> Iterator[dict[str, object]]:
    """The seals before, the newest first."""
    for before in range(number - 1, max(0, number - 1 - EARLIER), -1):
        if before not in exported:
            return
        seal = seals.read(exported[before])
        yield {
            "number": seal.number,
            "day": seal.day,
            "count": seal.count,
            "root": seal.root,
            "previous": seal.previous,
            "digest": seal.digest,
        }


def _later_lines(sealed: SealedPack) -> list[dict[str, str]]:
    """The lines after those of the pack, up to the sealed one."""
    events = select(Event).where(
        Event.subject == sealed.subject, Event.seq > sealed.line_count, Event.seq <= sealed.seq
    )
    return [line_of(event) for event in session.scalars(events.order_by(Event.seq))]


def _close(sealed: SealedPack, closing: Mapping[str, bytes]) -> int:
    key = (sealed.organisation_id, sealed.id)
    before = store.path_of(session.get_one(Pack, key).file_sha256)
    session.rollback()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "pack.zip"
        write_closed(path, before, closing)
        content = store.keep(path, ZIP_TYPE)
    with transaction():
        stamped = any(name.endswith(".tsr") for name in closing)
        actions.close(session.get_one(Pack, key), content, sealed.number, stamped=stamped)
    return 1
