"""The nightly seal (每日存证): a Merkle root over every chain that grew, chained to the seal
before, exported to files.

The files are written first and are the truth: a crash between file and database is healed by entering the
same files again. Chain heads never change once read (chains only grow), so nothing is locked while the root
is made, and the heads enter the database in small transactions.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, collate, func, select, update

from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.ledger.actions import CHAIN
from equipment.ledger.models import Seal, SealedHead
from equipment.ledger.rules import GENESIS, leaf, merkle_root, seal_digest
from equipment.storage import db
from equipment.storage.db import session, transaction, upsert
from equipment.storage.disk import sync_folder

SEAL = cast(Table, Seal.__table__)
HEAD = cast(Table, SealedHead.__table__)
CHUNK = 200
NAME = re.compile(r"(\d{6,})-\d{4}-\d{2}-\d{2}\.json")
SEALED = (
    update(CHAIN)
    .where(CHAIN.c.subject == bindparam("key"), CHAIN.c.sealed < bindparam("to"))
    .values(sealed=bindparam("to"))
)


@dataclass(frozen=True, slots=True)
class SealFile:
    """What `000123-2026-11-23.json` says; its heads stand in `000123-2026-11-23.heads`, one `digest seq
    subject` a line."""

    number: int
    day: str
    at: str
    count: int
    root: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where one chain stood when it was sealed."""

    subject: str
    seq: int
    digest: str


def by_bytes(column: ColumnElement[str]) -> ColumnElement[str]:
    """Order by bytes on both engines: a language's order would make another root."""
    return column if db.engine.dialect.name == "sqlite" else collate(column, "C")


class StampFailed(Exception):
    """The time-stamping authority did not answer, or what it answered is no stamp of this seal."""


def stamp_of(path: Path) -> Path:
    """Where the outside timestamp of an exported seal stands, if it has one."""
    return path.with_suffix(".tsr")


def files(folder: Path) -> dict[int, Path]:
    """The exported seals by number."""
    paths = (folder / "seals").glob("*.json") if (folder / "seals").is_dir() else iter(())
    return dict(sorted((int(match[1]), path) for path in paths if (match := NAME.fullmatch(path.name))))


def read(path: Path) -> SealFile:
    return SealFile(**json.loads(path.read_text("utf-8")))


def heads_in(path: Path) -> Iterator[Head]:
    """The heads beside a seal's file, in the order that was hashed."""
    with path.with_suffix(".heads").open(encoding="utf-8") as file:
        for text in file:
            digest, seq, subject = text.rstrip("\n").split(" ", 2)
            yield Head(subject, int(seq), digest)


def root_of(heads: Iterable[Head]) -> str:
    return merkle_root(leaf(head.subject, head.seq, head.digest) for head in heads)


def seal(folder: Path, on: date) -> SealFile:
    """Seal what grew since the last seal; first heals a seal that a crash left half entered.
    Returns the newest seal."""
    exported = files(folder)
    last = session.scalar(select(func.max(SEAL.c.number))) or 0
    for number in sorted(number for number in exported if number >= last):
        enter(exported[number])
    session.rollback()
    newest = session.execute(
        select(SEAL.c.number, SEAL.c.digest).order_by(SEAL.c.number.desc()).limit(1)
    ).first()
    path = _export(folder, on, newest.number + 1 if newest else 1, newest.digest if newest else GENESIS)
    enter(path)
    return read(path)


def _export(folder: Path, on: date, number: int, previous: str) -> Path:
    """Write the seal's two files; the small one last, so that it never speaks of heads that are not there."""
    target = folder / "seals" / f"{number:06d}-{on.isoformat()}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    heads = write_whole(
        target.with_suffix(".heads"),
        (f"{head.digest} {head.seq} {head.subject}\n".encode() for head in _grown()),
    )
    root = root_of(heads_in(target))
    content = SealFile(
        number,
        on.isoformat(),
        clock.now().isoformat(timespec="microseconds"),
        heads,
        root,
        previous,
        seal_digest(previous, on, heads, root),
    )
    write_whole(target, [f"{json.dumps(asdict(content), indent=1)}\n".encode()])
    return target


def _grown() -> Iterator[Head]:
    grown = (
        select(CHAIN.c.subject, CHAIN.c.seq, CHAIN.c.digest)
        .where(CHAIN.c.seq > CHAIN.c.sealed)
        .order_by(by_bytes(CHAIN.c.subject))
    )
    with db.engine.connect() as connection:
        for subject, seq, digest in connection.execution_options(stream_results=True, yield_per=5000).execute(
            grown
        ):
            yield Head(subject, seq, digest)


def write_whole(target: Path, parts: Iterable[bytes]) -> int:
    """Write a file whole or not at all, and for good; returns the number of parts."""
    beside, count = target.with_name(f".{target.name}.part"), 0
    try:
        with beside.open("wb") as file:
            for part in parts:
                file.write(part)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return count


def enter(path: Path) -> None:
    """Put an exported seal into the database: its row, then its heads; what is there already stays."""
    content = read(path)
    session.rollback()
    entered = session.scalar(select(func.count()).select_from(HEAD).where(HEAD.c.number == content.number))
    if session.get(Seal, content.number) is not None and entered == content.count:
        return
    with transaction() as current:
        row = {
            **asdict(content),
            "day": date.fromisoformat(content.day),
            "at": datetime.fromisoformat(content.at),
        }
        current.execute(upsert(SEAL).values(row).on_conflict_do_nothing())
    for part in chunks(heads_in(path), CHUNK):
        with transaction() as current:
            rows = [
                {"number": content.number, "subject": head.subject, "seq": head.seq, "digest": head.digest}
                for head in part
            ]
            current.connection().execute(upsert(HEAD).on_conflict_do_nothing(), rows)
            current.connection().execute(SEALED, [{"key": head.subject, "to": head.seq} for head in part])
