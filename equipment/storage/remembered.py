"""What was looked up a moment ago: asked again within seconds, it is answered from memory. Per process, and never longer than it says."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakSet

K = TypeVar("K")
T = TypeVar("T")
MOST = 10_000

clock = time.monotonic
_all: WeakSet[Remembered] = WeakSet()  # type: ignore[type-arg]


class Remembered(Generic[K, T]):
    """`papers = Remembered[UUID, Station](5)`; `papers.get(key, load)` loads at most once in five seconds and key.

    An answer of None is nothing to remember. With `together`, many who ask at once wait for the one who counts.
    """

    def __init__(self, seconds: float, *, together: bool = False) -> None:
        self._seconds = seconds
        self._kept: dict[K, tuple[float, T]] = {}
        self._turn = threading.RLock() if together else None
        _all.add(self)

    def get(self, key: K, load: Callable[[], T]) -> T:
        known = self._kept.get(key)
        if known and known[0] > clock():
            return known[1]
        if self._turn is None:
            return self._load(key, load)
        with self._turn:
            known = self._kept.get(key)
            return known[1] if known and known[0] > clock() else self._load(key, load)

    def _load(self, key: K, load: Callable[[], T]) -> T:
        found = load()
        if found is None:
            self._kept.pop(key, None)
            return found
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = (clock() + self._seconds, found)
        return found

    def forget(self) -> None:
        """Look everything up anew: what it was looked up from has changed in this process."""
        self._kept.clear()


def forget_all() -> None:
    """Know nothing, as a fresh process does."""
    for each in _all:
        each.forget()
