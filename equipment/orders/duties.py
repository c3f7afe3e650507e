"""What reminders say of orders: the unit hears of its last day, the county and then the city of one that was
not put right in time, the bureau of an answer that waits for a re-check."""

from __future__ import annotations

from uuid import UUID

from equipment.core.words import N_, Message
from equipment.orders.models import Order
from equipment.orders.rules import OrderState
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import ALWAYS, Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.regulation.supervision_numbers import city_told_after

ORDER, RECHECK = "order", "order_recheck"
# House values: no text says how long ahead a unit is reminded.
STAGES = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE,)),
    Stage("ahead_7", 7, (Audience.RESPONSIBLE,)),
    Stage("ahead_1", 1, (Audience.RESPONSIBLE,)),
)
LATE = Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.SUPERVISORS, Audience.COUNTY))


def order_duty(row: Order, _pieces: dict[UUID, Equipment]) -> Duty:
    text = N_("Order %(number)s to %(unit)s: to be put right by %(day)s")
    city = Stage("overdue_city", -city_told_after(row.issued_on), (Audience.CITY,))
    return _duty(ORDER, row, text, (*STAGES, LATE, city))


def recheck_duty(row: Order, _pieces: dict[UUID, Equipment]) -> Duty:
    text = N_("%(unit)s has answered order %(number)s: look at it again")
    return _duty(RECHECK, row, text, (Stage("new", ALWAYS, (Audience.SUPERVISORS,)),))


def _duty(kind: str, row: Order, text: str, stages: tuple[Stage, ...]) -> Duty:
    params = {"number": row.number, "unit": row.unit_name, "day": row.due_on.isoformat()}
    return Duty(
        key=duty_key(kind, row, row.due_on),
        kind=kind,
        due_on=row.due_on,
        area=row.area,
        text=Message(text, params),
        link=f"/orders/{row.organisation_id}/{row.id}",
        organisation_id=row.organisation_id,
        stages=stages,
    )


DUTIES = (
    DutySource(
        ORDER,
        Order,
        Order.state.in_((OrderState.ISSUED, OrderState.OVERDUE)),
        order_duty,
        Order.due_on,
        one_list(N_("Supervision orders to carry out"), "/orders?state=running", by_day=True),
    ),
    DutySource(
        RECHECK,
        Order,
        Order.state == OrderState.ANSWERED,
        recheck_duty,
        topic=one_list(N_("Answered orders to re-check"), "/orders?state=answered"),
    ),
)
