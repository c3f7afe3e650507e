"""疑点 of the last weeks: what some stations did that honest work hardly leaves, what was found of it in the
nights after, and what the bureau decided about some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.states import ScanPurpose
from equipment.inspections.actions import record
from equipment.inspections.checks import Result
from equipment.inspections.rules import InspectionKind
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.regulation.planning import Conclusion
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import Floor, GaugeReading, person_of, quiet_bottles
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.suspicions.actions import decide
from equipment.suspicions.collecting import RING, look_through_day
from equipment.suspicions.models import Suspicion
from equipment.suspicions.states import SuspicionKind, SuspicionState

AT_NIGHT = timedelta(hours=26, minutes=10)  # of the day after
HASTY_SECONDS = 12
TYPED_GROSS_G = 31_000
DECISIONS = (
    (SuspicionKind.TWO_STATIONS, SuspicionState.CLEARED, "两站已办产权转让，档案过户在途，已督促补录"),
    (SuspicionKind.SAME_GROSS, SuspicionState.FOLLOWED, "已约谈站长，三日内提交充装秤原始记录"),
    (SuspicionKind.TOO_FAST, SuspicionState.CLEARED, "批量补传：平板断网后集中上传，视频核对无异常"),
    (SuspicionKind.AFTER_SCRAP, SuspicionState.FINDING, "报废瓶仍在流通，现场查扣一只，责令全数清查"),
)


class Misconduct:
    """Bottles of each station in the order in which nobody saw them, and who does what with them."""

    def __init__(self, city: City, bottles: list[Piece]) -> None:
        self.city, self.bottles = city, bottles
        self.stations = city.of(OrganisationKind.STATION)
        self._floors: dict[int, Floor] = {}
        self._quiet: dict[int, Iterator[UUID]] = {}

    def floor(self, number: int) -> Floor:
        if number not in self._floors:
            self._floors[number] = Floor(self.city, self.stations[number])
        return self._floors[number]

    def bottle(self, number: int) -> UUID:
        if number not in self._quiet:
            since = clock.now() - timedelta(days=2)
            self._quiet[number] = iter(
                list(quiet_bottles(self.city, self.stations[number], self.bottles, since))
            )
        return next(self._quiet[number])

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        day = clock.site_midnight(self.city.today - timedelta(days=days))
        return day + timedelta(hours=hour, minutes=minute)

    def at_two_stations(self, own: int, other: int, days: int) -> None:
        """固定充装: filled at home, some days later at another's, although the scan said no."""
        bottle = self.bottle(own)
        self.floor(own).fill(bottle, self.at(days + 6, 9, 20))
        self.floor(other).fill(bottle, self.at(days, 15, 40))

    def in_two_places(self, first: int, second: int, days: int) -> None:
        """A copied label: read at one station, and minutes later at another."""
        bottle = self.bottle(first)
        self.floor(first).look(bottle, self.at(days, 10, 5), ScanPurpose.RECEIVE)
        self.floor(second).look(bottle, self.at(days, 10, 9), ScanPurpose.LOOK)

    def with_one_gross(self, station: int, days: int) -> None:
        """Whoever types a weight instead of reading the scale types the same for bottles of any tare."""
        floor, chosen = self.floor(station), [self.bottle(station) for _ in range(24)]
        tares = {bottle: _tare(bottle) for bottle in chosen}
        likely = sorted((tare, bottle) for bottle, tare in tares.items() if 16_200 <= tare <= 16_800)
        for place, (_, bottle) in enumerate([*likely[:3], *likely[-3:]]):
            reading = GaugeReading(gross_g=TYPED_GROSS_G)
            floor.fill(bottle, self.at(days, 18, 10 + 4 * place), reading=reading)

    def in_haste(self, station: int, days: int) -> None:
        """Six bottles, each full seconds after its scan."""
        for place in range(6):
            at = self.at(days, 20, 2 + place)
            self.floor(station).fill(self.bottle(station), at, 1, GaugeReading(seconds=HASTY_SECONDS))

    def after_scrap(self, station: int, days: int, place: int) -> None:
        """A paper record, entered a day late, of a bottle that is scrapped on file."""
        scrapped = [one for one in self.bottles if one.unit is self.stations[station]]
        piece = [one for one in scrapped if one.story == "scrapped"][place]
        at, floor = self.at(days, 16, 30), self.floor(station)
        with clock.played(self.at(days - 1, 8, 30)), transaction():
            bottle = session.get_one(Equipment, piece.id)
            gross_g = (
                _tare(piece.id) + 14_600 if bottle.details["model"] == "YSP35.5" else _tare(piece.id) + 4_700
            )
            enter_late(
                PaperFill(piece=bottle, gas=bottle.medium, happened_at=at, gross_g=gross_g),
                by=floor.people[0],
            )

    def before_its_inspection(self, station: int, days: int) -> None:
        """A ring of this month hung on the bottle before the body recorded the inspection."""
        inspected = self.city.today - timedelta(days=days)
        if inspected.day <= 3:  # both in one month
            inspected = inspected.replace(day=1) - timedelta(days=1)
        days = (self.city.today - inspected).days
        piece = self.bottle(station)
        with clock.played(self.at(days + 2, 9, 15)), transaction():
            bottle = session.get_one(Equipment, piece)
            ring_on = inspected.replace(day=1)
            change(bottle, {"last_inspected_on": ring_on}, by=self.floor(station).owner, reason=RING)
        body = next(
            unit
            for unit in self.city.of(OrganisationKind.BODY)
            if unit.id == session.get_one(Equipment, piece).inspection_body_id
        )
        with clock.played(self.at(days, 16, 20)), transaction():
            result = Result(
                kind=InspectionKind.INSPECTION,
                on=inspected,
                conclusion=Conclusion.PASSED,
                report_no=f"DEMO-QP-{inspected.year}-{days:03}",
                early=True,
            )
            record(session.get_one(Equipment, piece), result, by=person_of(body, Role.INSPECTOR))
        self.ring_on = inspected


def suspicions_of_weeks(city: City, bottles: list[Piece]) -> None:
    """Five patterns and a few more of some, found in the nights after; four of them are decided."""
    play = Misconduct(city, bottles)
    play.at_two_stations(1, 2, 12)
    play.at_two_stations(3, 1, 3)
    play.in_two_places(2, 5, 8)
    play.in_two_places(8, 0, 1)
    play.with_one_gross(4, 6)
    play.with_one_gross(4, 2)
    play.in_haste(3, 9)
    play.after_scrap(0, 5, 0)
    play.after_scrap(0, 3, 1)
    play.before_its_inspection(5, 4)
    days = {city.today - timedelta(days=number) for number in (12, 9, 8, 6, 5, 3, 2, 1)} | {play.ring_on}
    for day in sorted(days):
        with clock.played(clock.site_midnight(day) + AT_NIGHT):
            look_through_day(day)
    _decided(city)


def _decided(city: City) -> None:
    """The first of some kinds is decided, a day or two after it was found."""
    bureau = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    officer = person_of(bureau, Role.SUPERVISOR)
    with transaction():
        for kind, state, reason in DECISIONS:
            first = visible(SYSTEM, Suspicion).where(Suspicion.kind == kind).order_by(Suspicion.on)
            suspicion = session.scalars(first.limit(1)).one()
            with clock.played(min(suspicion.found_at + timedelta(hours=31), clock.now())):
                decide(suspicion, state, reason, by=officer)


def _tare(piece: UUID) -> int:
    tare = session.get_one(Equipment, piece).details["tare_g"]
    return int(str(tare))
