"""Lots that stand too long: told to whoever has to take the next step. The days are values of the house."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.lots.models import Lot
from equipment.lots.queries import OPEN_STATES
from equipment.lots.states import LotState
from equipment.register.duties import DutySource, duty_key, one_list
from equipment.register.duty_rules import Audience, Duty, Stage
from equipment.register.models import Equipment
from equipment.regulation.cylinder_numbers import lot_stands_days
from equipment.regulation.queries import rules

STANDING_LOT = "standing_lot"
STAGES = (
    Stage("today", 0, (Audience.RESPONSIBLE, Audience.BODY)),
    Stage("overdue_7", -7, (Audience.RESPONSIBLE, Audience.BODY)),
)
TEXTS = {
    LotState.PACKING: N_("Lot %(number)s has been put together since %(since)s: hand it over or withdraw it"),
    LotState.ON_WAY: N_("Lot %(number)s was handed over on %(since)s and is not received: receive it"),
    LotState.ARRIVING: N_("Lot %(number)s came off the lorry, its receipt is not signed since %(since)s"),
    LotState.RECEIVED: N_("Lot %(number)s has been at the inspection body since %(since)s, not all are out"),
}


def standing_since(lot: Lot) -> date:
    """The day since which it waits for the step that comes next."""
    at = {LotState.PACKING: lot.opened_at, LotState.RECEIVED: lot.received_at}.get(
        LotState(lot.state), lot.handed_at
    )
    return clock.site_day(at or lot.opened_at)


def standing_duty(row: Lot, _pieces: dict[UUID, Equipment]) -> Duty:
    """One's own lot while it is put together; the body's once it is under way."""
    state, since = LotState(row.state), standing_since(row)
    due_on = since + timedelta(days=lot_stands_days(rules(row.category), state, clock.today()))
    is_senders = state is LotState.PACKING
    return Duty(
        key=duty_key(STANDING_LOT, row, due_on),
        kind=STANDING_LOT,
        due_on=due_on,
        area=row.area,
        text=Message(TEXTS[state], {"number": row.number, "since": since.isoformat()}),
        link=f"/lots/{row.id}",
        category=row.category,
        organisation_id=row.organisation_id if is_senders else None,
        body_id=None if is_senders else row.body_id,
        stages=STAGES,
    )


DUTIES = (
    DutySource(
        STANDING_LOT,
        Lot,
        Lot.state.in_(OPEN_STATES),
        standing_duty,
        topic=one_list(N_("Lots that stand too long (days of the house, unverified)"), "/lots?state=open"),
    ),
)
