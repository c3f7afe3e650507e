"""Several requests, one commit: what makes a durable write cheap where one fsync is dear.

Requests stand in line; whoever is first leads: it takes all that are waiting, runs them in one transaction, commits once
(synchronous FULL), and only then is anybody answered. What comes in meanwhile waits for the next commit. If a batch fails, each of its
requests is tried by itself, so that one request's fault is never another's; where the disk is full, every one of them hears so.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from equipment.storage.db import write_connection

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
ATTEMPTS = 4
AGAIN_STATES = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock


class _Place(Generic[Asked, Answer]):
    """One request's place in the line."""

    __slots__ = ("answer", "asked", "error", "served", "wake")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self.served = False
        self.wake = threading.Lock()
        self.wake.acquire()

    def result(self) -> Answer:
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]


class SharedCommit(Generic[Asked, Answer]):
    """`shared = SharedCommit(work)`; `shared(asked)` returns once what `work` did for it is on disk.

    `work(connection, asked)` answers a sequence of requests in order and must not commit.
    """

    def __init__(self, work: Callable[[Connection, Sequence[Asked]], Sequence[Answer]], most: int = 64) -> None:
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._line: deque[_Place[Asked, Answer]] = deque()
        self._busy = False

    def __call__(self, asked: Asked) -> Answer:
        place: _Place[Asked, Answer] = _Place(asked)
        with self._lock:
            self._line.append(place)
            leads, self._busy = not self._busy, True
        if not leads:
            place.wake.acquire()
        if not place.served:
            self._lead()
        return place.result()

    def together(self, asked: Sequence[Asked]) -> list[Answer]:
        """A batch that came as one: its own transaction, the same second try one by one."""
        places: list[_Place[Asked, Answer]] = [_Place(each) for each in asked]
        self._serve(places)
        return [place.result() for place in places]

    def _lead(self) -> None:
        """Serve everybody in line, the leader's own request first; then hand the lead to whoever came meanwhile."""
        with self._lock:
            batch = [self._line.popleft() for _ in range(min(len(self._line), self._most))]
        self._serve(batch)
        with self._lock:
            following = self._line[0] if self._line else None
            self._busy = following is not None
        if following is not None:
            following.wake.release()
        for place in batch[1:]:
            place.wake.release()

    def _serve(self, batch: Sequence[_Place[Asked, Answer]]) -> None:
        try:
            self._commit(batch)
        except BaseException as error:  # noqa: BLE001  (nothing is swallowed: each request raises its own in its own thread)
            if len(batch) > 1:
                for place in batch:
                    self._serve([place])
            else:
                batch[0].error = error
        for place in batch:
            place.served = True

    def _commit(self, batch: Sequence[_Place[Asked, Answer]]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with write_connection() as connection:
                    answers = self._work(connection, [place.asked for place in batch])
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _worth_again(error):
                    raise
                continue
            for place, answer in zip(batch, answers, strict=True):
                place.answer = answer
            return


def _worth_again(error: DBAPIError) -> bool:
    """Another process was faster: run again, and find what it did."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in AGAIN_STATES
