"""The disk: whether it is full, and how a file in a folder survives a power cut."""

from __future__ import annotations

import errno
import os
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
FULL_SQLITE = frozenset(
    {
        "SQLITE_FULL",
        "SQLITE_IOERR_WRITE",
        "SQLITE_IOERR_FSYNC",
        "SQLITE_IOERR_SHMSIZE",
        "SQLITE_IOERR_TRUNCATE",
    }
)
FULL_POSTGRES = "53100"


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room to write: for a file, for SQLite, for PostgreSQL.
    Nothing was written then."""
    if isinstance(error, OSError):
        return error.errno in FULL
    driver = getattr(error, "orig", None)
    return (
        getattr(driver, "sqlite_errorname", "") in FULL_SQLITE
        or getattr(driver, "sqlstate", "") == FULL_POSTGRES
    )


def sync_folder(path: Path) -> None:
    """fsync a folder, so that a file renamed into it survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
