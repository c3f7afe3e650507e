"""Reading orders: the list with its filters, one with its problems as they stand, and who issues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, exists, not_, or_, select

from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.hazards.models import Hazard
from equipment.hazards.rules import HazardState
from equipment.orders.models import CaseTransfer, IssuingOffice, Order, OrderExtension, OrderFile, OrderItem
from equipment.orders.rules import RUNNING, ItemStand, OrderState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import in_scope, visible, within
from equipment.register.models import Equipment
from equipment.storage.columns import Sorts
from equipment.storage.db import session, walked

SORTS: Sorts = {
    "issued": (Order.issued_on, Order.id),
    "due": (Order.due_on, Order.id),
    "number": (Order.issuer_area, Order.year, Order.sequence),
    "unit": (Order.unit_name, Order.id),
}
UNITS = tuple(kind for kind in OrganisationKind if kind is not OrganisationKind.REGULATOR)
MOST_UNITS = 20  # to pick from, where several are called alike
OPEN = "running"  # the filter that takes every state in which something is still to be done
RIGHT = (HazardState.CLOSED, HazardState.WITHDRAWN)


class OrderProblem(NamedTuple):
    """One problem of an order, the hazard behind it, and what was done about either."""

    item: OrderItem
    hazard: Hazard | None

    @property
    def stand(self) -> ItemStand:
        if self.hazard is not None:
            return ItemStand(self.hazard.state is HazardState.RECTIFIED, self.hazard.state in RIGHT)
        return ItemStand(self.item.answered_at is not None, self.item.is_right)

    @property
    def answer(self) -> str:
        return self.hazard.rectification if self.hazard is not None else self.item.answer

    @property
    def recheck(self) -> str:
        return self.hazard.recheck if self.hazard is not None else self.item.recheck

    @property
    def answered_by(self) -> UUID | None:
        return self.hazard.rectified_by if self.hazard is not None else self.item.answered_by


class UnitSearch(NamedTuple):
    """The units that a typed text fits; `more` where there are others besides."""

    units: Sequence[Organisation] = ()
    more: bool = False

    @property
    def only(self) -> Organisation | None:
        return self.units[0] if len(self.units) == 1 else None


def search_units(viewer: Viewer, typed: str) -> UnitSearch:
    """The units of the viewer's area (their seat is there, or a piece of theirs) with this id, name, short
    name or credit code; without one of exactly that, those with it in their name."""
    typed = typed.strip()
    if not typed:
        return UnitSearch()
    units = visible(SYSTEM, Organisation).where(Organisation.kind.in_(UNITS))
    units = units.order_by(Organisation.name, Organisation.id)
    has_seat = within(Organisation.area, viewer.area)
    theirs = (Equipment.use_unit_id, Equipment.owner_id, Equipment.maintenance_firm_id)
    # looked for by party: a unit has fewer pieces than an area
    has_piece = or_(
        *(exists().where(party == Organisation.id, walked(in_scope(viewer, Equipment))) for party in theirs)
    )
    key = id_in(typed)
    named = or_(
        Organisation.name == typed,
        Organisation.short_name == typed,
        Organisation.credit_code == typed.upper(),
    )
    exact = units.where(Organisation.id == key if key else named, or_(has_seat, has_piece))
    same = session.scalars(exact.limit(2)).all()
    if key is not None or len(same) == 1:
        return UnitSearch(same)
    alike = units.where(
        Organisation.active,
        or_(
            Organisation.name.contains(typed, autoescape=True),
            Organisation.short_name.contains(typed, autoescape=True),
        ),
    )
    near = [*session.scalars(alike.where(has_seat).limit(MOST_UNITS + 1))]
    if viewer.area and len(near) <= MOST_UNITS:
        left = MOST_UNITS + 1 - len(near)
        near += session.scalars(alike.where(not_(has_seat), has_piece).limit(left))
    return UnitSearch(near[:MOST_UNITS], more=len(near) > MOST_UNITS)


def orders(viewer: Viewer, filters: Mapping[str, str]) -> Select[Order]:
    """The orders that the viewer may see, with the filters of the address bar."""
    listed = visible(viewer, Order)
    state = filters.get("state", "")
    if state == OPEN:
        listed = listed.where(Order.state.in_(RUNNING))
    elif state in set(OrderState):
        listed = listed.where(Order.state == state)
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Order.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        listed = listed.where(Order.organisation_id == unit)
    if typed := filters.get("q", ""):
        parts = (Order.number, Order.unit_name)
        listed = listed.where(or_(*(part.contains(typed, autoescape=True) for part in parts)))
    if since := day_in(filters.get("issued_from", "")):
        listed = listed.where(Order.issued_on >= since)
    if until := day_in(filters.get("issued_until", "")):
        listed = listed.where(Order.issued_on <= until)
    if since := day_in(filters.get("due_from", "")):
        listed = listed.where(Order.due_on >= since)
    return listed


def order_of(viewer: Viewer, organisation_id: UUID, order_id: UUID) -> Order:
    """The order if the viewer may see it, NotFound otherwise."""
    wanted = visible(viewer, Order).where(Order.organisation_id == organisation_id, Order.id == order_id)
    order = session.scalar(wanted)
    if order is None:
        raise NotFound
    return order


def problems_of(order: Order) -> list[OrderProblem]:
    """The problems of an order in their order."""
    return problems_of_many([order])[order.id]


def problems_of_many(listed: Sequence[Order]) -> Mapping[UUID, list[OrderProblem]]:
    """By order, its problems with the hazards behind them, in two questions."""
    ids = [order.id for order in listed]
    rows = visible(SYSTEM, OrderItem).where(
        OrderItem.organisation_id.in_({order.organisation_id for order in listed}),
        OrderItem.order_id.in_(ids),
    )
    items = session.scalars(rows.order_by(OrderItem.order_id, OrderItem.no)).all()
    wanted = [item.hazard_id for item in items if item.hazard_id]
    hazards: dict[UUID, Hazard] = {}
    if wanted:
        pieces = [item.equipment_id for item in items if item.hazard_id]
        behind = visible(SYSTEM, Hazard).where(Hazard.equipment_id.in_(pieces), Hazard.id.in_(wanted))
        hazards = {hazard.id: hazard for hazard in session.scalars(behind)}
    by_order: dict[UUID, list[OrderProblem]] = defaultdict(list)
    for item in items:
        by_order[item.order_id].append(
            OrderProblem(item, hazards.get(item.hazard_id) if item.hazard_id else None)
        )
    return by_order


def files_of(order: Order) -> Sequence[OrderFile]:
    """What was handed in to an order, the earliest first."""
    files = visible(SYSTEM, OrderFile).where(
        OrderFile.organisation_id == order.organisation_id, OrderFile.order_id == order.id
    )
    return session.scalars(files.order_by(OrderFile.at, OrderFile.id)).all()


def extensions_of(order: Order) -> Sequence[OrderExtension]:
    rows = visible(SYSTEM, OrderExtension).where(
        OrderExtension.organisation_id == order.organisation_id, OrderExtension.order_id == order.id
    )
    return session.scalars(rows.order_by(OrderExtension.at, OrderExtension.id)).all()


def transfers_of(order: Order) -> Sequence[CaseTransfer]:
    rows = visible(SYSTEM, CaseTransfer).where(
        CaseTransfer.organisation_id == order.organisation_id, CaseTransfer.order_id == order.id
    )
    return session.scalars(rows.order_by(CaseTransfer.at, CaseTransfer.id)).all()


def orders_of_hazard(hazard: Hazard) -> Sequence[Order]:
    """The orders in which a hazard stands; one that was withdrawn speaks of it no more."""
    rows = (
        visible(SYSTEM, Order)
        .join(
            OrderItem, (OrderItem.organisation_id == Order.organisation_id) & (OrderItem.order_id == Order.id)
        )
        .where(OrderItem.hazard_id == hazard.id, Order.state != OrderState.WITHDRAWN)
    )
    return session.scalars(rows.order_by(Order.issued_at, Order.id)).all()


def ordered_hazards(hazards: Sequence[Hazard]) -> set[UUID]:
    """Those of these hazards that stand in an order already."""
    rows = (
        visible(SYSTEM, OrderItem)
        .join(Order, (OrderItem.organisation_id == Order.organisation_id) & (OrderItem.order_id == Order.id))
        .where(
            OrderItem.hazard_id.in_([hazard.id for hazard in hazards]), Order.state != OrderState.WITHDRAWN
        )
        .with_only_columns(OrderItem.hazard_id)
    )
    return {key for key in session.scalars(rows) if key is not None}


def late_orders(on: date, most: int) -> Sequence[Order]:
    """Orders whose last day has passed and that nobody has answered, not yet marked so."""
    rows = visible(SYSTEM, Order).where(Order.state == OrderState.ISSUED, Order.due_on < on)
    return session.scalars(rows.order_by(Order.id).limit(most)).all()


def issuing_offices() -> Sequence[IssuingOffice]:
    return session.scalars(select(IssuingOffice).order_by(IssuingOffice.area)).all()


def issuer_for(area: str) -> IssuingOffice | None:
    """The office in whose name people of an area issue: their own, or the nearest above it."""
    above = [office for office in issuing_offices() if area.startswith(office.area)]
    return max(above, key=lambda office: len(office.area), default=None)
