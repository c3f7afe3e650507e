"""Patterns as the bureau reads them, and how many frauds of two made-up months they find."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_numbers import station_limits, suspicion_limits
from equipment.suspicions.rules import FillSeen, RingSeen, ScanSeen, suspicions
from equipment.suspicions.states import OF_CYLINDERS
from equipment.suspicions.states import SuspicionKind as K
from tests.suspicions.measure import measured
from tests.suspicions.seeds import TOWNS, TUNED, Pace, town

LIMITS = suspicion_limits(CYLINDER.regulation, date(2026, 11, 1))
OF_STATIONS = station_limits(CYLINDER.regulation, date(2026, 11, 1))
NOON = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
A, B, ANN = UUID(int=1), UUID(int=2), UUID(int=3)


def fill(number: int, *, station: UUID = A, bottle: int = 0, after: float = 0, took: int = 60, gross: int | None = 31_000,
         tare: int | None = 16_500, **more: object) -> FillSeen:  # fmt: skip
    at = NOON + timedelta(seconds=after)
    return FillSeen(
        UUID(int=100 + number),
        UUID(int=1000 + (bottle or number)),
        station,
        ANN,
        at,
        at + timedelta(seconds=took),
        gross,
        tare,
        **more,  # type: ignore[arg-type]
    )


def scan(number: int, organisation: UUID, area: str, minutes: float) -> ScanSeen:
    return ScanSeen(UUID(int=number), UUID(int=7), organisation, area, NOON + timedelta(minutes=minutes))


def kinds(fills: list[FillSeen] = [], scans: list[ScanSeen] = [], rings: list[RingSeen] = []) -> list[K]:  # noqa: B006
    return [one.kind for one in suspicions(fills, scans, rings, LIMITS)]


DAY = 86400
CASES = [
    (
        "two stations in a month",
        [fill(1, bottle=5), fill(2, bottle=5, station=B, after=29 * DAY)],
        [K.TWO_STATIONS],
    ),
    ("two stations in two months", [fill(1, bottle=5), fill(2, bottle=5, station=B, after=60 * DAY)], []),
    (
        "a breathing cylinder goes anywhere",
        [fill(1, bottle=5), fill(2, bottle=5, station=B, after=DAY, anywhere=True)],
        [],
    ),
    ("twice at one station", [fill(1, bottle=5), fill(2, bottle=5, after=DAY)], []),
    ("filled the day after it was scrapped", [fill(1, scrapped_on=date(2026, 10, 31))], [K.AFTER_SCRAP]),
    ("filled on the day it was scrapped", [fill(1, scrapped_on=date(2026, 11, 1))], []),
    (
        "five of one gross, tares apart",
        [fill(n, after=120 * n, tare=16_400 + 100 * n) for n in range(5)],
        [K.SAME_GROSS],
    ),
    ("four of one gross", [fill(n, after=120 * n, tare=16_400 + 100 * n) for n in range(4)], []),
    ("five of one gross, tares of one model", [fill(n, after=120 * n, tare=16_500) for n in range(5)], []),
    ("by pressure there is no gross", [fill(n, after=120 * n, gross=None, tare=None) for n in range(9)], []),
    (
        "five within seconds",
        [fill(n, after=60 * n, took=12, gross=30_000 + n) for n in range(5)],
        [K.TOO_FAST],
    ),
    (
        "one slow bottle among quick ones hides nothing",
        [fill(n, after=60 * n, took=25 if n == 2 else 12, gross=30_000 + n) for n in range(5)],
        [K.TOO_FAST],
    ),
    (
        "five that took twenty seconds each",
        [fill(n, after=60 * n, took=20, gross=30_000 + n) for n in range(5)],
        [],
    ),
    (
        "twenty-six in five minutes",
        [fill(n, after=11 * n, gross=30_000 + n) for n in range(26)],
        [K.TOO_FAST],
    ),
    ("twenty-five in five minutes", [fill(n, after=11 * n, gross=30_000 + n) for n in range(25)], []),
    (
        "two people do twice as much",
        [fill(n, after=11 * n, gross=30_000 + n)._replace(person_id=UUID(int=n % 2)) for n in range(26)],
        [],
    ),
    ("four within seconds", [fill(n, after=60 * n, took=12, gross=30_000 + n) for n in range(4)], []),
    ("five by a manifold", [fill(n, took=5, alone=False) for n in range(5)], []),
    ("forty-one in ten minutes", [fill(n, after=14 * n, gross=30_000 + n) for n in range(41)], [K.TOO_FAST]),
    ("forty in ten minutes", [fill(n, after=14.9 * n, gross=30_000 + n) for n in range(40)], []),
]


@pytest.mark.parametrize(("fills", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_patterns_in_fills(fills: list[FillSeen], expected: list[K]) -> None:
    assert kinds(fills) == expected


@pytest.mark.parametrize(
    ("minutes", "areas", "expected"),
    [
        (9, ("62040201", "62040202"), [K.TWO_PLACES]),
        (10, ("62040201", "62040202"), []),
        (39, ("620402", "620421"), [K.TWO_PLACES]),
        (40, ("620402", "620421"), []),
    ],
)
def test_one_label_in_two_places(minutes: int, areas: tuple[str, str], expected: list[K]) -> None:
    assert kinds(scans=[scan(1, A, areas[0], 0), scan(2, B, areas[1], minutes)]) == expected
    assert kinds(scans=[scan(1, A, areas[0], 0), scan(2, A, areas[1], minutes)]) == []


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(20, [K.TWO_PLACES], id="while it is being filled"),
        pytest.param(34, [K.TWO_PLACES], id="nine minutes after its fill"),
        pytest.param(35, [], id="ten minutes after its fill"),
    ],
)
def test_a_bottle_leaves_a_station_when_its_fill_has_ended(minutes: int, expected: list[K]) -> None:
    first = scan(1, A, "620402", 0)._replace(until=NOON + timedelta(minutes=25))
    again = scan(3, A, "620402", 2)  # read once more while it is filled
    assert kinds(scans=[first, scan(2, B, "620402", minutes)]) == expected
    assert kinds(scans=[first, again, scan(2, B, "620402", minutes)]) == expected


def test_what_overlaps_is_one_stretch() -> None:
    fills = [fill(n, after=5 * n, took=8, gross=30_000 + n) for n in range(50)]
    (one,) = suspicions(fills, [], [], LIMITS)
    assert (one.kind, len(one.records)) == (K.TOO_FAST, 50)
    assert one.figures == {"bottles": 50, "seconds": 5 * 49 + 8, "mean": 8}


@pytest.mark.parametrize(
    ("read", "ring", "inspected", "expected"),
    [
        pytest.param(
            date(2026, 11, 3), date(2026, 11, 1), date(2026, 11, 9), [K.RING_FIRST], id="hung before"
        ),
        pytest.param(date(2026, 11, 9), date(2026, 11, 1), date(2026, 11, 9), [], id="on the same day"),
        pytest.param(date(2026, 11, 3), date(2022, 11, 1), date(2026, 11, 9), [], id="the old ring"),
    ],
)
def test_a_ring_that_hung_before_the_inspection(
    read: date, ring: date, inspected: date, expected: list[K]
) -> None:
    assert kinds(rings=[RingSeen(UUID(int=7), UUID(int=8), A, read, ring, inspected)]) == expected


@pytest.mark.parametrize(("seed", "pace"), [pytest.param(seed, pace, id=name) for name, seed, pace in TOWNS])
def test_nine_of_ten_frauds_are_found_and_one_alarm_in_a_thousand_fills_is_false_at_most(
    seed: int, pace: Pace
) -> None:
    made = town(seed, pace)
    result = measured(made.frauds, made.patterns(LIMITS, OF_STATIONS))
    assert set(result.frauds) == set(OF_CYLINDERS)  # every pattern is among them
    assert result.overall >= 0.9
    assert result.false_alarms.total() <= len(made.fills) / 1000


def test_the_same_facts_in_any_order_give_the_same_patterns() -> None:
    made = town(3, TUNED, days=5)
    backwards = suspicions(made.fills[::-1], made.scans[::-1], made.rings[::-1], LIMITS)
    assert suspicions(made.fills, made.scans, made.rings, LIMITS) == backwards
