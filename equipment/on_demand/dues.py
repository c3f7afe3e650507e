"""When the next remote check of a lift is due: a due of this slice's own kind, while checks stand in for
visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from equipment.core.words import N_, Labelled, Message
from equipment.dues.kinds import SliceDue
from equipment.insurance.queries import LIFT
from equipment.on_demand.models import OnDemandPeriod
from equipment.on_demand.queries import last_checks
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.elevator_numbers import remote_check_days
from equipment.regulation.queries import rules
from equipment.storage.db import session


class RemoteCheckDue(Labelled):
    """The kind of due that remote checks are."""

    REMOTE_CHECK = "remote_check", N_("Remote check"), "green"


def plan(pieces: Sequence[Equipment], on: date) -> Mapping[UUID, Sequence[SliceDue]]:
    """The next remote check of lifts that are on demand because of them."""
    lifts = [piece.id for piece in pieces if piece.category == LIFT]
    if not lifts:
        return {}
    running = visible(SYSTEM, OnDemandPeriod).where(
        OnDemandPeriod.equipment_id.in_(lifts),
        OnDemandPeriod.ended_on.is_(None),
        OnDemandPeriod.basis == OnDemandBasis.REMOTE_CHECK,
    )
    periods = session.scalars(running).all()
    every = remote_check_days(rules(LIFT), on)
    if not periods or every is None:
        return {}
    last = last_checks([period.equipment_id for period in periods])
    planned = {}
    for period in periods:
        since = last.get(period.equipment_id, period.from_on)
        due_on = since + timedelta(days=every.integer)
        stated = {"last": since.isoformat(), "days": str(every.integer), "due": due_on.isoformat()}
        why = Message(N_("Last remote check %(last)s; every %(days)s days → %(due)s"), stated)
        planned[period.equipment_id] = (SliceDue(RemoteCheckDue.REMOTE_CHECK, due_on, every.citation, why),)
    return planned
