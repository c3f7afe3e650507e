"""Where each event takes a bottle, and that the order in which records arrive does not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment.places.rules import PlaceFact, PlaceInterval, intervals
from equipment.places.states import PlaceEvent, PlaceState, next_place

P, V = PlaceState, PlaceEvent
# Every pair: from nowhere, empty, full, on its way, at the customer, at inspection, lost.
FROM = (None, P.EMPTY, P.FULL, P.ON_WAY, P.AT_USER, P.AT_BODY, P.LOST)
TABLE = {
    V.RECEIVED: (P.EMPTY,) * 7,
    V.SCANNED: (P.EMPTY, P.EMPTY, P.FULL, P.EMPTY, P.EMPTY, P.EMPTY, P.EMPTY),
    V.FILLED: (P.FULL,) * 7,
    V.SENT_OUT: (P.ON_WAY,) * 7,
    V.DELIVERED: (P.AT_USER,) * 7,
    V.TAKEN_BACK: (P.EMPTY, P.EMPTY, P.FULL, P.FULL, P.EMPTY, P.EMPTY, P.EMPTY),
    V.TO_BODY: (P.AT_BODY,) * 7,
    V.FROM_BODY: (P.EMPTY, P.EMPTY, P.FULL, P.ON_WAY, P.AT_USER, P.EMPTY, P.EMPTY),
    V.NOT_ARRIVED: (P.LOST,) * 7,
    V.LOST: (P.LOST,) * 7,
    V.FOUND: (P.EMPTY, P.EMPTY, P.FULL, P.ON_WAY, P.AT_USER, P.AT_BODY, P.EMPTY),
}
STATION, OTHER, BODY, CUSTOMER = (UUID(int=number) for number in range(1, 5))
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def fact(hour: int, event: PlaceEvent, *, station: UUID = STATION, key: int = 0) -> PlaceFact:
    holder = {V.TO_BODY: BODY, V.DELIVERED: None}.get(event, station)
    customer = CUSTOMER if event in (V.SENT_OUT, V.DELIVERED) else None
    at = BEGAN + timedelta(hours=hour)
    return PlaceFact(at, event, station, holder, customer, "test", UUID(int=100 + hour * 1000 + key))


def told(line: list[PlaceInterval]) -> list[tuple[PlaceState, int, int | None]]:
    """State, first hour, last hour."""
    hour = timedelta(hours=1)
    return [
        (
            each.state,
            (each.began_by.at - BEGAN) // hour,
            (each.until_at - BEGAN) // hour if each.until_at else None,
        )
        for each in line
    ]


@pytest.mark.parametrize("event", PlaceEvent)
def test_every_event_takes_a_bottle_from_every_place_to_one(event: PlaceEvent) -> None:
    assert tuple(next_place(place, event) for place in FROM) == TABLE[event]


def test_a_round_of_a_bottle_from_the_truck_to_the_customer_and_back() -> None:
    facts = [
        fact(0, V.RECEIVED),
        fact(1, V.SCANNED),
        fact(2, V.FILLED),
        fact(5, V.SENT_OUT),
        fact(6, V.DELIVERED),
        fact(90, V.TAKEN_BACK),
    ]
    line = intervals(facts)
    assert told(line) == [
        (P.EMPTY, 0, 2),
        (P.FULL, 2, 5),
        (P.ON_WAY, 5, 6),
        (P.AT_USER, 6, 90),
        (P.EMPTY, 90, None),
    ]
    assert [(each.holder_id, each.customer_id) for each in line[2:4]] == [
        (STATION, CUSTOMER),
        (None, CUSTOMER),
    ]


def test_a_late_scan_lands_at_its_own_time_and_cuts_the_interval_it_falls_into() -> None:
    early = [fact(0, V.RECEIVED), fact(9, V.SENT_OUT)]
    assert told(intervals(early)) == [(P.EMPTY, 0, 9), (P.ON_WAY, 9, None)]
    assert told(intervals([*early, fact(4, V.FILLED)])) == [
        (P.EMPTY, 0, 4),
        (P.FULL, 4, 9),
        (P.ON_WAY, 9, None),
    ]


def test_a_lost_bottle_stays_with_who_had_it_and_any_scan_finds_it() -> None:
    line = intervals([fact(0, V.DELIVERED), fact(50, V.LOST), fact(80, V.RECEIVED)])
    assert told(line) == [(P.AT_USER, 0, 50), (P.LOST, 50, 80), (P.EMPTY, 80, None)]
    assert (line[1].customer_id, line[1].seen_at) == (CUSTOMER, BEGAN)


def test_another_station_that_scans_it_has_it_from_then_on() -> None:
    line = intervals([fact(0, V.FILLED), fact(3, V.SCANNED, station=OTHER)])
    assert [(each.state, each.holder_id) for each in line] == [(P.FULL, STATION), (P.FULL, OTHER)]


def test_a_paper_of_the_body_that_comes_after_the_bottle_moves_nothing() -> None:
    line = intervals([fact(0, V.TO_BODY), fact(5, V.FILLED), fact(8, V.FROM_BODY)])
    assert told(line) == [(P.AT_BODY, 0, 5), (P.FULL, 5, None)]


def test_of_one_instant_the_last_word_counts_and_leaves_no_seam() -> None:
    line = intervals([fact(0, V.RECEIVED), fact(2, V.FILLED), fact(2, V.SENT_OUT)])
    assert told(line) == [(P.EMPTY, 0, 2), (P.ON_WAY, 2, None)]
    assert told(intervals([fact(0, V.RECEIVED), fact(1, V.RECEIVED)])) == [(P.EMPTY, 0, None)]


FACTS = st.lists(
    st.builds(
        fact,
        st.integers(0, 12),
        st.sampled_from(PlaceEvent),
        station=st.sampled_from((STATION, OTHER)),
        key=st.integers(0, 9),
    ),
    max_size=12,
    unique_by=lambda fact: fact.source_id,
)


@given(FACTS, st.randoms())
def test_any_order_gives_the_same_intervals_which_never_overlap(
    facts: list[PlaceFact], random: Random
) -> None:
    line = intervals(facts)
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert intervals(shuffled) == line
    assert bool(line) == bool(facts)
    for one, two in pairwise(line):
        assert one.began_by.at < two.began_by.at
        assert one.until_at == two.began_by.at
        assert (one.state, one.holder_id, one.customer_id) != (two.state, two.holder_id, two.customer_id)
    assert all(each.until_at is None for each in line[-1:])
