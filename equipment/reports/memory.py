"""What was counted a moment ago: a first page that fifty people open is counted once. Per process, by database and question."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from equipment import db

T = TypeVar("T")
MOST = 2000

_kept: dict[tuple[Any, ...], tuple[float, Any]] = {}
_one_at_a_time = threading.RLock()


def remembered(seconds: float, question: tuple[Any, ...], count: Callable[[], T]) -> T:
    """The answer to a question, at most so old; asked by many at once it is counted once."""
    key = (str(db.engine.url), *question)
    known = _kept.get(key)
    if known and known[0] > time.monotonic():
        return known[1]
    with _one_at_a_time:
        known = _kept.get(key)
        if known and known[0] > time.monotonic():
            return known[1]
        answer = count()
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = (time.monotonic() + seconds, answer)
    return answer


def forget() -> None:
    """Count anew at the next question: after a report was issued, and between tests."""
    _kept.clear()
