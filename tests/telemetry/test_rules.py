"""Messages of gateways add up to days, whatever order they come in; tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from equipment.telemetry.rules import (
    Allowance,
    DaySums,
    GatewayTopic,
    LiftProgress,
    LinkState,
    StatusReport,
    advance,
    available_permille,
    counted_at,
    counted_since,
    seconds_by_day,
    topic_in,
    translated,
)

GAP = timedelta(minutes=10)
NOON = datetime(2026, 11, 29, 4, tzinfo=UTC)  # 12:00 on site
DAY = date(2026, 11, 29)
GATEWAY = UUID("019c0000-0000-7000-8000-000000000001")


def at(minutes: float, *, up: bool = True, runs: int | None = None, doors: int | None = None) -> StatusReport:
    return StatusReport(NOON + timedelta(minutes=minutes), up, runs, doors)


HEARD = [
    # what it shows, messages, (in service, out of service) s, runs, door cycles
    ("one message alone says how it stands, not for how long", [at(0, runs=100)], (0, 0), 0, 0),
    ("between two messages it was as the first said", [at(0, runs=100), at(1, runs=103)], (60, 0), 3, 0),
    ("it stood still from the message that says so", [at(0), at(1, up=False), at(6)], (60, 300), 0, 0),
    ("over a silence longer than the gap nothing is known", [at(0, runs=5), at(11, runs=9)], (0, 0), 4, 0),
    ("a silence of just the gap is heard", [at(0), at(10)], (600, 0), 0, 0),
    ("a counter that stands lower began anew", [at(0, runs=900), at(1, runs=4)], (60, 0), 4, 0),
    ("a message without counters leaves them", [at(0, runs=7), at(1), at(2, runs=9)], (120, 0), 2, 0),
    ("doors are counted by themselves", [at(0, doors=10), at(1, doors=16)], (60, 0), 0, 6),
]


@pytest.mark.parametrize(
    ("shows", "reports", "seconds", "runs", "doors"), HEARD, ids=[row[0] for row in HEARD]
)
def test_what_a_day_adds_up_to(
    shows: str, reports: list[StatusReport], seconds: tuple[int, int], runs: int, doors: int
) -> None:
    for order in permutations(reports):
        progress = LiftProgress(LinkState())
        advance(progress, order, GAP)
        advance(progress, order, GAP)  # sent twice
        assert progress.days == {DAY: DaySums(*seconds, runs, doors)}


def test_what_came_late_changes_nothing_that_was_added_up() -> None:
    progress = LiftProgress(LinkState())
    advance(progress, [at(0, runs=10), at(2, runs=14)], GAP)
    advance(progress, [at(1, up=False, runs=12)], GAP)
    assert progress.days == {DAY: DaySums(120, 0, 4, 0)}


def test_a_night_is_shared_between_its_days() -> None:
    midnight = datetime(2026, 11, 29, 16, tzinfo=UTC)
    start, end = midnight - timedelta(seconds=40), midnight + timedelta(seconds=80)
    assert seconds_by_day(start, end) == {DAY: 40, DAY + timedelta(days=1): 80}


COUNTED = [(None, 5, 0), (5, None, 0), (5, 5, 0), (5, 8, 3), (8, 5, 5), (0, 0, 0)]


@pytest.mark.parametrize(("before", "now", "more"), COUNTED)
def test_what_a_counter_went_on_by(before: int | None, now: int | None, more: int) -> None:
    assert counted_since(before, now) == more


@pytest.mark.parametrize(("up", "down", "share"), [(0, 0, None), (60, 0, 1000), (0, 60, 0), (3, 1, 750)])
def test_availability_is_of_the_time_heard(up: int, down: int, share: int | None) -> None:
    assert available_permille(up, down) == share


AHEAD, QUEUED = timedelta(minutes=10), timedelta(days=7)
CLOCKS = [
    ("in time", timedelta(0), timedelta(0)),
    ("a little fast counts as now", timedelta(minutes=5), timedelta(0)),
    ("too fast is not believed", timedelta(minutes=11), None),
    ("queued for a day", timedelta(days=-1), timedelta(days=-1)),
    ("older than anything queued", timedelta(days=-8), None),
]


@pytest.mark.parametrize(("shows", "off", "counts"), CLOCKS, ids=[row[0] for row in CLOCKS])
def test_which_moment_counts(shows: str, off: timedelta, counts: timedelta | None) -> None:
    expected = None if counts is None else NOON + counts
    assert counted_at(NOON + off, NOON, AHEAD, QUEUED) == expected


def test_an_allowance_flows_in_evenly_and_is_never_more_than_a_minute() -> None:
    allowance = Allowance(60)
    assert allowance.take(50, 100.0) == 50
    assert allowance.take(50, 100.0) == 10
    assert (allowance.take(1, 100.5), allowance.wait_s(5)) == (0, 5)
    assert allowance.take(9, 103.0) == 3
    assert allowance.take(500, 10_000.0) == 60


TOPICS = [
    (f"lifts/v1/{GATEWAY}/ABC", GatewayTopic(GATEWAY, "ABC")),
    (f"lifts/v1/{GATEWAY}/A%2FB", GatewayTopic(GATEWAY, "A/B")),
    (f"lifts/v1/{GATEWAY}/A/B", None),
    (f"lifts/v1/{GATEWAY}/", None),
    (f"x/lifts/v1/{GATEWAY}/ABC", None),
    ("lifts/v1/not-an-id/ABC", None),
    ("", None),
]


@pytest.mark.parametrize(("topic", "says"), TOPICS)
def test_what_a_topic_says(topic: str, says: GatewayTopic | None) -> None:
    assert topic_in(topic) == says


def test_a_makers_words_become_ours() -> None:
    message = {"dev": {"no": "T1", "st": "E21"}, "ts": "2026-11-29T12:00:00+08:00", "type": "ERR"}
    fields = {"dev.no": "lift", "dev.st": "code", "ts": "at", "type": "kind"}
    codes = {"E21": "door", "ERR": "fault"}
    assert translated(message, fields, codes) == {
        "lift": "T1",
        "code": "door",
        "at": "2026-11-29T12:00:00+08:00",
        "kind": "fault",
    }
