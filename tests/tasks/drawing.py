"""What the children of the tests do; a module of its own, because a child imports it by name."""

from __future__ import annotations

import os
import signal
import tempfile
import time

from equipment.core.errors import Invalid


def double(number: int) -> int:
    return 2 * number


def own_id() -> int:
    return os.getpid()


def late(number: int) -> int:
    time.sleep(number / 20)
    return number


def divide(a: int, b: int) -> float:
    return a / b


def refuse() -> None:
    raise Invalid({"rows": "no rows"})


def eat(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024 * 1024))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: int) -> None:
    time.sleep(seconds)


def litter(finish: bool) -> str:
    """Leave a folder behind, as a drawing library does that is killed."""
    folder = tempfile.mkdtemp(prefix="litter-")
    if not finish:
        os.kill(os.getpid(), 9)
    return folder
