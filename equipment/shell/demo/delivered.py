"""配送 of the leading station this morning, note by note: two with the customer and their empties back, one on
the road, one being loaded, one called off; bottles that are said to be missing, one of which turned up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState
from equipment.people.rules import OrganisationKind, Role
from equipment.people.scope import visible
from equipment.places import notes
from equipment.places.actions import report_place
from equipment.places.queries import interval_now
from equipment.places.states import PlaceReportKind, PlaceState
from equipment.register.models import Equipment
from equipment.shell.demo.carried import TRUCKS, Carried
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction

LOADED, EMPTIES = 9, 7
MISSING = (
    (19, "客户搬迁，钢瓶未退，电话无人接听"),
    (12, "配送途中遗失，已报警"),
    (6, "用户称被收废品的收走"),
)


class Gate:
    """The station's gate: notes are opened for one customer after another, trucks in turn."""

    def __init__(self, city: City, carried: Carried) -> None:
        station = city.of(OrganisationKind.STATION)[0]
        self.city, self.carried, self.turn = city, carried, 0
        self.owner, self.worker = person_of(station, Role.STATION_OWNER), person_of(station, Role.OPERATOR)

    def in_stock(self) -> Iterator[UUID]:
        """The bottles that were filled yesterday and not scanned today, the first first."""
        seen_today = select(Scan.equipment_id).where(
            Scan.on == self.city.today, Scan.equipment_id.is_not(None)
        )
        fills = visible(self.worker, Fill).where(
            Fill.on == self.city.today - timedelta(days=1),
            Fill.state == FillState.FILLED,
            Fill.equipment_id.not_in(seen_today),
        )
        in_order = fills.order_by(Fill.filled_at, Fill.id).with_only_columns(Fill.equipment_id)
        return iter(session.scalars(in_order).all())

    def note(self, at: datetime, bottles: Sequence[UUID]) -> UUID:
        """A note that is being loaded."""
        customer, (plate, driver) = self.carried.customers[self.turn], TRUCKS[self.turn % len(TRUCKS)]
        self.turn += 1
        with transaction():
            with clock.played(at):
                note = notes.open_note(new_id(), customer, plate, driver, by=self.worker)
            for place, bottle in enumerate(bottles):
                code = session.get_one(Equipment, bottle).label_code or ""
                with clock.played(at + timedelta(seconds=25 * (place + 1))):
                    notes.load(note, code, by=self.worker)
            return note.id

    def still_with(self, customer: UUID) -> UUID:
        """The bottle that a customer has had for longest."""
        held = [(bottle, interval_now(bottle)) for bottle in self.carried.bottles[customer][:12]]
        return next(bottle for bottle, now in held if now and now.state is PlaceState.AT_USER)

    def leaves(self, note_id: UUID, at: datetime) -> None:
        with clock.played(at), transaction():
            notes.leave(notes.note_of(note_id, by=self.worker), by=self.worker)

    def arrives(self, note_id: UUID, at: datetime) -> None:
        """Handed over, and what was empty there comes along on the way back."""
        with clock.played(at), transaction():
            note = notes.hand_over(notes.note_of(note_id, by=self.worker), by=self.worker)
            for bottle in self.carried.bottles[note.customer_id][:EMPTIES]:
                code = session.get_one(Equipment, bottle).label_code or ""
                notes.take_back(note, code, by=self.worker)

    def calls_off(self, note_id: UUID, at: datetime) -> None:
        with clock.played(at), transaction():
            notes.cancel_note(notes.note_of(note_id, by=self.worker), "客户改期，明日送", by=self.worker)


def deliveries_of_today(city: City, carried: Carried) -> None:
    gate, now = Gate(city, carried), clock.now()
    stock = gate.in_stock()
    for begun in (185, 150):
        note = gate.note(now - timedelta(minutes=begun), [next(stock) for _ in range(LOADED)])
        gate.leaves(note, now - timedelta(minutes=begun - 15))
        gate.arrives(note, now - timedelta(minutes=begun - 60))
    on_road = gate.note(now - timedelta(minutes=50), [next(stock) for _ in range(LOADED)])
    gate.leaves(on_road, now - timedelta(minutes=38))
    called_off = gate.note(now - timedelta(minutes=32), [next(stock) for _ in range(2)])
    gate.calls_off(called_off, now - timedelta(minutes=24))
    gate.note(now - timedelta(minutes=9), [next(stock) for _ in range(LOADED // 2)])
    _missing(gate)


def _missing(gate: Gate) -> None:
    """Bottles that customers never gave back; the last of them turned up."""
    for place, (days, reason) in enumerate(MISSING):
        bottle = gate.still_with(gate.carried.customers[4 + place])
        at = clock.site_midnight(gate.city.today - timedelta(days=days)) + timedelta(hours=17)
        with clock.played(at), transaction():
            piece = session.get_one(Equipment, bottle)
            report_place(piece, PlaceReportKind.LOST, reason, by=gate.owner, at=at)
    found_at = at + timedelta(days=3, hours=1)
    with clock.played(found_at), transaction():
        piece = session.get_one(Equipment, bottle)
        reason = "废品站交回，外观完好"
        report_place(piece, PlaceReportKind.FOUND, reason, by=gate.owner, at=found_at)
