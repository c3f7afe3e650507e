"""What was looked up a moment ago: asked again within seconds, it is answered from memory. Per process, and
never longer than it says. A sandbox remembers for itself. What a page asks at many places is asked once in
its transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakSet

from cachetools import TTLCache
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from equipment.storage.db import Database, sandbox_here, session

K = TypeVar("K")
T = TypeVar("T")
MOST = 10_000
IN_TRANSACTION = "remembered"  # under which a session keeps what it loaded once

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


class OncePerTransaction(Generic[T]):
    """`values = OncePerTransaction(load)`; `values()` loads at most once in a transaction of the session.

    What the session writes is seen at once: while something waits to be written, and after anything was,
    it is loaded anew. What others commit is seen in the next transaction. A session in a sandbox has its own
    memory.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load

    def __call__(self) -> T:
        current = session()
        memory: dict[object, T] = current.info.get(IN_TRANSACTION, {})
        if self in memory and not (current.new or current.dirty or current.deleted):
            return memory[self]
        loaded = self._load()
        current.info.setdefault(IN_TRANSACTION, {})[self] = loaded
        return loaded


@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_transaction_end")
def _forget_transaction(written: Session, _what: object) -> None:
    written.info.pop(IN_TRANSACTION, None)


@event.listens_for(Session, "do_orm_execute")
def _forget_after_statement(executed: ORMExecuteState) -> None:
    if not executed.is_select:
        executed.session.info.pop(IN_TRANSACTION, None)
