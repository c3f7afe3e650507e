"""上传: visits that the firm's own system reports. They are records like any other, with a grade of their own:
what that system says of presence is its word, and whether it counts is the bureau's choice."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select

from equipment.contracts.queries import contract_at
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.geo import GeoPosition, stored_degrees
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.maintenance.closing import next_number, note, settle
from equipment.maintenance.models import Swipe, SwipeAnswer, Visit
from equipment.maintenance.presence import judge, mark_end
from equipment.maintenance.presence_rules import Presence, presence
from equipment.maintenance.province_rules import Span, same_stay
from equipment.maintenance.queries import VISITED, limits_of, list_at
from equipment.maintenance.records import wrong_times
from equipment.maintenance.states import ReadBy, SwipeOutcome, SwipeVia, VisitState
from equipment.people.models import User
from equipment.people.queries import certificates_of
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import point_of
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.elevator_numbers import technician_certificate
from equipment.regulation.planning import VISITS, DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import rules
from equipment.storage.db import session

GONE = (VisitState.VOID, VisitState.EXPIRED)


@dataclass(frozen=True, slots=True)
class ReportedEnd:
    """When somebody came or left, by what his own app read the lift, and where it says that it was."""

    at: datetime
    how: ReadBy | None = None
    position: GeoPosition | None = None

    @property
    def is_swipe(self) -> bool:
        return self.how is not None or self.position is not None


@dataclass(frozen=True, slots=True)
class ReportedVisit:
    """A visit as the firm's system has it; the first technician opened it."""

    duty: DueKind
    arrived: ReportedEnd
    left: ReportedEnd
    technicians: Sequence[UUID]

    @property
    def on(self) -> date:
        return clock.site_day(self.arrived.at)

    @property
    def is_swiped(self) -> bool:
        return self.arrived.is_swipe and self.left.is_swipe


def enter_reported(lift: Equipment, reported: ReportedVisit, *, by: Viewer, key: UUID) -> Visit:
    """Put it on record, to be answered and signed like any other. The caller has taken the lift's chain and
    knows the message again. Invalid by field; Conflict where this stay at the lift is on record already."""
    _check(lift, reported, by)
    _must_be_new(lift, reported)
    assert by.organisation_id is not None  # it is the lift's firm
    people = [str(person) for person in reported.technicians]
    visit = Visit(
        equipment_id=lift.id,
        id=key,
        organisation_id=by.organisation_id,
        use_unit_id=lift.use_unit_id,
        area=lift.area,
        category=lift.category,
        duty=reported.duty,
        **list_at(lift, by.organisation_id, reported.duty, reported.on),
        state=VisitState.TO_SIGN,
        opened_at=reported.arrived.at,
        closed_at=reported.left.at,
        received_at=clock.now(),
        on=reported.on,
        technicians=people,
        confirmed=people,
        answers={},
        flags=[],
        swiped=reported.is_swiped,
        counted=False,
        grade=PresenceGrade.NONE,
        flag_facts=[],
        number=next_number(by.organisation_id, reported.on),
        reported_by=by.device_id,
    )
    session.add(visit)
    swipes = _swipes(lift, visit, reported, by)
    note(visit, "visit.reported", by=by, rows=swipes, duty=visit.duty)
    session.flush()
    judge(visit, by=by)
    settle(visit, by=by)
    return visit


def _check(lift: Equipment, reported: ReportedVisit, by: Viewer) -> None:
    wrong: dict[str, str | Message] = {}
    if lift.category not in VISITED:
        raise Invalid({"lift": N_("This piece has no maintenance visits.")})
    contract = contract_at(lift.id, reported.on)
    firm = contract.organisation_id if contract is not None else lift.maintenance_firm_id
    if firm != by.organisation_id:
        wrong["lift"] = N_("On this day the lift was not maintained by your firm.")
    elif (status := status_on(lift, reported.on)) is not EquipmentStatus.IN_USE:
        text = N_("On this day the lift was not in use (%(status)s): it had no maintenance task.")
        wrong["lift"] = Message(text, {"status": status.label})
    if reported.duty not in VISITS:
        wrong["duty"] = N_("Choose the class of the visit.")
    times = wrong_times(lift.category, reported.arrived.at, reported.left.at)
    wrong |= {{"opened_at": "arrived.at", "closed_at": "left.at"}[name]: text for name, text in times.items()}
    if fault := _wrong_people(lift.category, reported, by):
        wrong["technicians"] = fault
    if wrong:
        raise Invalid(wrong)


def _wrong_people(category: str, reported: ReportedVisit, by: Viewer) -> str | Message | None:
    """Technicians of the firm, each with the certificate of that day: a swipe without it would be refused."""
    people = session.scalars(
        select(User).where(User.organisation_id == by.organisation_id, User.id.in_(reported.technicians))
    ).all()
    if not people or {person.id for person in people} != set(reported.technicians):
        return N_("Choose the technicians who were there.")
    wanted = str(technician_certificate(rules(category), reported.on).value)
    for person in people:
        if Role.TECHNICIAN not in person.role_names:
            return Message(N_("%(name)s is no technician."), {"name": person.name})
        if wanted not in certificates_of(person.id, reported.on):
            text = N_("%(name)s has no certificate %(code)s on file that holds on %(day)s: send it first.")
            facts = {"name": person.name, "code": wanted, "day": reported.on.isoformat()}
            return Message(text, facts)
    return None


