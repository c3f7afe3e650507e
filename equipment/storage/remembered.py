"""What was looked up a moment ago: asked again within seconds, it is answered from memory. Per process, and
never longer than it says. A sandbox remembers for itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakSet

from cachetools import TTLCache

from equipment.storage.db import Database, sandbox_here

K = TypeVar("K")
T = TypeVar("T")
MOST = 10_000

clock = time.monotonic
_all: WeakSet[Remembered] = WeakSet()  # type: ignore[type-arg]


class Remembered(Generic[K, T]):
    """`papers = Remembered[UUID, Station](5)`; `papers.get(key, load)` loads at most once in five seconds and
    key.

    An answer of None is nothing to remember. With `together`, many who ask at once wait for the one who
    counts.
    """

    def __init__(self, seconds: float, *, together: bool = False) -> None:
        self._cache: TTLCache[tuple[Database | None, K], T] = TTLCache(MOST, seconds, timer=clock)
        self._lock = threading.Lock()  # a TTLCache takes no threads by itself
        self._turn = threading.RLock() if together else None
        _all.add(self)

    def get(self, key: K, load: Callable[[], T]) -> T:
        place = sandbox_here(), key
        with self._lock:
            value: T | None = self._cache.get(place)
        if value is not None:
            return value
        if self._turn is None:
            return self._load(place, load)
        with self._turn:
            with self._lock:
                value = self._cache.get(place)  # somebody else may have counted meanwhile
            return value if value is not None else self._load(place, load)

    def _load(self, place: tuple[Database | None, K], load: Callable[[], T]) -> T:
        loaded = load()
        with self._lock:
            if loaded is None:
                self._cache.pop(place, None)
            else:
                self._cache[place] = loaded
        return loaded

    def forget(self) -> None:
        """Look everything up anew: what it was looked up from has changed in this process."""
        with self._lock:
            self._cache.clear()


def forget_all() -> None:
    """Know nothing, as a fresh process does."""
    for remembered in list(_all):
        remembered.forget()
