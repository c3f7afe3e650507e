"""催签: the use unit hears that a visit waits for its signature: by itself some hours after the visit ended,
and
when the firm's manager asks, at most once a day for each visit. What is still unsigned after days climbs on
in the
digest (duties.py, reminders/stages.toml)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.maintenance.closing import note, piece_of
from equipment.maintenance.duties import asked_duty, late_signature_duty
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import VISITED
from equipment.maintenance.states import VisitState
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.regulation.elevator_numbers import hours, signature_reminder_after
from equipment.regulation.queries import rules
from equipment.storage.db import session

MOST_ASKED = 200  # visits in one message
LATE_FOR = timedelta(days=1)  # what waited longer before reminders began is told by the digest's stages
NOT_YOURS = N_("Only the manager of the maintenance firm can ask for a signature.")
NOTHING = N_("Nothing of this waits for a signature any more.")
NOBODY = N_("The use unit has registered no safety manager: nobody would hear it. Call the unit.")
TODAY = N_("The use unit was reminded today at %(at)s already; you may ask again tomorrow.")


@dataclass(frozen=True, slots=True)
class WaitingUnit:
    """A use unit with what it has not signed yet: how many visits, since when, and when it was last
    reminded of
    any of them."""

    id: UUID
    visits: int
    oldest_at: datetime
    reminded_at: datetime | None

    @property
    def days(self) -> int:
        return (clock.now() - self.oldest_at).days


def unsigned(viewer: Viewer) -> Select[Visit]:
    """The visits that wait for a use unit's signature, as far as the viewer sees them."""
    return visible(viewer, Visit).where(
        Visit.state == VisitState.TO_SIGN, Visit.superseded.is_(False), Visit.use_unit_id.is_not(None)
    )


def waiting_units(viewer: Viewer) -> Select[UUID | None, int, datetime | None, datetime | None]:
    """The units behind them: (id, visits, the end of the oldest, last reminded)."""
    columns = Visit.use_unit_id, func.count(), func.min(Visit.closed_at), func.max(Visit.reminded_at)
    return (
        unsigned(viewer).with_only_columns(*columns, maintain_column_froms=True).group_by(Visit.use_unit_id)
    )


def may_ask(visit: Visit, by: Viewer) -> bool:
    """Whether the viewer's firm may remind the use unit of this visit."""
    return (
        visit.state == VisitState.TO_SIGN
        and not visit.superseded
        and visit.use_unit_id is not None
        and by.organisation_id == visit.organisation_id
        and may(by, Action.APPROVE, Thing.VISIT)
    )


def was_reminded(visit: Visit, on: date) -> bool:
    """Whether its use unit heard of it on that day, from whomever."""
    return visit.reminded_at is not None and clock.site_day(visit.reminded_at) == on


def ask_to_sign(visits: Sequence[Visit], *, by: Viewer) -> int:
    """Remind one use unit of these visits in one message; those it heard of today are left out. Returns how
    many
    it is asked to sign."""
    subjects = [ledger.subject_of("equipment", visit.equipment_id) for visit in visits]
    ledger.locked_heads(session.connection(), subjects)
    for visit in visits:
        session.refresh(visit)
    if any(visit.organisation_id != by.organisation_id for visit in visits) or not may(
        by, Action.APPROVE, Thing.VISIT
    ):
        raise NotAllowed(NOT_YOURS)
    waiting = [visit for visit in visits if may_ask(visit, by)]
    if not waiting:
        raise Conflict({"": NOTHING})
    unit = waiting[0].use_unit_id
    waiting = [visit for visit in waiting if visit.use_unit_id == unit]
    if unit is None or not people_with(unit, Role.SAFETY_OFFICER):
        raise Conflict({"": NOBODY})
    fresh = [visit for visit in waiting if not was_reminded(visit, clock.today())]
    if not fresh:
        last = max(visit.reminded_at for visit in waiting if visit.reminded_at)
        raise Conflict({"": Message(TODAY, {"at": f"{clock.site_time(last):%H:%M}"})})
    fresh.sort(key=lambda visit: visit.opened_at)
    for visit in fresh:
        visit.reminded_by, visit.reminded_at = by.user_id, clock.now()
        note(visit, "visit.signature_asked", by=by)
    urgent(asked_duty(fresh, piece_of(fresh[0])))
    return len(fresh)


def remind_late(now: datetime, *, most: int = 50) -> int:
    """Whose signature is late hears it in the hour, once. Up to `most`, the caller repeats until 0."""
    for category in VISITED:
        limit = hours(signature_reminder_after(rules(category), clock.site_day(now)))
        late = unsigned(SYSTEM).where(
            Visit.category == category,
            Visit.closed_at <= now - limit,
            Visit.closed_at > now - limit - LATE_FOR,
            Visit.reminded_at.is_(None),
        )
        visits = session.scalars(late.order_by(Visit.closed_at).limit(most)).all()
        subjects = [ledger.subject_of("equipment", visit.equipment_id) for visit in visits]
        ledger.locked_heads(session.connection(), subjects)
        for visit in visits:
            session.refresh(visit)
            if visit.state == VisitState.TO_SIGN and visit.reminded_at is None:  # nobody was faster
                visit.reminded_at = now
                note(visit, "visit.signature_late", by=SYSTEM)
                urgent(late_signature_duty(visit, piece_of(visit)))
        if visits:
            return len(visits)
    return 0