def status_on(lift: Equipment, on: date) -> EquipmentStatus:
    """Its status on a day; before it was on file here, the one it has."""
    on_that_day = visible(SYSTEM, Standing).where(
        Standing.equipment_id == lift.id,
        Standing.from_on <= on,
        or_(Standing.until_on.is_(None), Standing.until_on > on),
    )
    row = session.scalar(on_that_day.order_by(Standing.from_on.desc()).limit(1))
    return EquipmentStatus(row.status if row is not None else lift.status)


def _must_be_new(lift: Equipment, reported: ReportedVisit) -> None:
    """What was swiped here, or came by another way, is not entered a second time."""
    margin, span = (
        limits_of(lift.category, reported.on).clock.drift,
        Span(reported.arrived.at, reported.left.at),
    )
    visits = {visit.id: visit for visit in session.scalars(visits_near([lift.id], span, margin))}
    spans = [(key, Span(visit.opened_at, visit.closed_at)) for key, visit in visits.items()]
    if same := same_stay(span, spans, margin):
        visit = visits[same]
        text = N_("A visit of this time at this lift is on record already: %(number)s from %(since)s.")
        since = clock.site_time(visit.opened_at).strftime("%Y-%m-%d %H:%M")
        raise Conflict({"arrived.at": Message(text, {"number": visit.number or "—", "since": since})})


def visits_near(lifts: Collection[UUID], span: Span, margin: timedelta) -> Select[Visit]:
    """The visits at these lifts that stand and share a moment with the span: two clocks may differ by the
    margin."""
    return visible(SYSTEM, Visit).where(
        Visit.equipment_id.in_(lifts),
        Visit.opened_at <= span.end + margin,
        or_(Visit.closed_at.is_(None), Visit.closed_at >= span.since - margin),
        Visit.state.not_in(GONE),
        Visit.superseded.is_(False),
    )


def _swipes(lift: Equipment, visit: Visit, reported: ReportedVisit, by: Viewer) -> list[Swipe]:
    """Both ends as swipes of every technician, so that what does not go together is found as in any other
    visit; none where the system says nothing of presence."""
    if not reported.is_swiped:
        return []
    limits, place = limits_of(lift.category, reported.on), point_of(lift.id)
    rows = list[Swipe]()
    for outcome, end in ((SwipeOutcome.OPENED, reported.arrived), (SwipeOutcome.CLOSED, reported.left)):
        seen = presence(SwipeVia.PHONE, end.how, end.position, place, limits.fence_m)
        shown = Presence(PresenceGrade.SYSTEM, seen.fence, seen.distance_m)
        for rank, person in enumerate(reported.technicians):
            is_first = rank == 0 and outcome is SwipeOutcome.OPENED
            step = SwipeOutcome.JOINED if rank and outcome is SwipeOutcome.OPENED else outcome
            row = _swipe(visit, visit.id if is_first else new_id(), person, step, end, shown, by)
            rows.append(row)
            if rank == 0:
                mark_end(visit, row.id, shown, end.position, limits.fence_m)
    session.add_all(rows)
    return rows


def _swipe(
    visit: Visit,
    key: UUID,
    person: UUID,
    outcome: SwipeOutcome,
    end: ReportedEnd,
    shown: Presence,
    by: Viewer,
) -> Swipe:
    answer: SwipeAnswer = {
        "swipe_id": str(key),
        "outcome": str(outcome),
        "via": str(SwipeVia.SYSTEM),
        "reasons": [],
        "visit_id": str(visit.id),
        "equipment_id": str(visit.equipment_id),
        "duty": visit.duty,
        "annex": visit.annex,
        "state": str(visit.state),
        "opened_at": visit.opened_at.isoformat(),
        "closed_at": visit.closed_at.isoformat() if visit.closed_at else None,
        "technicians": list(visit.technicians),
        "flags": [],
        "drift_s": 0,
        "clock_doubted": False,
        "grade": str(shown.grade),
        "fence": str(shown.fence),
        "distance_m": shown.distance_m,
    }
    row = Swipe(
        id=key,
        via=SwipeVia.SYSTEM,
        equipment_id=visit.equipment_id,
        organisation_id=visit.organisation_id,
        device_id=by.device_id,
        user_id=person,
        visit_id=visit.id,
        outcome=outcome,
        happened_at=end.at,
        received_at=visit.received_at,
        on=clock.site_day(end.at),
        drift_s=0,
        content=content_of(visit_id=visit.id, person=person, at=end.at, how=end.how),
        answer=json.dumps(answer, ensure_ascii=False),
        grade=shown.grade,
        how=end.how,
        distance_m=shown.distance_m,
        fence=shown.fence,
    )
    here = end.position
    if here is not None and here.point.is_on_earth:
        row.latitude, row.longitude = map(stored_degrees, here.point)
        row.datum, row.accuracy_m = here.datum, here.accuracy_m
    return row


def locked(lift: Equipment) -> Equipment:
    """The lift with its chain taken: the same message twice at once stands in line."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", lift.id)])
    return lift
