"""Several requests, one commit: what makes a durable write cheap where one fsync is dear.

Requests stand in line; whoever is first leads: it takes all that are waiting, runs them in one transaction,
commits once (synchronous FULL), and only then is anybody answered. What comes in meanwhile waits for the next
commit. If a batch fails, each of its requests is tried by itself, so that one request's fault is never
another's; where the disk is full, every one of them hears so.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Generic, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from equipment.storage.db import is_locked_out, write_connection

Request = TypeVar("Request")
Answer = TypeVar("Answer")
ATTEMPTS = 4
AGAIN_STATES = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock


@dataclass(slots=True, eq=False)
class _Place(Generic[Request, Answer]):
    """One request's place in the line; `wake` is held until its answer is there, or the lead is its own."""

    request: Request
    answer: Answer | None = None
    error: BaseException | None = None
    served: bool = False
    wake: threading.Lock | None = None  # nobody wakes the leader


class SharedCommit(Generic[Request, Answer]):
    """`shared = SharedCommit(work)`; `shared(request)` returns once what `work` did for it is on disk.

    `work(connection, requests)` answers a sequence of requests in order and must not commit.
    """

    def __init__(
        self, work: Callable[[Connection, Sequence[Request]], Sequence[Answer]], most: int = 64
    ) -> None:
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._line: deque[_Place[Request, Answer]] = deque()
        self._busy = False

    def __call__(self, request: Request) -> Answer:
        place: _Place[Request, Answer] = _Place(request)
        with self._lock:
            self._line.append(place)
            leads, self._busy = not self._busy, True
            if not leads:
                place.wake = threading.Lock()
                place.wake.acquire()
        if place.wake is not None:
            place.wake.acquire()
        if not place.served:
            self._lead()
        if place.error is not None:
            raise place.error
        return place.answer  # type: ignore[return-value]

    def together(self, requests: Sequence[Request]) -> list[Answer]:
        """A batch that came as one: its own transaction, the same second try one by one."""
        places: list[_Place[Request, Answer]] = [_Place(request) for request in requests]
        self._serve(places)
        for place in places:
            if place.error is not None:
                raise place.error
        return [place.answer for place in places]  # type: ignore[misc]

    def _lead(self) -> None:
        """Serve everybody in line, the leader's own request first; then hand the lead to whoever came
        meanwhile."""
        with self._lock:
            batch = list(islice(self._line, self._most))
            for _place in batch:
                self._line.popleft()
        self._serve(batch)
        with self._lock:
            following = self._line[0] if self._line else None
            self._busy = following is not None
        for place in (*batch[1:], following):
            if place is not None and place.wake is not None:
                place.wake.release()

    def _serve(self, batch: Sequence[_Place[Request, Answer]]) -> None:
        requests = list(map(attrgetter("request"), batch))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with write_connection() as connection:
                    answers = self._work(connection, requests)
            except BaseException as error:  # noqa: BLE001  (none is swallowed: each request raises its own)
                if attempt < ATTEMPTS and isinstance(error, DBAPIError) and _worth_again(error):
                    continue
                if len(batch) > 1 and not is_locked_out(error):
                    for place in batch:
                        self._serve([place])
                else:
                    for place in batch:
                        place.error = error
            else:
                for place, answer in zip(batch, answers, strict=True):
                    place.answer = answer
            break
        for place in batch:
            place.served = True


def _worth_again(error: DBAPIError) -> bool:
    """Another process was faster: run again, and find what it did."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in AGAIN_STATES
