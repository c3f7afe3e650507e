"""Orders on first pages: what a unit must answer, what waits for the bureau."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func

from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.orders.models import Order
from equipment.orders.queries import OPEN
from equipment.orders.rules import RUNNING, OrderState
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.storage.db import session

LINES = 4


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """The orders that run, the most urgent first; nothing where there is none."""
    if not may(viewer, Action.SEE, Thing.ORDER):
        return []
    running = visible(viewer, Order).where(Order.state.in_(RUNNING))
    by_state = running.with_only_columns(Order.state, func.count().label("number")).group_by(Order.state)
    counts = {row.state: row.number for row in session.execute(by_state)}
    if not counts:
        return []
    nearest = session.scalars(running.order_by(Order.due_on, Order.id).limit(LINES)).all()
    late, answered = counts.get(OrderState.OVERDUE, 0), counts.get(OrderState.ANSWERED, 0)
    note = Message(
        N_("%(late)s not put right in time, %(answered)s to re-check"), {"late": late, "answered": answered}
    )
    rows = [
        CardRow(
            f"{order.number} {order.unit_name if viewer.oversees else ''}".strip(),
            url_for("orders.show", organisation_id=order.organisation_id, order_id=order.id),
            order.due_on,
            Message(order.state.label),
        )
        for order in nearest
    ]
    return [
        HomeCard(
            "orders",
            Message(N_("Supervision orders running")),
            sum(counts.values()),
            url_for("orders.index", state=OPEN),
            "red" if late or counts.get(OrderState.TRANSFERRED) else "amber",
            icon="gavel",
            rank=23,
            rows=rows,
            note=note,
            waits=bool(late or answered),
        )
    ]
