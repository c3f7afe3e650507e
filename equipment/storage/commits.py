"""Several requests, one commit: what makes a durable write cheap where one fsync is dear.

Requests stand in line; whoever is first leads: it takes all that are waiting and prepares them, commits once
(synchronous FULL), and only then is anybody answered. What comes in meanwhile waits for the next commit.
Everything is read, decided and encoded before the writer's lock; behind it the facts are compared with those
that were read (moved: all is prepared again, now that nothing moves), the rows inserted and committed.
If a batch fails, each of its requests is tried by itself, so that one request's fault is never another's;
where the disk is full, every one of them hears so. Each database has a line of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from equipment.storage.db import Database, here, is_locked_out, writing_on
from equipment.storage.statements import Statement, run

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)
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


class _Queue(Generic[Request, Answer]):
    """Who waits for the next commit to one database."""

    __slots__ = ("busy", "places")

    def __init__(self) -> None:
        self.places: deque[_Place[Request, Answer]] = deque()
        self.busy = False


class Prepared(Protocol[Answer_co]):
    """What a batch of requests came to: an answer to each, in order, and what is to be written; without a
    statement, nothing is."""

    @property
    def answers(self) -> Sequence[Answer_co]: ...
    @property
    def statements(self) -> Sequence[Statement]: ...

    def holds(self, connection: Connection) -> bool:
        """Whether the facts behind it are still the same; from then on nobody else can change them."""


class SharedCommit(Generic[Request, Answer]):
    """`shared = SharedCommit(prepare)`; `shared(request)` returns once what was prepared for it is on disk.

    `prepare(connection, requests)` only reads, and first what `holds` compares.
    """

    def __init__(
        self, prepare: Callable[[Connection, Sequence[Request]], Prepared[Answer]], most: int = 64
    ) -> None:
        self._prepare, self._most = prepare, most
        self._lock = threading.Lock()
        self._queues: WeakKeyDictionary[Database, _Queue[Request, Answer]] = WeakKeyDictionary()

    def __call__(self, request: Request) -> Answer:
        """Whoever leads serves everybody in line, its own request first; then it hands the lead to whoever
        came meanwhile."""
        place: _Place[Request, Answer] = _Place(request)
        database = here()
        with self._lock:
            queue = self._queues.get(database) or self._queues.setdefault(database, _Queue())
            queue.places.append(place)
            leads, queue.busy = not queue.busy, True
            if not leads:
                place.wake = threading.Lock()
                place.wake.acquire()
        if place.wake is not None:
            place.wake.acquire()
        if not place.served:
            with self._lock:
                batch = [queue.places.popleft() for _ in range(min(self._most, len(queue.places)))]
            self._serve(batch)
            with self._lock:
                following = queue.places[0] if queue.places else None
                queue.busy = following is not None
            for woken in (*batch[1:], following):
                if woken is not None and woken.wake is not None:
                    woken.wake.release()
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

    def _serve(self, batch: Sequence[_Place[Request, Answer]]) -> None:
        requests = list(map(attrgetter("request"), batch))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with here().engine.connect() as connection:
                    with connection.begin():
                        prepared = self._prepare(connection, requests)
                    if prepared.statements:
                        with writing_on(connection):
                            while not prepared.holds(connection):
                                prepared = self._prepare(connection, requests)
                            for statement in prepared.statements:
                                run(connection, statement)
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
                for place, answer in zip(batch, prepared.answers, strict=True):
                    place.answer = answer
            break
        for place in batch:
            place.served = True


def _worth_again(error: DBAPIError) -> bool:
    """Another process was faster: run again, and find what it did."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in AGAIN_STATES
