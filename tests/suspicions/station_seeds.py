"""Two months of a hundred licensed stations and the month that is looked through: how many labels each reads on a
day and what came of them. Honest ones close for holidays, have slow weeks, lose power for a day and enter it by
hand; eight of each kind do what the bureau should notice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from equipment.regulation.cylinder_numbers import StationLimits
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import OF_STATIONS, SuspicionKind
from equipment.suspicions.station_rules import StationActivity, longest_gap, station_patterns

FIRST, MONTH = date(2026, 7, 23), date(2026, 10, 1)  # 70 days before the month
DAYS = 101
EACH = 8  # stations of each fraud


@dataclass(frozen=True)
class Habit:
    """How stations work: bottles on a day, days closed in a row, shares in per cent, how much a fraud shows."""

    bottles: tuple[int, int]
    closed: int
    refused: tuple[float, float]
    no_result: tuple[float, float]
    slow_week: float  # to what share the slowest week falls
    left: tuple[float, float]  # of the usual, at a station that is down
    one_sided: tuple[float, float]  # share of a one-sided station
    silence: tuple[int, int]  # days


TUNED_HABIT = Habit((30, 300), 2, (0.5, 4), (0.5, 6), 0.8, (0.1, 0.4), (0.3, 0.9), (9, 25))
DEVELOPED_HABIT = Habit((20, 350), 3, (0.4, 3), (0.5, 8), 0.75, (0.15, 0.46), (0.22, 0.8), (8, 20))
OTHER_HABIT = Habit((15, 400), 3, (0.3, 3), (0.5, 10), 0.7, (0.2, 0.5), (0.18, 0.6), (7, 16))


@dataclass
class StationDays:
    """One station: by day scans, refused, let through without result, results entered by hand."""

    id: UUID
    kind: SuspicionKind | None
    days: dict[date, tuple[int, int, int, int]] = field(default_factory=dict)


def station_days(seed: int, habit: Habit, number: int = 100) -> list[StationDays]:
    dice = random.Random(seed * 7919)
    kinds = [kind for kind in OF_STATIONS for _ in range(EACH)]
    return [
        _station(dice, habit, kinds[each] if each < len(kinds) else None, UUID(int=dice.getrandbits(128)))
        for each in range(number)
    ]


def _station(dice: random.Random, habit: Habit, kind: SuspicionKind | None, key: UUID) -> StationDays:
    made, usual = StationDays(key, kind), dice.randint(*habit.bottles)
    refused, unheard = dice.uniform(*habit.refused) / 100, dice.uniform(*habit.no_result) / 100
    closed_from, closed = dice.randrange(DAYS), dice.randint(0, habit.closed)
    rests_on = dice.choice((None, 6))  # closed on Sundays
    weeks = [dice.uniform(habit.slow_week, 1.1) for _ in range(DAYS // 7 + 1)]
    dark_day = dice.randrange(DAYS)
    begins = MONTH + timedelta(days=dice.randrange(2, 12))
    ends = begins + timedelta(days=dice.randint(*habit.silence))
    left, share = dice.uniform(*habit.left), dice.uniform(*habit.one_sided)
    for number in range(DAYS):
        on = FIRST + timedelta(days=number)
        is_closed = closed_from <= number < closed_from + closed or on.weekday() == rests_on
        if is_closed or (kind is SuspicionKind.SILENT and begins <= on < ends):
            continue
        bottles = round(usual * weeks[number // 7] * dice.uniform(0.85, 1.15))
        if kind is SuspicionKind.DOWN and on >= begins:
            bottles = round(bottles * left)
        red = 0 if kind is SuspicionKind.NEVER_REFUSES else _some(dice, bottles, refused)
        silent_share = share if kind is SuspicionKind.NO_RESULTS and on >= begins else unheard
        by_hand = (
            share if kind is SuspicionKind.NO_SCANS and on >= begins else 1.0 if number == dark_day else 0.0
        )
        late = _some(dice, bottles - red, by_hand)
        made.days[on] = (bottles - late, red, _some(dice, bottles - red - late, silent_share), late)
    return made


def _some(dice: random.Random, whole: int, share: float) -> int:
    return sum(dice.random() < share for _ in range(whole))


def activity(station: StationDays, on: date, limits: StationLimits) -> StationActivity:
    """What the nightly look reads of a station on a day."""
    window = on - timedelta(days=limits.compared_days)
    usual = window - timedelta(days=limits.usual_days)
    seen = {day: row for day, row in station.days.items() if usual < day <= on}
    new = [row for day, row in seen.items() if day > window]
    let_through = sum(scans - red for scans, red, _, _ in new)
    without_result = sum(unheard for _, _, unheard, _ in new)
    late = sum(late for _, _, _, late in new)
    return StationActivity(
        max((day for day, row in station.days.items() if day <= on and row[0]), default=None),
        FIRST,
        sum(scans for scans, *_ in new),
        longest_gap((day for day, row in seen.items() if day > window and row[0]), window, on),
        sum(row[0] for day, row in seen.items() if day <= window),
        sum(row[1] for row in seen.values()),
        let_through,
        without_result,
        let_through - without_result + late,
        late,
    )


def month_patterns(town: list[StationDays], limits: StationLimits) -> list[Suspected]:
    """Every pattern of the month, each once, as the nightly look puts it on record."""
    known: dict[tuple[UUID, str], Suspected] = {}
    for number in range(31):
        on = MONTH + timedelta(days=number)
        for pattern in _of_day(town, on, limits):
            known.setdefault((pattern.organisation_id, pattern.key), pattern)
    return list(known.values())


def _of_day(town: list[StationDays], on: date, limits: StationLimits) -> Iterator[Suspected]:
    return station_patterns(((station.id, activity(station, on, limits)) for station in town), on, limits)
