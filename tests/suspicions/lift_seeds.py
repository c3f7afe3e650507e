"""A month of a city's lifts as their technicians work, with frauds put among it: what is to be found is known, whatever
else is found is a false alarm. Honest work here looks odd in many ways: teams of two of whom one leaves earlier, several
lifts of one yard within minutes, quick half-monthly visits, forgotten sign-outs, whole checklists tapped at the end,
clocks that are off, cards confirmed late, sister rooms that look alike. `TUNED` is the town the limits were looked at
with, `DEVELOPED` the one that improvements are tried on, `OTHER` one that nobody tuned on."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

from equipment.core.geo import GeoPoint, distance_m
from equipment.regulation.elevator_numbers import LiftLimits
from equipment.suspicions.lift_habits import PhotoSeen, habit_patterns, photo_patterns
from equipment.suspicions.lift_rules import PersonAt, ShownBy, VisitSeen, presence_patterns
from equipment.suspicions.rules import Suspected
from equipment.suspicions.states import SuspicionKind

FIRST = datetime(2026, 10, 1, 0, 0, tzinfo=UTC)  # eight in the morning at the site
MONTH = "2026-10"
CLASSES = (
    ("visit_half_month", 31, 20),
    ("visit_quarter", 44, 3),
    ("visit_half_year", 59, 1),
    ("visit_year", 76, 1),
)
NOTES = ("已清洁润滑", "运行正常", "已紧固", "有轻微异响，已调整", "油位正常", "间隙已调整", "已除尘")


@dataclass(frozen=True)
class LiftPace:
    """How a town works: minutes of a half-monthly visit, kilometres an hour on the way, and how often honest people do what
    looks odd."""

    minutes: tuple[int, int]
    road_kmh: tuple[int, int]
    park_minutes: float  # from the car to the lift, at least
    at_the_end: float  # checklists that are tapped when the work is done
    tap_ms: tuple[int, int]
    no_sign_out: float
    both_at_end: float  # signs in and out when the work is done
    confirms: tuple[float, float]  # how often people with cards confirm them
    leaves_early: float
    # Photos of other visits that look the same by chance: of 654 pairs of one room or its sister none did at 16 bits
    # of 256, of 327 from nearly one place ten did at 40 (tests/files/test_photo_marks.py).
    likeness: float
    hidden: bool  # frauds that hide better


TUNED = LiftPace(
    (25, 55), (25, 50), 2.0, 0.3, (1200, 2600), 0.01, 0.01, (0.5, 0.9), 0.15, 0.0005, hidden=False
)
DEVELOPED = LiftPace(
    (20, 50), (25, 60), 1.5, 0.4, (1000, 2200), 0.02, 0.015, (0.35, 0.9), 0.25, 0.0005, hidden=True
)
OTHER = LiftPace((17, 48), (22, 65), 1.2, 0.5, (850, 2000), 0.02, 0.02, (0.3, 0.8), 0.3, 0.0005, hidden=True)
TOWNS = (("tuned on", 1, TUNED), ("developed on", 7, DEVELOPED), ("nobody tuned on", 20261202, OTHER))


@dataclass(frozen=True)
class Site:
    place: GeoPoint
    lifts: tuple[UUID, ...]
    has_reader: bool


@dataclass
class Person:
    id: UUID
    phone: bool  # signs in himself; else by card
    confirms: float
    speed: float


@dataclass
class Crew:
    firm: UUID
    people: tuple[Person, Person]
    sites: list[Site]
    second_away_until: datetime = FIRST  # drove ahead, and works elsewhere


@dataclass
class LiftTown:
    """Facts of a month, and which visits each fraud left."""

    visits: list[VisitSeen] = field(default_factory=list)
    photos: list[PhotoSeen] = field(default_factory=list)
    frauds: list[tuple[SuspicionKind, frozenset[UUID]]] = field(default_factory=list)

    def patterns(self, limits: LiftLimits) -> list[Suspected]:
        """What is found in the whole month, firm by firm as at night."""
        usual = usual_minutes(self.visits)
        found = list(photo_patterns(self.photos, limits))
        for firm in sorted({visit.firm_id for visit in self.visits}):
            own = [visit for visit in self.visits if visit.firm_id == firm]
            found += presence_patterns(own, limits, MONTH)
            found += habit_patterns(own, usual, limits, MONTH)
        return found


def usual_minutes(visits: list[VisitSeen]) -> dict[str, float]:
    minutes: dict[str, list[int]] = {}
    for visit in visits:
        if visit.minutes is not None:
            minutes.setdefault(visit.duty, []).append(visit.minutes)
    return {duty: median(each) for duty, each in minutes.items()}


class Maker:
    """Makes the visits of a town; all chance comes from one seed."""

    def __init__(self, seed: int, pace: LiftPace) -> None:
        self.dice, self.pace, self.town = random.Random(seed), pace, LiftTown()

    def id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128))

    def crews(self, firms: int = 3, crews: int = 5, lifts: int = 56) -> list[Crew]:
        made = []
        for _ in range(firms):
            firm, away = self.id(), self.dice.random() < 0.4
            for number in range(crews):
                middle = (36.54, 104.17) if number or not away else (36.95, 104.55)
                people = (self.person(phone=True), self.person(phone=self.dice.random() < 0.5))
                made.append(Crew(firm, people, self.sites(middle, lifts)))
        return made

    def person(self, phone: bool) -> Person:
        confirms = 1.0 if phone else self.dice.uniform(*self.pace.confirms)
        return Person(self.id(), phone, confirms, self.dice.uniform(0.85, 1.2))

    def sites(self, middle: tuple[float, float], lifts: int) -> list[Site]:
        sites = []
        while lifts > 0:
            number = min(lifts, self.dice.choice((1, 1, 2, 2, 3, 4, 6, 9)))
            place = GeoPoint(middle[0] + self.dice.gauss(0, 0.022), middle[1] + self.dice.gauss(0, 0.03))
            sites.append(Site(place, tuple(self.id() for _ in range(number)), self.dice.random() < 0.25))
            lifts -= number
        return sites

    def visit(
        self,
        crew: Crew,
        site: Site,
        lift: UUID,
        at: datetime,
        minutes: int,
        people: tuple[PersonAt, ...] = (),
        *,
        duty: str = "",
        **more: object,
    ) -> VisitSeen:
        """One visit with its answers, on file."""
        chosen = self.dice.choices(CLASSES, [share for _, _, share in CLASSES])[0]
        kind = next((each for each in CLASSES if each[0] == duty), chosen)
        facts: dict[str, object] = {
            "visit_id": self.id(),
            "lift_id": lift,
            "firm_id": crew.firm,
            "duty": kind[0],
            "opened_at": at,
            "minutes": minutes,
            "place": site.place,
            "people": people or self.present(crew, site, at, minutes),
            "answered_by": crew.people[0].id,
            "gaps": self.gaps(kind[1]),
            "notes": self.notes(),
        }
        made = VisitSeen(**{**facts, **more})  # type: ignore[arg-type]
        self.town.visits.append(made)
        return made

    def present(self, crew: Crew, site: Site, at: datetime, minutes: int) -> tuple[PersonAt, ...]:
        """Both of the crew: the first opens and signs out; the second joins by his phone, or by his card."""
        until = at + timedelta(minutes=minutes)
        first, second = crew.people
        shown = ShownBy.READER if site.has_reader else ShownBy.OWN
        lead = PersonAt(first.id, at, until, shown, shown is ShownBy.OWN or self.dice.random() < 0.95)
        if self.dice.random() < 0.04 or at < crew.second_away_until:
            return (lead,)
        joins = at + timedelta(seconds=self.dice.randrange(20, 300))
        by = ShownBy.READER if site.has_reader else ShownBy.OWN if second.phone else ShownBy.COLLEAGUE
        confirmed = by is ShownBy.OWN or self.dice.random() < second.confirms
        holder = first.id if by is ShownBy.COLLEAGUE else None
        return (lead, PersonAt(second.id, min(joins, until), None, by, confirmed, holder))

    def gaps(self, items: int) -> dict[str, int]:
        """Walking from item to item, where some always take long; or all of them tapped at the end."""
        if self.dice.random() < self.pace.at_the_end:
            mean = self.dice.randrange(*self.pace.tap_ms)
            return {f"A-{n}": max(250, round(self.dice.gauss(mean, mean / 3))) for n in range(1, items)}
        slow = self.dice.uniform(0.7, 1.5)
        return {
            f"A-{n}": round(1000 * slow * (3 + 40 * (n % 7 == 0)) * self.dice.lognormvariate(0.6, 0.7))
            for n in range(1, items)
        }

    def notes(self) -> frozenset[tuple[str, str]]:
        if self.dice.random() < 0.05:  # what somebody writes under everything, at two items
            return frozenset({("A-3", NOTES[0]), ("A-9", NOTES[1])})
        if self.dice.random() < 0.04:
            return frozenset((f"A-{self.dice.randrange(1, 30)}", self.dice.choice(NOTES)) for _ in range(4))
        return frozenset()

    def month(self, crews: list[Crew], days: int = 30) -> None:
        for crew in crews:
            turns = [
                (site, lift)
                for _ in range(2)
                for site in self.dice.sample(crew.sites, len(crew.sites))
                for lift in site.lifts
            ]
            daily = math.ceil(len(turns) / (days * 5 / 7))
            for day in (day for day in range(days) if day % 7 < 5):
                self.day(crew, turns[:daily], FIRST + timedelta(days=day, minutes=self.dice.randrange(60)))
                turns = turns[daily:]

    def day(self, crew: Crew, turns: list[tuple[Site, UUID]], at: datetime) -> None:
        here: Site | None = None
        free = left = at  # when the last lift is done, and when all of the yard are
        for site, lift in turns:
            if here is not None and site is not here:
                free = left + self.journey(here, site)
            elif here is site:  # the next lift of the yard, often before the first is left
                free += timedelta(seconds=self.dice.randrange(30, 240))
                if self.dice.random() < 0.35:
                    free -= timedelta(minutes=self.dice.randrange(5, 18))
            free = self.work(crew, site, lift, free)
            left = max(left, free)
            here = site

    def work(self, crew: Crew, site: Site, lift: UUID, at: datetime) -> datetime:
        """One honest visit, in all its ways; answers when the crew is free again."""
        dice, pace = self.dice, self.pace
        minutes = round(dice.randrange(*pace.minutes) * crew.people[0].speed)
        lot, more = dice.random(), {}
        if lot < pace.both_at_end:
            begun, length = at + timedelta(minutes=minutes), dice.randrange(1, 4)
            made = self.visit(crew, site, lift, begun, length)
        else:
            made = self.visit(crew, site, lift, at, minutes)
        if dice.random() < pace.no_sign_out:
            more = {"minutes": None, "people": tuple(at._replace(until=None) for at in made.people)}
        if dice.random() < 0.01:  # a clock that is off, and known to be
            off = timedelta(minutes=dice.choice((-9, -5, 4, 8)))
            more = {
                "doubted": True,
                "people": tuple(one._replace(since=one.since + off) for one in made.people),
            }
        if more:
            self.town.visits[-1] = made._replace(**more)
        if dice.random() < pace.likeness * 3:
            self.like(made, dice.choice(self.town.visits), dice.randrange(4, 8))
        if dice.random() < pace.leaves_early and len(made.people) > 1 and crew.people[1].phone:
            self.goes_ahead(crew, site, made)
        return at + timedelta(minutes=minutes)

    def goes_ahead(self, crew: Crew, site: Site, visit: VisitSeen) -> None:
        """The second of a crew drives on before the first has signed out, and begins elsewhere alone."""
        other = self.dice.choice(crew.sites)
        if other is site or visit.minutes is None or visit.minutes < 15:
            return
        joined = visit.people[1].since
        begins = joined + timedelta(minutes=visit.minutes * 0.5) + self.journey(site, other)
        alone = PersonAt(crew.people[1].id, begins, None, ShownBy.OWN, True)
        ends = begins + timedelta(minutes=self.dice.randrange(*self.pace.minutes))
        helper = self.person(phone=True)
        people = (alone, PersonAt(helper.id, begins + timedelta(minutes=2), ends, ShownBy.OWN, True))
        self.visit(
            crew, other, self.dice.choice(other.lifts), begins, round((ends - begins).seconds / 60), people
        )
        crew.second_away_until = ends + timedelta(minutes=45)

    def journey(self, one: Site, other: Site) -> timedelta:
        road = distance_m(one.place, other.place) * 1.35 / 1000
        hours = road / self.dice.randrange(*self.pace.road_kmh)
        return timedelta(hours=hours, minutes=self.pace.park_minutes + self.dice.random() * 4)

    def like(self, visit: VisitSeen, earlier: VisitSeen, bits: int) -> None:
        if visit.visit_id == earlier.visit_id:
            return
        self.town.photos.append(
            PhotoSeen(
                visit.firm_id,
                self.id(),
                visit.visit_id,
                visit.lift_id,
                visit.opened_at,
                self.id(),
                earlier.visit_id,
                earlier.lift_id,
                bits,
            )
        )

    def note(self, kind: SuspicionKind, *visits: VisitSeen) -> None:
        self.town.frauds.append((kind, frozenset(visit.visit_id for visit in visits)))
