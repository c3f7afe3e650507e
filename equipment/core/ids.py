"""UUIDv7 ids: made by whoever first knows of the thing, sortable by time, never reused (RFC 9562, 5.7)."""

from __future__ import annotations

import os
import time
from uuid import UUID

NOBODY = UUID(int=0)  # what no row has: a filter by something that is no id finds nothing


def id_in(text: str) -> UUID | None:
    """The id that a form or an address names; None where it names none,
    so that nobody's typing is a fault of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
