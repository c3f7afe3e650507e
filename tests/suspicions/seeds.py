"""A month of a city's stations as they work, with frauds put among it: what is to be found is known, whatever else is
found is a false alarm. `TUNED` is the town the limits were looked at with, `DEVELOPED` the one that improvements of the
rules are tried on, `OTHER` one that nobody tuned on: other people, paces, scales and frauds that hide better."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from equipment.regulation.cylinder_numbers import StationLimits, SuspicionLimits
from equipment.suspicions.rules import FillSeen, RingSeen, ScanSeen, Suspected, suspicions
from equipment.suspicions.states import SuspicionKind
from tests.suspicions.station_seeds import (
    DEVELOPED_HABIT,
    OTHER_HABIT,
    TUNED_HABIT,
    Habit,
    StationDays,
    month_patterns,
    station_days,
)

FIRST = datetime(2026, 10, 1, 0, 0, tzinfo=UTC)  # eight in the morning at the site


@dataclass
class Town:
    """Facts of a month, and which records each fraud left."""

    fills: list[FillSeen] = field(default_factory=list)
    scans: list[ScanSeen] = field(default_factory=list)
    rings: list[RingSeen] = field(default_factory=list)
    stations: list[StationDays] = field(default_factory=list)
    frauds: list[tuple[SuspicionKind, frozenset[UUID]]] = field(
        default_factory=list
    )  # records, or the station

    def patterns(self, limits: SuspicionLimits, of_stations: StationLimits) -> list[Suspected]:
        """What is found in the whole month."""
        found = suspicions(self.fills, self.scans, self.rings, limits)
        return [*found, *month_patterns(self.stations, of_stations)]


@dataclass(frozen=True)
class Pace:
    """How a town works: seconds from scan to weight, tares on file (kg, spread in g), the steps of its scales, and
    the habits that look odd and are honest."""

    seconds: tuple[int, int]
    tare_spread_g: int
    step_g: int
    quick_top_ups: float
    same_target: float
    habit: Habit
    hidden: bool = True  # frauds that hide better, and a station that weighs every bottle to one gross


TUNED = Pace((55, 190), 900, 100, 0.01, 0.05, TUNED_HABIT, hidden=False)
DEVELOPED = Pace((45, 170), 750, 50, 0.015, 0.07, DEVELOPED_HABIT)
OTHER = Pace((38, 150), 600, 50, 0.02, 0.10, OTHER_HABIT)
TOWNS = (("tuned on", 1, TUNED), ("developed on", 7, DEVELOPED), ("nobody tuned on", 20261129, OTHER))


def town(seed: int, pace: Pace, *, stations: int = 6, days: int = 30, bottles_a_day: int = 90) -> Town:
    dice, made = random.Random(seed), Town()

    def new_id() -> UUID:
        return UUID(int=dice.getrandbits(128))

    places = [(new_id(), f"6204{2 + number % 3:02}") for number in range(stations)]
    people = {station: [new_id() for _ in range(3)] for station, _ in places}
    nominal = (
        places[0][0] if pace.hidden else None
    )  # its tares are those of the model, its gross always the same
    stock = {
        station: [
            (new_id(), 16_500 + dice.randrange(-pace.tare_spread_g, pace.tare_spread_g, pace.step_g))
            for _ in range(1500)
        ]
        for station, _ in places
    }

    def scanned(bottle: UUID, station: UUID, area: str, at: datetime) -> UUID:
        key = new_id()
        made.scans.append(ScanSeen(key, bottle, station, area, at))
        return key

    def filled(
        station: UUID,
        area: str,
        who: UUID,
        bottle: tuple[UUID, int],
        at: datetime,
        gross: int,
        took: int,
        **more: object,
    ) -> UUID:
        key = new_id()
        scanned(bottle[0], station, area, at)
        made.fills.append(
            FillSeen(key, bottle[0], station, who, at, at + timedelta(seconds=took), gross, bottle[1], **more)  # type: ignore[arg-type]
        )
        return key

    for number in range(days):
        for station, area in places:
            for who in people[station]:
                at = FIRST + timedelta(days=number, seconds=dice.randrange(0, 5400))
                target = dice.choice((14_400, 14_500, 14_600))
                for bottle in dice.sample(stock[station], bottles_a_day // 3):
                    gross = bottle[1] + target + dice.randrange(-300, 300)
                    if station == nominal:
                        bottle, gross = (bottle[0], 16_500), 31_000
                    if dice.random() < pace.same_target:  # filled to a round gross, as some do
                        gross = 31_000
                    took = dice.randrange(*pace.seconds)
                    if dice.random() < pace.quick_top_ups:
                        took = dice.randrange(8, 20)
                    filled(station, area, who, bottle, at, gross // pace.step_g * pace.step_g, took)
                    at += timedelta(seconds=dice.randrange(18, 140))
            if dice.random() < 0.2:  # a manifold's bottles end together
                at = FIRST + timedelta(days=number, hours=7)
                for bottle in dice.sample(stock[station], 12):
                    filled(station, area, people[station][0], bottle, at, 0, 1500, alone=False)
    for (
        station,
        area,
    ) in places:  # honest ways of bottles: breathing cylinders, moved stock, read again next day
        elsewhere = dice.choice([place for place in places if place[0] != station])
        for _ in range(15):
            bottle = (new_id(), 9_000)
            at = FIRST + timedelta(days=dice.randrange(days), hours=6)
            filled(station, area, people[station][1], bottle, at, 12_000, 90, anywhere=True)
            filled(
                *elsewhere, people[elsewhere[0]][1], bottle, at + timedelta(days=2), 12_000, 90, anywhere=True
            )
        for _ in range(10):
            bottle = new_id()
            read = date(2026, 9, 1) + timedelta(days=dice.randrange(20))
            made.rings.append(
                RingSeen(bottle, new_id(), station, read, date(2022, 9, 1), read + timedelta(days=30))
            )
    _frauds(dice, made, pace, places, people, stock, filled, scanned)
    _copies_while_filling(random.Random(seed + 1), made, places, people)
    made.stations = station_days(seed, pace.habit)
    made.frauds += [(each.kind, frozenset({each.id})) for each in made.stations if each.kind is not None]
    return made


def _copies_while_filling(
    dice: random.Random, made: Town, places: list[tuple[UUID, str]], people: dict[UUID, list[UUID]]
) -> None:
    """A bottle stands at one station until its fill has ended; a copy of its label is read at another too soon
    after that, and often later after the scan than the way takes."""
    for _ in range(10):
        (first, area), (second, other) = dice.sample(places, 2)
        bottle, at = UUID(int=dice.getrandbits(128)), FIRST + timedelta(days=dice.randrange(30), hours=9)
        one, two, fill = (UUID(int=dice.getrandbits(128)) for _ in range(3))
        ended = at + timedelta(minutes=dice.randrange(4, 30))
        apart = timedelta(minutes=dice.randrange(1, 10 if area == other else 40))
        made.scans += [
            ScanSeen(one, bottle, first, area, at, ended),
            ScanSeen(two, bottle, second, other, ended + apart),
        ]
        made.fills.append(
            FillSeen(fill, bottle, first, people[first][0], at, ended, 31_040, 16_500, anywhere=True)
        )
        made.frauds.append((SuspicionKind.TWO_PLACES, frozenset({one, two})))


def _frauds(dice, made, pace, places, people, stock, filled, scanned) -> None:  # type: ignore[no-untyped-def]
    def day(hour: float = 8.5) -> datetime:
        return FIRST + timedelta(days=dice.randrange(30), hours=hour, seconds=dice.randrange(600))

    def note(kind: SuspicionKind, *records: UUID) -> None:
        made.frauds.append((kind, frozenset(records)))

    def two() -> Iterator[tuple[UUID, str]]:
        return iter(dice.sample(places, 2))

    hidden = pace.hidden
    for _ in range(20):
        (first, area), (second, other) = two()
        bottle = dice.choice(stock[first])
        at = day()
        one = filled(first, area, people[first][0], bottle, at, bottle[1] + 14_500, 100)
        two_ = filled(
            second,
            other,
            people[second][0],
            bottle,
            at + timedelta(days=dice.randrange(1, 34 if hidden else 20)),
            bottle[1] + 14_500,
            100,
        )
        note(SuspicionKind.TWO_STATIONS, one, two_)
    for _ in range(20):
        (first, area), (second, other) = two()
        bottle = dice.choice(stock[first])[0]
        at = day(9.5)
        apart = dice.randrange(1, (11 if hidden else 9) if area == other else (43 if hidden else 35))
        note(
            SuspicionKind.TWO_PLACES,
            scanned(bottle, first, area, at),
            scanned(bottle, second, other, at + timedelta(minutes=apart)),
        )
    for _ in range(20):
        station, area = dice.choice(places)
        who, at = dice.choice(people[station]), day(10.0)
        bottles = dice.sample(stock[station], dice.randrange(4, 9) if hidden else dice.randrange(8, 20))
        if max(tare for _, tare in bottles) - min(tare for _, tare in bottles) < 300:
            continue
        keys = []
        for bottle in bottles:
            keys.append(filled(station, area, who, bottle, at, 31_000, dice.randrange(*pace.seconds)))
            at += timedelta(seconds=dice.randrange(60, 120))
        note(SuspicionKind.SAME_GROSS, *keys)
    for number in range(20):
        station, area = dice.choice(places)
        who, at = dice.choice(people[station]), day(11.0)
        keys = []
        if number % 2:
            for bottle in dice.sample(stock[station], 6 if hidden else 12):
                keys.append(
                    filled(
                        station,
                        area,
                        who,
                        bottle,
                        at,
                        bottle[1] + dice.randrange(14_000, 14_900),
                        dice.randrange(3, 21 if hidden else 19),
                    )
                )
                at += timedelta(seconds=dice.randrange(20, 40))
        else:
            for bottle in dice.sample(stock[station], dice.randrange(36, 60) if hidden else 60):
                keys.append(
                    filled(
                        station,
                        area,
                        who,
                        bottle,
                        at,
                        bottle[1] + dice.randrange(14_000, 14_900),
                        dice.randrange(30, 90),
                    )
                )
                at += timedelta(seconds=dice.randrange(2, 12))
        note(SuspicionKind.TOO_FAST, *keys)
    for _ in range(20):
        station, area = dice.choice(places)
        at, bottle = day(), (UUID(int=dice.getrandbits(128)), 16_500)
        gone = (at - timedelta(days=dice.randrange(1, 90))).date()
        note(
            SuspicionKind.AFTER_SCRAP,
            filled(station, area, people[station][2], bottle, at, 31_000, 80, scrapped_on=gone),
        )
    for _ in range(20):
        station, _area = dice.choice(places)
        inspected = date(2026, 10, dice.randrange(10, 29))
        ring = RingSeen(
            UUID(int=dice.getrandbits(128)),
            UUID(int=dice.getrandbits(128)),
            station,
            inspected - timedelta(days=dice.randrange(1, 9)),
            inspected.replace(day=1),
            inspected,
        )
        made.rings.append(ring)
        note(SuspicionKind.RING_FIRST, ring.inspection_id)
