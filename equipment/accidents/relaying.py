"""逐级上报: each level of the bureau tells the one above, by hand where that lies outside this system."""

from __future__ import annotations

from datetime import datetime

from equipment.accidents import log
from equipment.accidents.models import Accident, AccidentRelay
from equipment.accidents.queries import relays_of, running_step
from equipment.accidents.rules import FUTURE, relay_problem, report_clock
from equipment.accidents.states import OPEN, Office, RelayHow, ReportVerdict
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.people.rules import Viewer
from equipment.regulation.accident_numbers import relayed_within
from equipment.storage.db import session


def relay(
    accident: Accident,
    from_office: Office,
    how: RelayHow,
    sent_at: datetime,
    receipt: str,
    note: str,
    *,
    by: Viewer,
) -> AccidentRelay:
    """The step that waits: told upward at an instant, or not told further with the reason."""
    problem = relay_problem(by.area, from_office)
    if problem is not None:
        raise NotAllowed(problem)
    log.locked(accident)
    log.must_be(accident, *OPEN)
    step = running_step(accident, relays_of([accident.id]))
    if step is None or step.from_office is not from_office:
        raise Conflict({"": N_("This step upward was recorded already.")})
    assert step.clock.since is not None  # a step upward begins when the one before it ended
    now = clock.now()
    if sent_at > now:
        raise Invalid({"sent_at": FUTURE})
    if sent_at < step.clock.since:
        raise Invalid({"sent_at": N_("It cannot have been told upward before it came in.")})
    if how is RelayHow.NOT_NEEDED and not note.strip():
        raise Invalid({"note": N_("Give the reason.")})
    minutes = relayed_within(accident.on).integer
    verdict = report_clock(step.clock.since, minutes, sent_at, now).verdict
    row = AccidentRelay(
        id=new_id(),
        accident_id=accident.id,
        from_office=from_office,
        to_office=step.to_office,
        since=step.clock.since,
        limit_min=minutes,
        sent_at=sent_at,
        in_time=None if how is RelayHow.NOT_NEEDED else verdict is ReportVerdict.ON_TIME,
        how=how,
        receipt=receipt.strip()[:60],
        note=note.strip()[:300],
        by_id=by.user_id,
        recorded_at=now,
    )
    session.add(row)
    log.record(accident, "accident.relayed", by, row, office=from_office, to=step.to_office, how=how)
    return row
