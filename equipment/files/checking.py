"""What is on disk against the digests it is stored under: changed and missing contents are named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date

from sqlalchemy import func, select

from equipment.files import store
from equipment.files.models import StoredFile
from equipment.ledger.report import LedgerFault, Report
from equipment.storage.db import session

CHUNK = 500
DIGEST = re.compile(r"[0-9a-f]{64}")
# What one night reads whole, about five minutes of a disk. A larger store is read in sixteen nights, by the
# first digit of the digest; whether a file is there, and its size, are looked at every night.
OF_A_NIGHT = 20 * 1000**3
NIGHTS = 16


def check_contents(
    report: Report, tell: Callable[[int], object] = lambda _files: None, *, night: date | None = None
) -> None:
    """Read every stored content and compare it with its digest; of a large store in a `night`, its part.
    `tell` hears after some hundred how many were looked at."""
    whole = night is None or (session.scalar(select(func.sum(StoredFile.size))) or 0) <= OF_A_NIGHT
    digit = "" if whole or night is None else f"{night.toordinal() % NIGHTS:x}"
    looked_at = 0
    for part in _stored_files():
        for sha256, size in part:
            _check(report, sha256, size, reading=sha256.startswith(digit))
        looked_at += len(part)
        tell(looked_at)


def _check(report: Report, sha256: str, size: int, *, reading: bool) -> None:
    where = f"files/{sha256[:2]}/{sha256}"
    if not DIGEST.fullmatch(sha256):  # no name of a content, whatever lies there
        report.add(LedgerFault.CONTENT_CHANGED, where)
        return
    path = store.path_of(sha256)
    if not path.is_file():
        report.add(LedgerFault.CONTENT_GONE, where)
    elif path.stat().st_size != size:
        report.add(LedgerFault.CONTENT_CHANGED, where)
    elif reading:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                report.add(LedgerFault.CONTENT_CHANGED, where)
        report.files += 1
    else:
        report.unread += 1


def _stored_files() -> Iterator[list[tuple[str, int]]]:
    """(digest, size) of every stored content, in short reads: no writer's log grows while a disk is read."""
    last = ""
    while True:
        after = select(StoredFile.sha256, StoredFile.size).where(StoredFile.sha256 > last)
        rows = session.execute(after.order_by(StoredFile.sha256).limit(CHUNK)).all()
        session.rollback()
        yield [(row.sha256, row.size) for row in rows]
        if len(rows) < CHUNK:
            return
        last = rows[-1].sha256
