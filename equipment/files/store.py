"""Files by content in instance/files/ab/<sha256>: on disk for good before the commit that names them.

A file without a row is harmless and tidied away later; a row without its file would be a loss. So: write
beside, fsync, rename, fsync the folder, and only then let the caller's transaction name it. A sandbox keeps
its files in its own folder.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from equipment.core import clock
from equipment.files.models import StoredFile
from equipment.storage.db import sandbox_here, session, upsert
from equipment.storage.disk import sync_folder

PIECE = 1024 * 1024

_root: Path | None = None


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A content that is safely on disk and not yet named by any row."""

    sha256: str
    media_type: str
    size: int


def connect(folder: Path) -> None:
    """Keep files under `folder`/files; called once by the wiring of each process."""
    global _root
    _root = folder / "files"
    _root.mkdir(parents=True, exist_ok=True)


def root() -> Path:
    sandbox = sandbox_here()
    if sandbox is not None and sandbox.folder is not None:
        return sandbox.folder
    if _root is None:
        raise RuntimeError("the file store is not connected")
    return _root


def path_of(sha256: str) -> Path:
    return root() / sha256[:2] / sha256


def keep(content: bytes | Path | BinaryIO, media_type: str) -> StoredContent:
    """Put a content on disk under its digest; a `Path` is moved away. On a full
    disk nothing half-written stays."""
    beside = root() / f".{secrets.token_hex(8)}.part"
    try:
        digest, size = _write(content, beside)
        target = path_of(digest)
        target.parent.mkdir(exist_ok=True)
        os.replace(beside, target)
        sync_folder(target.parent)
        sync_folder(root())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if isinstance(content, Path):
        content.unlink(missing_ok=True)
    return StoredContent(digest, media_type, size)


def _write(content: bytes | Path | BinaryIO, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for piece in _pieces(content):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _pieces(content: bytes | Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    if isinstance(content, Path):
        with content.open("rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")
        return
    yield from iter(lambda: content.read(PIECE), b"")


def name(content: StoredContent) -> StoredFile:
    """The row that names a kept content, in the caller's transaction; its line of the ledger speaks of it."""
    row = {
        "sha256": content.sha256,
        "media_type": content.media_type,
        "size": content.size,
        "created_at": clock.now(),
    }
    session.execute(upsert(StoredFile.__table__).values(row).on_conflict_do_nothing())
    return session.get_one(StoredFile, content.sha256)


def stored() -> Iterator[Path]:
    """Every content on disk, by name."""
    for folder in sorted(root().iterdir()):
        if folder.is_dir():
            yield from sorted(folder.iterdir())
