"""The key ring that signs label codes: every key ever used verifies, the newest signs.
Backups must hold it."""

from __future__ import annotations

from pathlib import Path

from equipment.core.config import key_file

_keys: tuple[str, ...] = ()


def connect(folder: Path) -> None:
    """Read the ring of `folder`/keys/labels, making its first key; called once by the
    wiring of each process."""
    global _keys
    _keys = tuple(key_file(folder, "labels"))


def keys() -> tuple[str, ...]:
    if not _keys:
        raise RuntimeError("the key ring is not connected")
    return _keys
