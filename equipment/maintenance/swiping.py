"""Recording a swipe: message, place, facts, step, visit, row. It is always recorded, refused or not; two at
once open one visit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import bindparam, func

from equipment.core import clock
from equipment.core.geo import GeoPosition, stored_degrees
from equipment.intake.actions import ReceiptBook, conflict, last_contact, note_contact
from equipment.intake.rules import Arrival, arrival
from equipment.ledger import actions as ledger
from equipment.maintenance.closing import ask_holder, close, forget, note
from equipment.maintenance.duties import lost_card_duty
from equipment.maintenance.hooks import RescueSwipe, rescue_reached, rescue_waits
from equipment.maintenance.models import StoredReason, Swipe, SwipeAnswer, Visit
from equipment.maintenance.presence import judge, lifts_of, mark_end, propose_place
from equipment.maintenance.presence_rules import Presence, presence
from equipment.maintenance.queries import UNDATED, VISITED, limits_of, list_at, next_task
from equipment.maintenance.rules import (
    CardFacts,
    SwipeFacts,
    SwipeStep,
    VisitFacts,
    VisitLimits,
    is_forgotten,
    next_step,
    reason,
)
from equipment.maintenance.states import (
    Direction,
    Fence,
    Flag,
    ReadBy,
    SwipeOutcome,
    SwipeReason,
    SwipeVia,
    VisitState,
)
from equipment.people.codes import card_number
from equipment.people.models import Card, Device, User
from equipment.people.queries import certificates_of, user_of_card
from equipment.people.rules import SYSTEM, DeviceKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.codes import normal
from equipment.register.coordinates import point_of
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import EquipmentStatus, IdentifierKind, Outcome
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage.db import session

SWIPES = ReceiptBook(Swipe, "swipe_id", sender=func.coalesce(Swipe.device_id, Swipe.organisation_id))
LED_NOWHERE = {
    Outcome.VOID: SwipeReason.LIFT_VOID,
    Outcome.BLANK: SwipeReason.LIFT_UNKNOWN,
    Outcome.AMBIGUOUS: SwipeReason.LIFT_AMBIGUOUS,
    Outcome.FORGED: SwipeReason.LIFT_FORGED,
    Outcome.MISTYPED: SwipeReason.LIFT_MISTYPED,
}
# The visit that is open at a lift, else the last one that was swiped there.
_latest = (
    visible(SYSTEM, Visit)
    .where(Visit.equipment_id == bindparam("lift"), Visit.swiped, Visit.late_entry.is_(False))
    .order_by((Visit.state == VisitState.OPEN).desc(), Visit.opened_at.desc())
    .limit(1)
    .execution_options(populate_existing=True)
)


class SwipeMessage(NamedTuple):
    """One swipe as a reader or a phone sends it."""

    swipe_id: UUID
    happened_at: datetime
    card: str = ""
    code: str = ""
    direction: Direction = Direction.EITHER
    at_lift: UUID | None = None  # a page that stands at an open visit already names the lift
    how: ReadBy | None = None  # how the phone says that it came by the code
    position: GeoPosition | None = None  # where it says that it is

    @property
    def content(self) -> str:
        """By what it is known again: as intake.rules.content_of writes it, byte for byte (sorted by name);
        written here because that leads a swipe through more functions than tests/maintenance/test_walk.py
        allows."""
        fields = {
            "card": normal(self.card),
            "code": self.code.strip(),
            "direction": str(self.direction),
            "happened_at": self.happened_at.isoformat(),
        }
        # Only what was said: messages of earlier versions say neither.
        if self.how is not None:
            fields["how"] = str(self.how)
        if (here := self.position) is not None:
            fields["position"] = f"{here.point[0]!r},{here.point[1]!r},{here.datum},{here.accuracy_m}"
        return json.dumps(fields, ensure_ascii=False)


class SwipePlace(NamedTuple):
    """Where a swipe was made: the lift with the visit that is open there, else the last one; or why it was
    made at no lift that has visits."""

    lift: Equipment | None
    visit: Visit | None
    via: SwipeVia
    against: SwipeReason | None


class Swiped(NamedTuple):
    """A swipe with where and when it counts and all that decides about it."""

    message: SwipeMessage
    by: Viewer
    place: SwipePlace
    limits: VisitLimits
    arrived: Arrival
    facts: SwipeFacts
    shown: Presence


def swipe(message: SwipeMessage, *, by: Viewer, device: Device | None = None) -> tuple[SwipeAnswer, bool]:
    """(the answer, whether it is a new one)."""
    card, person = _holder(message, by)
    place = _place(message, device, person)
    content = message.content
    before = SWIPES.earlier(session.connection(), [message.swipe_id]).get(message.swipe_id)
    if before is not None:
        # The page's session may have said it first, the phone's token says it again.
        sender = before.sender if before.sender in (by.device_id, by.organisation_id) else by.device_id
        if fields := before.conflict(sender, content, SWIPES.id_field):
            raise conflict(fields)
        earlier: SwipeAnswer = json.loads(before.answer)
        return earlier, False
    received_at, lift, visit = clock.now(), place.lift, place.visit
    # What reached no lift with visits is refused anyway: no limit of a category is asked for it.
    dated = lift is not None and place.against is None
    limits = limits_of(lift.category, clock.site_day(received_at)) if lift and dated else UNDATED
    arrived = _arrival(message, received_at, visit, limits, device)
    shown = presence(
        place.via, message.how, message.position, point_of(lift.id) if lift else None, limits.fence_m
    )
    facts = _facts(message, place, arrived, limits, card, person)
    if dated and lift and rescue_waits(lift.id) is not None:
        facts = replace(facts, rescue=True)
    swiped = Swiped(message, by, place, limits, arrived, facts, shown)
    at_lift = None
    if visit is not None:
        technicians = tuple(map(UUID, visit.technicians))
        at_lift = VisitFacts(
            visit.organisation_id,
            visit.opened_at,
            technicians,
            visit.closed_at,
            void=visit.state == VisitState.VOID,
        )
        if is_forgotten(at_lift, arrived.at, limits):
            forget(visit, by=SYSTEM)
            at_lift = replace(at_lift, closed_at=visit.closed_at)
    step = next_step(at_lift, swiped.facts, limits)
    answer = _record(swiped, step, _apply(swiped, step), content)
    if facts.rescue and lift and person and step.outcome is not SwipeOutcome.REFUSED:
        arrival_there = RescueSwipe(lift.id, person.id, facts.firm, arrived.at, arrived.doubted)
        rescue_reached(arrival_there, by)
    if SwipeReason.CARD_LOST in step.reasons and lift is not None and card and person:
        urgent(lost_card_duty(card, person, lift, message.swipe_id, clock.site_day(received_at)))
    if place.via is SwipeVia.READER and shown.fence is Fence.UNPLACED and lift is not None:
        propose_place(lift, arrived.on)
    live = arrived.at == arrived.received_at and not arrived.doubted
    if device is not None and live and note_contact(device):
        fresh = session.get_one(Device, device.id)
        fresh.seen_at, fresh.drift_s = arrived.received_at, arrived.drift_s
    return answer, True


def _holder(message: SwipeMessage, by: Viewer) -> tuple[Card | None, User | None]:
    """(the card, whose it is); without a card, who is signed in."""
    card, person = (user_of_card(message.card) if message.card else None) or (None, None)
    if not message.card and by.user_id:
        person = session.get(User, by.user_id)
    return card, person


def _place(message: SwipeMessage, device: Device | None, person: User | None) -> SwipePlace:
    """A reader is the lift it is fixed at; a phone says by label or plate where it is. The lift's chain is
    taken first, so that swipes at one lift stand in line; with it those of the lifts where the same person
    was, since his visits there may be flagged."""
    via, against = SwipeVia.PHONE, SwipeReason.LIFT_UNKNOWN
    if device is not None and device.kind == DeviceKind.READER:
        via, equipment_id = SwipeVia.READER, device.equipment_id
    elif message.at_lift is not None:
        via, equipment_id = SwipeVia.COLLEAGUE, message.at_lift
    else:
        resolved = resolve(message.code)
        via = SwipeVia.PLATE if resolved.identifier is IdentifierKind.RFID else SwipeVia.PHONE
        equipment_id = resolved.equipment_id if resolved.outcome is Outcome.FOUND else None
        against = LED_NOWHERE.get(resolved.outcome, against)
    if equipment_id is None:
        return SwipePlace(None, None, via, against)
    lifts = [equipment_id, *(lifts_of(person.id, clock.today()) if person else ())]
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", lift_id) for lift_id in lifts])
    visit = session.scalar(_latest, {"lift": equipment_id})
    lift = session.get(Equipment, equipment_id, populate_existing=True)
    if lift is not None:
        return SwipePlace(lift, visit, via, None if lift.category in VISITED else SwipeReason.NO_VISITS)
    return SwipePlace(None, visit, via, SwipeReason.LIFT_UNKNOWN)


def _arrival(
    message: SwipeMessage,
    received_at: datetime,
    visit: Visit | None,
    limits: VisitLimits,
    device: Device | None,
) -> Arrival:
    """When a swipe counts.

    A browser's session names its own time only when it signs out, and a phone may be enrolled by its page
    after it kept a swipe: their word is worth nothing before the visit began, or after a day.
    """
    heard = last_contact(device)
    if heard is None and device is not None and device.kind != DeviceKind.PHONE:
        heard = device.created_at
    if heard is None:
        heard = received_at - timedelta(days=1)
        if visit is not None and visit.state == VisitState.OPEN:
            heard = max(visit.opened_at, heard)
    return arrival(
        message.happened_at,
        received_at,
        limits.clock,
        queued=False if limits is UNDATED else None,
        last_contact=heard - limits.clock.drift,
    )


def _facts(
    message: SwipeMessage,
    place: SwipePlace,
    arrived: Arrival,
    limits: VisitLimits,
    card: Card | None,
    person: User | None,
) -> SwipeFacts:
    """The lift, the card and its holder as the rules ask for them on every day that the swipe is judged
    on."""
    certified = (
        person is None
        or not limits.certificate
        or all(limits.certificate in certificates_of(person.id, day) for day in arrived.days)
    )
    lift = place.lift
    return SwipeFacts(
        at=arrived.at,
        days=arrived.days,
        direction=message.direction,
        against_lift=place.against,
        in_use=lift is None or lift.status == EquipmentStatus.IN_USE,
        contracted=lift.maintenance_firm_id if lift else None,
        by_card=bool(message.card) or place.via is SwipeVia.READER,
        card=CardFacts(card.status, card.expires_on) if card else None,
        person=person.id if person else None,
        firm=person.organisation_id if person else None,
        active=person is None or person.works,
        technician=person is None or Role.TECHNICIAN in person.role_names,
        certified=certified,
    )


def _apply(swiped: Swiped, step: SwipeStep) -> Visit | None:
    """Do what the step says; the visit it belongs to, if any."""
    person, by, visit = str(swiped.facts.person), swiped.by, swiped.place.visit
    if step.outcome is SwipeOutcome.OPENED:
        return _open(swiped)
    if visit is None or step.outcome in (SwipeOutcome.REFUSED, SwipeOutcome.RESCUE):
        return None
    if step.reasons in ((SwipeReason.NO_SIGN_IN,), (SwipeReason.NO_RESCUE,)):
        return None
    if visit.state != VisitState.OPEN:
        return visit
    if not swiped.facts.by_card and person not in visit.confirmed:
        visit.confirmed = [*visit.confirmed, person]
    if swiped.arrived.doubted and Flag.DRIFT not in visit.flags:
        visit.flags = [*visit.flags, str(Flag.DRIFT)]
    if step.outcome is SwipeOutcome.JOINED:
        visit.technicians = [*visit.technicians, person]
        # his swipe is not on record yet
        judge(visit, by=by, starts={(visit.id, UUID(person)): swiped.arrived.at})
        note(visit, "visit.joined", by=by, person=person)
        if swiped.facts.by_card and swiped.place.via is not SwipeVia.READER:
            ask_holder(visit, UUID(person))  # on a colleague's phone: he may not be there
    elif step.outcome is SwipeOutcome.CLOSED and step.opened_at and step.closed_at:
        visit.opened_at = step.opened_at
        mark_end(visit, swiped.message.swipe_id, swiped.shown, swiped.message.position, swiped.limits.fence_m)
        close(visit, step.closed_at, by=by)
    else:
        note(visit, "visit.seen", by=by, person=person)
    return visit


def _open(swiped: Swiped) -> Visit:
    lift, facts, arrived, person = swiped.place.lift, swiped.facts, swiped.arrived, str(swiped.facts.person)
    assert lift is not None
    assert facts.firm is not None
    task = next_task(lift.id, lift.category)
    visit = Visit(
        equipment_id=lift.id,
        id=swiped.message.swipe_id,
        organisation_id=facts.firm,
        use_unit_id=lift.use_unit_id,
        area=lift.area,
        category=lift.category,
        duty=task.duty,
        **list_at(lift, facts.firm, task.duty, arrived.on),
        due_id=task.due.id if task.due else None,
        state=VisitState.OPEN,
        opened_at=arrived.at,
        received_at=arrived.received_at,
        on=arrived.on,
        technicians=[person],
        confirmed=[] if facts.by_card else [person],
        answers={},
        flags=[str(Flag.DRIFT)] if arrived.doubted else [],
        swiped=True,
        counted=False,
        grade=PresenceGrade.NONE,
        flag_facts=[],
    )
    mark_end(visit, swiped.message.swipe_id, swiped.shown, swiped.message.position, swiped.limits.fence_m)
    session.add(visit)
    judge(visit, by=swiped.by, starts={(visit.id, UUID(person)): arrived.at})
    note(visit, "visit.opened", by=swiped.by, duty=visit.duty, person=person)
    return visit


def _record(swiped: Swiped, step: SwipeStep, visit: Visit | None, content: str) -> SwipeAnswer:
    """The row of a swipe with its answer, and an event in the ledger: of the lift, else of the
    organisation."""
    message, arrived, by, lift = swiped.message, swiped.arrived, swiped.by, swiped.place.lift
    answer = _answer(swiped, step, visit)
    organisation = swiped.facts.firm or by.organisation_id
    assert organisation is not None
    row = Swipe(
        id=message.swipe_id,
        via=swiped.place.via,
        card_uid=card_number(message.card)[:40],
        equipment_id=lift.id if lift else None,
        organisation_id=organisation,
        device_id=by.device_id,
        user_id=swiped.facts.person,
        visit_id=visit.id if visit else None,
        outcome=step.outcome,
        happened_at=message.happened_at,
        received_at=arrived.received_at,
        on=arrived.on,
        drift_s=arrived.drift_s,
        content=content,
        answer=json.dumps(answer, ensure_ascii=False),
        grade=swiped.shown.grade,
        how=message.how,
        distance_m=swiped.shown.distance_m,
        fence=swiped.shown.fence,
    )
    here = message.position
    if here is not None and here.point.is_on_earth:
        row.latitude, row.longitude = map(stored_degrees, here.point)
        row.datum, row.accuracy_m = here.datum, here.accuracy_m
    session.add(row)
    subject = (
        ledger.subject_of("equipment", lift.id) if lift else ledger.subject_of("organisation", organisation)
    )
    payload = {"swipe": row.id, "outcome": step.outcome, "reasons": list(step.reasons), "visit": row.visit_id}
    pack = swiped.limits.pack.pack
    ledger.record(session(), subject, "swipe", actor=by.actor, payload=payload, rows=[row], pack=pack)
    return answer


def _answer(swiped: Swiped, step: SwipeStep, visit: Visit | None) -> SwipeAnswer:
    """What the sender is told and any replay of it is told again: the visit as the swipe left it."""
    pack, on = swiped.limits.pack, swiped.arrived.on
    return {
        "swipe_id": str(swiped.message.swipe_id),
        "outcome": str(step.outcome),
        "via": str(swiped.place.via),
        "reasons": [cast(StoredReason, reason(code, pack, on).as_json()) for code in step.reasons],
        "visit_id": str(visit.id) if visit else None,
        "equipment_id": str(visit.equipment_id) if visit else None,
        "duty": visit.duty if visit else None,
        "annex": visit.annex if visit else None,
        "state": str(visit.state) if visit else None,
        "opened_at": visit.opened_at.isoformat() if visit else None,
        "closed_at": visit.closed_at.isoformat() if visit and visit.closed_at else None,
        "technicians": list(visit.technicians) if visit else [],
        "flags": list(visit.flags) if visit else [],
        "drift_s": swiped.arrived.drift_s,
        "clock_doubted": swiped.arrived.doubted,
        "grade": str(swiped.shown.grade),
        "fence": str(swiped.shown.fence),
        "distance_m": swiped.shown.distance_m,
    }
