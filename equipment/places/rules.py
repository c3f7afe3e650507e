"""From what was recorded of a bottle to the intervals in which it was somewhere. Pure: whatever came in
late or in another order gives the same intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import NamedTuple
from uuid import UUID, uuid5

from equipment.places.states import PlaceEvent, PlaceState, next_place

# The id of an interval follows from the record that began it: derived again, it is the same row.
NAMESPACE = UUID("6f1f4c0e-2a1b-5c62-9d0e-0d3f8f6f9a11")
ORDER = {event: number for number, event in enumerate(PlaceEvent)}
WITHOUT_MOVING = (PlaceEvent.FROM_BODY, PlaceEvent.FOUND)  # where they change no state, they say nothing
MISSING = (PlaceEvent.LOST, PlaceEvent.NOT_ARRIVED)


@dataclass(frozen=True, slots=True)
class PlaceFact:
    """One record that says where a bottle was at an instant: `organisation_id` recorded it, `holder_id` has
    the bottle, or the customer `customer_id`."""

    at: datetime
    event: PlaceEvent
    organisation_id: UUID
    holder_id: UUID | None
    customer_id: UUID | None
    source: str
    source_id: UUID


@dataclass(frozen=True, slots=True)
class PlaceInterval:
    """From when until when a bottle was somewhere; `seen_at` is when it was last heard of there."""

    state: PlaceState
    began_by: PlaceFact
    holder_id: UUID | None
    customer_id: UUID | None
    until_at: datetime | None
    seen_at: datetime

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"{self.began_by.source}:{self.began_by.source_id}:{self.began_by.event}")


class _Step(NamedTuple):
    """What one record makes of where the bottle is."""

    fact: PlaceFact
    state: PlaceState
    holder_id: UUID | None
    customer_id: UUID | None

    @property
    def spot(self) -> tuple[PlaceState, UUID | None, UUID | None]:
        return self.state, self.holder_id, self.customer_id


def intervals(facts: Iterable[PlaceFact]) -> list[PlaceInterval]:
    """The intervals of one bottle, the earliest first, each ending where the next begins; of what is said of
    one instant the last word counts."""
    steps: list[_Step] = []
    for fact in sorted(facts, key=lambda fact: (fact.at, ORDER[fact.event], str(fact.source_id))):
        step = _next_step(steps[-1] if steps else None, fact)
        if step is not None:
            steps.append(step)
    last_words = [step for step, later in pairwise([*steps, None]) if _is_last_word(step, later)]
    line: list[PlaceInterval] = []
    for _spot, same in groupby(last_words, key=lambda step: step.spot if step else None):
        stay = [step for step in same if step]
        first = stay[0]
        heard = [step.fact.at for step in stay if step.fact.event not in MISSING]
        seen = heard[-1] if heard else line[-1].seen_at if line else first.fact.at
        if line:
            line[-1] = replace(line[-1], until_at=first.fact.at)
        line.append(PlaceInterval(first.state, first.fact, first.holder_id, first.customer_id, None, seen))
    return line


def _next_step(now: _Step | None, fact: PlaceFact) -> _Step | None:
    state = next_place(now.state if now else None, fact.event)
    if now is not None and now.state is state and fact.event in WITHOUT_MOVING:
        return None
    if now is not None and fact.event in MISSING:
        return _Step(fact, state, now.holder_id, now.customer_id)
    return _Step(fact, state, fact.holder_id, fact.customer_id)


def _is_last_word(step: _Step | None, later: _Step | None) -> bool:
    return step is not None and (later is None or later.fact.at > step.fact.at)
