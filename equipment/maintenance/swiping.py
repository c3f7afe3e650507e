"""Recording a swipe: message, facts, step, visit, row. It is always recorded, refused or not; two at once
open one visit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import bindparam, func

from equipment.core import clock
from equipment.intake.actions import ReceiptBook, conflict, last_contact, note_contact
from equipment.intake.rules import Arrival, arrival
from equipment.ledger import actions as ledger
from equipment.maintenance.closing import close, forget, note
from equipment.maintenance.models import StoredReason, Swipe, SwipeAnswer, Visit
from equipment.maintenance.queries import UNDATED, VISITED, annex_of, limits_of, next_task
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
from equipment.maintenance.states import Direction, Flag, SwipeOutcome, SwipeReason, SwipeVia, VisitState
from equipment.people.models import Device, User
from equipment.people.queries import certificates_of, user_of_card
from equipment.people.rules import SYSTEM, DeviceKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.codes import cleaned, normal
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import EquipmentStatus, IdentifierKind, Outcome
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


class SwipePlace(NamedTuple):
    """Where a swipe was made: the lift, or why there is none."""

    equipment_id: UUID | None
    via: SwipeVia
    against: SwipeReason | None = None


class Swiped(NamedTuple):
    """A swipe with where and when it counts and all that decides about it; `own_sign_in` stands behind it,
    not only a card."""

    message: SwipeMessage
    by: Viewer
    place: SwipePlace
    piece: Equipment | None
    arrived: Arrival
    facts: SwipeFacts
    own_sign_in: bool


def swipe(message: SwipeMessage, *, by: Viewer, device: Device | None = None) -> tuple[SwipeAnswer, bool]:
    """(the answer, whether it is a new one). The lift's chain is taken first, so that swipes at one lift
    stand in line."""
    place, visit = _place(message, device), None
    if place.equipment_id is not None:
        ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", place.equipment_id)])
        visit = session.scalar(_latest, {"lift": place.equipment_id})
    content = json.dumps(
        {
            "card": normal(message.card),
            "code": message.code.strip(),
            "direction": str(message.direction),
            "happened_at": message.happened_at.isoformat(),
        },
        ensure_ascii=False,
    )
    before = SWIPES.earlier(session.connection(), [message.swipe_id]).get(message.swipe_id)
    if before is not None:
        # The page's session may have said it first, the phone's token says it again.
        sender = before.sender if before.sender in (by.device_id, by.organisation_id) else by.device_id
        if fields := before.conflict(sender, content, SWIPES.id_field):
            raise conflict(fields)
        earlier: SwipeAnswer = json.loads(before.answer)
        return earlier, False
    swiped, limits = _facts(message, place, visit, by, device)
    at_lift = (
        VisitFacts(
            visit.organisation_id, visit.opened_at, tuple(map(UUID, visit.technicians)), visit.closed_at
        )
        if visit
        else None
    )
    if visit is not None and at_lift is not None and is_forgotten(at_lift, swiped.arrived.at, limits):
        forget(visit, by=SYSTEM)
        at_lift = replace(at_lift, closed_at=visit.closed_at)
    step = next_step(at_lift, swiped.facts, limits)
    answer = _record(swiped, step, _apply(swiped, step, visit), limits, content)
    live = swiped.arrived.at == swiped.arrived.received_at and not swiped.arrived.doubted
    if device is not None and live and note_contact(device, swiped.arrived.received_at):
        fresh = session.get_one(Device, device.id)
        fresh.seen_at, fresh.drift_s = swiped.arrived.received_at, swiped.arrived.drift_s
    return answer, True


def _place(message: SwipeMessage, device: Device | None) -> SwipePlace:
    """A reader is the lift it is fixed at; a phone says by label or plate where it is."""
    if device is not None and device.kind == DeviceKind.READER:
        return SwipePlace(
            device.equipment_id, SwipeVia.READER, None if device.equipment_id else SwipeReason.LIFT_UNKNOWN
        )
    if message.at_lift is not None:
        return SwipePlace(message.at_lift, SwipeVia.PHONE)
    resolved = resolve(message.code)
    via = SwipeVia.PLATE if resolved.identifier is IdentifierKind.RFID else SwipeVia.PHONE
    if resolved.outcome is not Outcome.FOUND:
        return SwipePlace(None, via, LED_NOWHERE.get(resolved.outcome, SwipeReason.LIFT_UNKNOWN))
    return SwipePlace(resolved.equipment_id, via)


def _facts(
    message: SwipeMessage, place: SwipePlace, visit: Visit | None, by: Viewer, device: Device | None
) -> tuple[Swiped, VisitLimits]:
    """The lift, the card and its holder as the rules ask for them on every day that the swipe is judged on. A
    swipe that reached no lift
    with visits is refused anyway: no limit of a category is asked for it."""
    lift = session.get(Equipment, place.equipment_id, populate_existing=True) if place.equipment_id else None
    against = place.against or (
        SwipeReason.LIFT_UNKNOWN
        if lift is None
        else None
        if lift.category in VISITED
        else SwipeReason.NO_VISITS
    )
    received_at = clock.now()
    limits = (
        limits_of(lift.category, clock.site_day(received_at))
        if lift is not None and against is None
        else UNDATED
    )
    # A browser's session names its own time only when it signs out, and a phone may be enrolled by its page
    # after it kept a swipe: their
    # word is worth nothing before the visit began, or after a day.
    heard = last_contact(device) or (
        device.created_at if device is not None and device.kind != DeviceKind.PHONE else None
    )
    if heard is None:
        a_day_ago = received_at - timedelta(days=1)
        heard = (
            max(visit.opened_at, a_day_ago)
            if visit is not None and visit.state == VisitState.OPEN
            else a_day_ago
        )
    queued = False if limits is UNDATED else None
    arrived = arrival(
        message.happened_at, received_at, limits.clock, queued=queued, last_contact=heard - limits.clock.drift
    )
    spellings = dict.fromkeys((normal(message.card), cleaned(message.card).upper())) if message.card else {}
    card, person = next(filter(None, map(user_of_card, spellings)), (None, None))
    if not message.card and by.user_id:
        person = session.get(User, by.user_id)
    certified = (
        person is None
        or not limits.certificate
        or all(limits.certificate in certificates_of(person.id, day) for day in arrived.days)
    )
    facts = SwipeFacts(
        at=arrived.at,
        days=arrived.days,
        direction=message.direction,
        against_lift=against,
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
    own_sign_in = place.via is not SwipeVia.READER and not message.card
    return Swiped(message, by, place, lift, arrived, facts, own_sign_in), limits


def _apply(swiped: Swiped, step: SwipeStep, visit: Visit | None) -> Visit | None:
    """Do what the step says; the visit it belongs to, if any."""
    person, by = str(swiped.facts.person), swiped.by
    if step.outcome is SwipeOutcome.OPENED:
        return _open(swiped)
    if visit is None or step.outcome is SwipeOutcome.REFUSED or step.reasons == (SwipeReason.NO_SIGN_IN,):
        return None
    if visit.state != VisitState.OPEN:
        return visit
    if swiped.own_sign_in and person not in visit.confirmed:
        visit.confirmed = [*visit.confirmed, person]
    if swiped.arrived.doubted and Flag.DRIFT not in visit.flags:
        visit.flags = [*visit.flags, str(Flag.DRIFT)]
    if step.outcome is SwipeOutcome.JOINED:
        visit.technicians = [*visit.technicians, person]
        note(visit, "visit.joined", by=by, person=person)
    elif step.outcome is SwipeOutcome.CLOSED and step.opened_at and step.closed_at:
        visit.opened_at = step.opened_at
        close(visit, step.closed_at, by=by)
    else:
        note(visit, "visit.seen", by=by, person=person)
    return visit


def _open(swiped: Swiped) -> Visit:
    lift, facts, arrived, person = swiped.piece, swiped.facts, swiped.arrived, str(swiped.facts.person)
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
        annex=annex_of(lift, arrived.on),
        due_id=task.due.id if task.due else None,
        state=VisitState.OPEN,
        opened_at=arrived.at,
        received_at=arrived.received_at,
        on=arrived.on,
        technicians=[person],
        confirmed=[person] if swiped.own_sign_in else [],
        answers={},
        flags=[str(Flag.DRIFT)] if arrived.doubted else [],
        swiped=True,
        counted=False,
    )
    session.add(visit)
    note(visit, "visit.opened", by=swiped.by, duty=visit.duty, person=person)
    return visit


def _record(
    swiped: Swiped, step: SwipeStep, visit: Visit | None, limits: VisitLimits, content: str
) -> SwipeAnswer:
    """The row of a swipe with its answer, and a line in the ledger: of the lift, else of the organisation."""
    message, arrived, by, lift = swiped.message, swiped.arrived, swiped.by, swiped.piece
    reasons = [cast(StoredReason, reason(code, limits.pack, arrived.on).as_json()) for code in step.reasons]
    answer: SwipeAnswer = {
        "swipe_id": str(message.swipe_id),
        "outcome": str(step.outcome),
        "via": str(swiped.place.via),
        "reasons": reasons,
        "visit_id": str(visit.id) if visit else None,
        "equipment_id": str(visit.equipment_id) if visit else None,
        "duty": visit.duty if visit else None,
        "annex": visit.annex if visit else None,
        "state": str(visit.state) if visit else None,
        "opened_at": visit.opened_at.isoformat() if visit else None,
        "closed_at": visit.closed_at.isoformat() if visit and visit.closed_at else None,
        "technicians": list(visit.technicians) if visit else [],
        "flags": list(visit.flags) if visit else [],
        "drift_s": arrived.drift_s,
        "clock_doubted": arrived.doubted,
    }
    organisation = swiped.facts.firm or by.organisation_id
    assert organisation is not None
    row = Swipe(
        id=message.swipe_id,
        via=swiped.place.via,
        card_uid=normal(message.card),
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
    )
    session.add(row)
    subject = (
        ledger.subject_of("equipment", lift.id) if lift else ledger.subject_of("organisation", organisation)
    )
    payload = {"swipe": row.id, "outcome": step.outcome, "reasons": list(step.reasons), "visit": row.visit_id}
    ledger.record(
        session(), subject, "swipe", actor=by.actor, payload=payload, rows=[row], pack=limits.pack.pack
    )
    return answer
