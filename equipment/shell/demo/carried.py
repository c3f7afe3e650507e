"""配送 of the last eighteen months, where they still matter: a bottle that was filled went to a customer the
next morning and is with him until it is seen again. Written with the fills, for the same reason: nobody waits
for the demonstration until some thousand bottles were loaded one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.people.rules import OrganisationKind, Role
from equipment.places.models import Customer, DeliveryNote, NoteRow
from equipment.places.states import NoteRowKind, NoteState, PlaceState
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.names import SHOPS, STREETS, WORKSHOPS
from equipment.shell.demo.writing import TableRow

LEADING_CUSTOMERS, CUSTOMERS = 9, 3
TRUCKS = (("甘D3F016", "赵长顺"), ("甘D7K205", "马卫东"))
NOTE_BOTTLES = 40


@dataclass
class Carried:
    """The customers of the leading station, and which bottles are with whom, the last delivered last."""

    customers: list[UUID] = field(default_factory=list)
    bottles: dict[UUID, list[UUID]] = field(default_factory=dict)


def carry(city: City) -> Carried:
    """Notes of every station that has customers; what was filled yesterday and today is still there."""
    leading, carried = city.of(OrganisationKind.STATION)[0], Carried()
    for station in city.of(OrganisationKind.STATION):
        if station.gases == ("CNG",):  # their cylinders are on cars
            continue
        customers = _customers(city, station, LEADING_CUSTOMERS if station is leading else CUSTOMERS)
        out = _Notes(city, station, customers)
        for day, bottles in sorted(_last_filled(city, station).items()):
            out.on(day, bottles)
        if station is leading:
            carried = Carried(customers, out.bottles)
    return carried


def _customers(city: City, station: Unit, count: int) -> list[UUID]:
    names = SHOPS if station.gases == ("LPG",) else WORKSHOPS
    first = city.of(OrganisationKind.STATION).index(station) if count == CUSTOMERS else 0
    rows = []
    for number in range(count):
        row = city.book.add(
            Customer,
            organisation_id=station.id,
            id=city.book.id(),
            name=names[(first + number) % len(names)],
            address=f"{STREETS[(first + 4 * number) % len(STREETS)]}{9 + 14 * number + first}号",
            phone=f"190 43{first:02} {number + 1:04}",
            created_at=city.start,
        )
        payload = {"customer": row["id"]}
        city.book.tell(
            city.start,
            "organisation",
            station.id,
            "customer.added",
            [(Customer, row)],
            by=_owner(station),
            **payload,
        )
        rows.append(row["id"])
    return rows


def _last_filled(city: City, station: Unit) -> dict[date, list[UUID]]:
    """The bottles that nobody scanned since they were filled, by the day after, until yesterday."""
    last: dict[UUID, TableRow] = {}
    for scan in city.book.rows[Scan]:
        key = scan["equipment_id"]
        if scan["organisation_id"] == station.id and (
            key not in last or scan["happened_at"] >= last[key]["happened_at"]
        ):
            last[key] = scan
    filled = {row["id"] for row in city.book.rows[Fill] if row["state"] is FillState.FILLED}
    days: dict[date, list[UUID]] = defaultdict(list)
    for key, scan in last.items():
        day = scan["on"] + timedelta(days=1)
        if scan["fill_id"] in filled and day < city.today:
            days[day].append(key)
    return days


class _Notes:
    """The delivery notes of one station, numbered by their years."""

    def __init__(self, city: City, station: Unit, customers: Sequence[UUID]) -> None:
        self.city, self.station, self.customers = city, station, customers
        self.bottles: dict[UUID, list[UUID]] = defaultdict(list)
        self._numbers: dict[int, int] = defaultdict(int)
        self._turn = 0

    def on(self, day: date, bottles: Sequence[UUID]) -> None:
        for place, start in enumerate(range(0, len(bottles), NOTE_BOTTLES)):
            at = clock.site_midnight(day) + timedelta(hours=8, minutes=10 + 25 * place)
            self._note(at, bottles[start : start + NOTE_BOTTLES])

    def _note(self, at: datetime, bottles: Sequence[UUID]) -> None:
        customer, (plate, driver) = self.customers[self._turn % len(self.customers)], TRUCKS[self._turn % 2]
        self._turn += 1
        year = clock.site_day(at).year
        self._numbers[year] += 1
        who = self.station.people[Role.OPERATOR][0]
        note = self.city.book.add(
            DeliveryNote,
            organisation_id=self.station.id,
            id=self.city.book.id(),
            number=f"PS{year}-{self._numbers[year]:05}",
            customer_id=customer,
            plate=plate,
            driver=driver,
            state=NoteState.DELIVERED,
            opened_by=who["id"],
            opened_at=at,
            left_by=who["id"],
            left_at=at + timedelta(minutes=20),
            handed_by=who["id"],
            handed_at=at + timedelta(minutes=75),
        )
        self._tell(note, [self._row(note, place, bottle) for place, bottle in enumerate(bottles)])
        self.bottles[customer] += bottles

    def _row(self, note: TableRow, place: int, bottle: UUID) -> TableRow:
        return self.city.book.add(
            NoteRow,
            organisation_id=self.station.id,
            note_id=note["id"],
            row_no=place + 1,
            equipment_id=bottle,
            kind=NoteRowKind.OUT,
            was=PlaceState.FULL,
            at=note["opened_at"] + timedelta(seconds=20 * (place + 1)),
            user_id=note["opened_by"],
        )

    def _tell(self, note: TableRow, rows: Sequence[TableRow]) -> None:
        """Opened, loaded, left and handed over, as the actions tell it."""
        gone = {"handed_by": None, "handed_at": None, "state": NoteState.ON_WAY}
        loading = note | gone | {"left_by": None, "left_at": None, "state": NoteState.LOADING}
        about = {"note": note["id"], "number": note["number"]}
        tell, who, key = self.city.book.tell, self.station.people[Role.OPERATOR][0], note["id"]
        tell(
            note["opened_at"], "delivery_note", key, "note.opened", [(DeliveryNote, loading)], by=who, **about
        )
        for row in rows:
            both = [(DeliveryNote, loading), (NoteRow, row)]
            bottle = row["equipment_id"]
            tell(row["at"], "delivery_note", key, "note.loaded", both, by=who, **about, bottle=bottle)
        left, handed = [(DeliveryNote, note | gone)], [(DeliveryNote, note)]
        about["bottles"] = len(rows)
        tell(note["left_at"], "delivery_note", key, "note.left", left, by=who, **about)
        about["customer"] = note["customer_id"]
        tell(note["handed_at"], "delivery_note", key, "note.handed_over", handed, by=who, **about)


def _owner(station: Unit) -> TableRow:
    return station.one(Role.STATION_OWNER)
