"""客户 of a station: who has its bottles, how many, for how long. Names, addresses and telephones stand in one
table of the station alone; ledger lines and intervals know an id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger import actions as ledger
from equipment.people.rules import OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.places.models import Customer, DeliveryNote, Whereabouts
from equipment.places.queries import GONE, MANY_DIGITS
from equipment.places.states import NoteState, PlaceState
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Customer"), 24, "text"),
    (N_("Address"), 36, "text"),
    (N_("Phone"), 16, "text"),
    (N_("Bottles now"), 10, "number"),
    (N_("Longest out, days"), 14, "number"),
    (N_("Longest silent, days"), 14, "number"),
    (N_("Last delivery"), 14, "day"),
    (N_("On the list"), 10, "text"),
)
CUSTOMER_SORTS = {"name": (Customer.name, Customer.id)}


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as the list shows him: bottles with him now, for how many days the oldest is out and the
    quietest was not heard of, and when he was last delivered to."""

    record: Customer
    bottles: int
    days_out: int | None
    days_silent: int | None
    delivered_at: datetime | None

    @property
    def id(self) -> UUID:
        return self.record.id


def add_customer(name: str, address: str, phone: str, *, by: Viewer) -> Customer:
    """A customer of the station."""
    if by.organisation_kind != OrganisationKind.STATION or by.organisation_id is None:
        raise NotAllowed(N_("Only a filling station delivers bottles."))
    customer = Customer(
        organisation_id=by.organisation_id,
        id=new_id(),
        name=_named(name),
        address=address.strip()[:200],
        phone=phone.strip()[:30],
        created_at=clock.now(),
    )
    session.add(customer)
    _record(customer, "customer.added", by)
    return customer


def change_customer(
    customer: Customer, name: str, address: str, phone: str, *, active: bool, by: Viewer
) -> Customer:
    """What the station knows of him; one who is off the list gets no new delivery note. The ledger hears
    which fields changed, not what they say."""
    values = {
        "name": _named(name),
        "address": address.strip()[:200],
        "phone": phone.strip()[:30],
        "active": active,
    }
    changed = [name for name, value in values.items() if getattr(customer, name) != value]
    for name in changed:
        setattr(customer, name, values[name])
    if changed:
        _record(customer, "customer.changed", by, fields=changed)
    return customer


def customer_of(key: UUID, *, by: Viewer) -> Customer:
    """One customer of the viewer's station; NotFound otherwise."""
    customer = session.scalar(visible(by, Customer).where(Customer.id == key))
    if customer is None or customer.organisation_id != by.organisation_id:
        raise NotFound
    return customer


def customers(viewer: Viewer, filters: Mapping[str, str]) -> Select[Customer]:
    """Customers of the viewer's own station with these filters; `silent` is a number of days in which nothing
    was heard of a bottle that is with them."""
    listed = visible(viewer, Customer).where(Customer.organisation_id == viewer.organisation_id)
    if text := filters.get("q", "").strip():
        columns = (Customer.name, Customer.address, Customer.phone)
        listed = listed.where(or_(*(column.contains(text, autoescape=True) for column in columns)))
    there = _bottles_there(viewer)
    silent = filters.get("silent", "")
    if silent.isdecimal() and len(silent) < MANY_DIGITS:
        there = there.where(Whereabouts.seen_at < clock.now() - timedelta(days=int(silent)))
    if silent or filters.get("holding"):
        listed = listed.where(Customer.id.in_(there.with_only_columns(Whereabouts.customer_id)))
    if filters.get("off"):
        return listed.where(Customer.active.is_(False))
    return listed


def bottles_and_holders(viewer: Viewer, filters: Mapping[str, str]) -> tuple[int, int]:
    """(bottles, customers who have any) of those behind the filters."""
    ids = customers(viewer, filters).with_only_columns(Customer.id)
    counted = _bottles_there(viewer).where(Whereabouts.customer_id.in_(ids))
    numbers = (func.count(), func.count(Whereabouts.customer_id.distinct()))
    row = session.execute(counted.with_only_columns(*numbers, maintain_column_froms=True)).one()
    return row[0], row[1]


def history(viewer: Viewer, customer: Customer) -> Select[Whereabouts, Equipment]:
    """Every time that a bottle was with him, the bottles that are there now too."""
    return (
        visible(viewer, Whereabouts)
        .join(Equipment, Equipment.id == Whereabouts.equipment_id)
        .where(Whereabouts.customer_id == customer.id, Whereabouts.state == PlaceState.AT_USER)
        .add_columns(Equipment)
    )


def customer_rows(viewer: Viewer, records: Sequence[Customer]) -> list[CustomerRow]:
    """Each with his bottles and his last delivery, in two statements."""
    ids = [record.id for record in records]
    there, delivered, today = _held(viewer, ids), _deliveries(viewer, ids), clock.today()
    rows = []
    for record in records:
        number, since, seen = there.get(record.id, (0, None, None))
        days_out = (today - clock.site_day(since)).days if since else None
        silent = (today - clock.site_day(seen)).days if seen else None
        rows.append(CustomerRow(record, number, days_out, silent, delivered.get(record.id)))
    return rows


def customer_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The customers behind the filters, for the station's own use."""
    parts = in_parts(customers(viewer, filters), Customer.name, Customer.id)
    cells = (_cells(row, say) for part in parts for row in customer_rows(viewer, part))
    columns = [TableColumn(say(name), width, kind) for name, width, kind in COLUMNS]
    return Table(say(N_("Customers")), columns, cells)


def _cells(row: CustomerRow, say: Say) -> list[object]:
    return [
        row.record.name,
        row.record.address,
        row.record.phone,
        row.bottles,
        row.days_out,
        row.days_silent,
        clock.site_day(row.delivered_at) if row.delivered_at else None,
        say(N_("Yes")) if row.record.active else say(N_("No")),
    ]


def _bottles_there(viewer: Viewer) -> Select[Whereabouts]:
    """Where customers have bottles of the viewer's station now."""
    return (
        visible(viewer, Whereabouts)
        .join(Equipment, Equipment.id == Whereabouts.equipment_id)
        .where(
            Whereabouts.until_at.is_(None),
            Whereabouts.state == PlaceState.AT_USER,
            Whereabouts.customer_id.is_not(None),
            Equipment.status.not_in(GONE),
        )
    )


def _held(viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, tuple[int, datetime | None, datetime | None]]:
    """By customer: (bottles, since when the oldest is there, since when the quietest was not heard of)."""
    counted = (
        _bottles_there(viewer)
        .where(Whereabouts.customer_id.in_(ids))
        .with_only_columns(
            Whereabouts.customer_id,
            func.count(),
            func.min(Whereabouts.from_at),
            func.min(Whereabouts.seen_at),
            maintain_column_froms=True,
        )
        .group_by(Whereabouts.customer_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(counted) if row[0]}


def _deliveries(viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, datetime]:
    last = (
        visible(viewer, DeliveryNote)
        .where(DeliveryNote.customer_id.in_(ids), DeliveryNote.state == NoteState.DELIVERED)
        .with_only_columns(DeliveryNote.customer_id, func.max(DeliveryNote.handed_at))
        .group_by(DeliveryNote.customer_id)
    )
    return {row[0]: row[1] for row in session.execute(last) if row[1]}


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid({"name": N_("Who is the customer?")})
    return name.strip()[:60]


def _record(customer: Customer, verb: str, by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("organisation", customer.organisation_id)
    stated = {"customer": customer.id, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[customer])
