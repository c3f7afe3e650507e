"""The key ring that signs label codes: every key ever used verifies, the newest signs.
Backups must hold it."""

from __future__ import annotations

from pathlib import Path

from equipment.core.config import key_file
from equipment.register.codes import TEST, make_code
from equipment.storage.db import sandbox_here

_keys: tuple[str, ...] = ()


def connect(folder: Path) -> None:
    """Read the ring of `folder`/keys/labels, making its first key; called once by the
    wiring of each process."""
    global _keys
    _keys = tuple(key_file(folder, "labels"))


def fresh_code() -> str:
    """The code of a new label; a sandbox's says so."""
    return make_code(keys(), TEST if sandbox_here() else "")


def keys() -> tuple[str, ...]:
    if not _keys:
        raise RuntimeError("the key ring is not connected")
    return _keys
