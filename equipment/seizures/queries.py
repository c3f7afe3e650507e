"""Reading seizures: decisions with their goods, and the register of seized goods (在扣物品台账)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_

from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.orders.models import Order
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.seizures.models import SeizedGoods, Seizure, SeizureExtension
from equipment.seizures.rules import SOON_DAYS, GoodsState, SeizureKind, SeizureState
from equipment.storage.columns import Sorts
from equipment.storage.db import session

SORTS: Sorts = {
    "issued": (Seizure.issued_on, Seizure.id),
    "until": (Seizure.until_on, Seizure.id),
    "unit": (Seizure.unit_name, Seizure.id),
}
GOODS_SORTS: Sorts = {
    "until": (Seizure.until_on, SeizedGoods.seizure_id, SeizedGoods.no),
    "name": (SeizedGoods.name, SeizedGoods.seizure_id, SeizedGoods.no),
}
OVERDUE, SOON = "overdue", "soon"
HELD = "held"  # of the filter `state`: any that still holds goods
OPEN = (SeizureState.RUNNING, SeizureState.PARTLY)


def seizures(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Seizure]:
    """The decisions that the viewer may see, with the filters of the address bar."""
    rows = visible(viewer, Seizure)
    if (state := filters.get("state", "")) == HELD:
        rows = rows.where(Seizure.state.in_(OPEN))
    elif state in set(SeizureState):
        rows = rows.where(Seizure.state == state)
    if (kind := filters.get("kind", "")) in set(SeizureKind):
        rows = rows.where(Seizure.kind == kind)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(Seizure.area, filters["area"]))
    if unit := id_in(filters.get("unit", "")):
        rows = rows.where(Seizure.organisation_id == unit)
    if typed := filters.get("q", ""):
        parts = (Seizure.number, Seizure.unit_name)
        rows = rows.where(or_(*(part.contains(typed, autoescape=True) for part in parts)))
    if filters.get("days") in (OVERDUE, SOON):
        rows = rows.where(Seizure.state.in_(OPEN), _ending(filters["days"], on))
    return rows


def _ending(days: str, on: date) -> ColumnElement[bool]:
    if days == OVERDUE:
        return Seizure.until_on < on
    return Seizure.until_on.between(on, on + timedelta(days=SOON_DAYS))


def goods(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[SeizedGoods, Seizure]:
    """The register: goods with their decisions; without a state those that are held."""
    rows = (
        visible(viewer, SeizedGoods)
        .join(
            Seizure,
            (Seizure.organisation_id == SeizedGoods.organisation_id) & (Seizure.id == SeizedGoods.seizure_id),
        )
        .with_only_columns(SeizedGoods, Seizure)
    )
    state = filters.get("state", "") or GoodsState.HELD.value
    if state in set(GoodsState):
        rows = rows.where(SeizedGoods.state == state)
    if filters.get("area", "").isdecimal():
        rows = rows.where(within(SeizedGoods.area, filters["area"]))
    if (kind := filters.get("kind", "")) in set(SeizureKind):
        rows = rows.where(Seizure.kind == kind)
    if typed := filters.get("q", ""):
        parts = (SeizedGoods.name, SeizedGoods.place, Seizure.number, Seizure.unit_name)
        rows = rows.where(or_(*(part.contains(typed, autoescape=True) for part in parts)))
    if filters.get("days") in (OVERDUE, SOON):
        rows = rows.where(_ending(filters["days"], on))
    return rows


def seizure_of(viewer: Viewer, organisation_id: UUID, seizure_id: UUID) -> Seizure:
    wanted = visible(viewer, Seizure).where(
        Seizure.organisation_id == organisation_id, Seizure.id == seizure_id
    )
    row = session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def goods_of(seizure: Seizure) -> Sequence[SeizedGoods]:
    """The goods list in its order."""
    rows = visible(SYSTEM, SeizedGoods).where(
        SeizedGoods.organisation_id == seizure.organisation_id, SeizedGoods.seizure_id == seizure.id
    )
    return session.scalars(rows.order_by(SeizedGoods.no)).all()


def extensions_of(seizure: Seizure) -> Sequence[SeizureExtension]:
    rows = visible(SYSTEM, SeizureExtension).where(
        SeizureExtension.organisation_id == seizure.organisation_id, SeizureExtension.seizure_id == seizure.id
    )
    return session.scalars(rows.order_by(SeizureExtension.at)).all()


def seizures_of_order(order: Order) -> Sequence[Seizure]:
    rows = visible(SYSTEM, Seizure).where(Seizure.order_id == order.id)
    return session.scalars(rows.order_by(Seizure.issued_at)).all()


def held_pieces(ids: Collection[UUID]) -> dict[UUID, str]:
    """Of these pieces, those that a decision holds, with its number; one handed to another body is not held
    by us."""
    held = (
        visible(SYSTEM, SeizedGoods)
        .join(
            Seizure,
            (Seizure.organisation_id == SeizedGoods.organisation_id) & (Seizure.id == SeizedGoods.seizure_id),
        )
        .where(SeizedGoods.equipment_id.in_(ids), SeizedGoods.state == GoodsState.HELD)
    )
    rows = session.execute(held.with_only_columns(SeizedGoods.equipment_id, Seizure.number))
    return {piece: number for piece, number in rows if piece is not None}


def goods_counts(rows: Iterable[Seizure]) -> dict[UUID, tuple[int, int]]:
    """By seizure: (lines held, lines)."""
    keys = [row.id for row in rows]
    columns = (
        SeizedGoods.seizure_id,
        func.count().filter(SeizedGoods.state == GoodsState.HELD),
        func.count(),
    )
    counted = visible(SYSTEM, SeizedGoods).where(SeizedGoods.seizure_id.in_(keys))
    grouped = counted.with_only_columns(*columns).group_by(SeizedGoods.seizure_id)
    return {key: (held, whole) for key, held, whole in session.execute(grouped)}
