"""Orders in the life of the pieces that they name."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.orders.models import Order, OrderItem
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def orders_about(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each order that names the piece, the newest first."""
    if not may(viewer, Action.SEE, Thing.ORDER):
        return
    rows = (
        visible(viewer, Order)
        .join(
            OrderItem, (OrderItem.organisation_id == Order.organisation_id) & (OrderItem.order_id == Order.id)
        )
        .where(OrderItem.equipment_id == equipment.id)
        .distinct()
    )
    for order in session.scalars(rows.order_by(Order.issued_at.desc(), Order.id).limit(limit)):
        yield Moment(
            order.issued_at,
            Message(N_("Supervision order %(number)s"), {"number": order.number}),
            "gavel",
            order.state.colour,
            order.state,
            [Message(N_("To be put right by %(day)s"), {"day": order.due_on.isoformat()}), order.unit_name],
            organisation_id=order.organisation_id,
            kind="order",
            url=f"/orders/{order.organisation_id}/{order.id}",
        )
