"""Maintenance on demand in the life of a lift: when it began, when it fell back and why, and each remote
check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from equipment.core.clock import SITE
from equipment.core.words import N_, Message
from equipment.insurance.queries import LIFT
from equipment.on_demand.queries import checks_of, periods_of, state_of
from equipment.on_demand.rules import LOST, ConditionKind
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def on_demand_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each time it came under maintenance on demand, and each remote check."""
    if equipment.category != LIFT:
        return
    url = f"/on-demand/lifts/{equipment.id}"
    for period in session.scalars(periods_of(viewer, equipment.id).limit(limit)):
        state = state_of(period)
        ended = period.ended_on
        lines: list[Message | str] = [
            Message(N_("Visits at most %(months)s month(s) apart"), {"months": period.months})
        ]
        if ended is not None:
            lines.append(Message(N_("By calendar again since %(day)s"), {"day": ended.isoformat()}))
            lines += [Message(LOST[ConditionKind(str(kind))]) for kind in period.reasons]
        yield Moment(
            datetime.combine(period.from_on, time(), tzinfo=SITE),
            Message(N_("Maintenance on demand began")),
            "adjustments",
            state.colour,
            state,
            lines,
            kind="visit",
            url=url,
        )
    for check in session.scalars(checks_of(viewer, equipment.id).limit(limit)):
        yield Moment(
            datetime.combine(check.on, time(), tzinfo=SITE),
            Message(N_("Remote check")),
            "camera",
            check.result.colour,
            check.result,
            [check.note] if check.note else [],
            organisation_id=check.organisation_id,
            kind="visit",
            url=url,
        )
