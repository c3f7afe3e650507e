"""Recording a swipe: always kept, refused or not; the same one twice gets the earlier answer; two at once open one visit."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.words import N_
from equipment.ledger import actions as ledger
from equipment.maintenance import rules as swipe_rules
from equipment.maintenance.closing import close, forget, note
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.queries import VISITED, annex_of, facts_of, latest_swiped, limits_of, next_task
from equipment.maintenance.rules import CardFacts, Step, SwipeFacts, is_forgotten, moment, next_step
from equipment.maintenance.states import Direction, Flag, SwipeOutcome, SwipeReason, SwipeVia, VisitState
from equipment.people.models import Card, Device, User
from equipment.people.queries import certificates_of, user_of_card
from equipment.people.rules import SYSTEM, DeviceKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.codes import cleaned, normal
from equipment.register.models import Equipment
from equipment.register.queries import resolve
from equipment.register.rules import EquipmentStatus, IdentifierKind, Outcome
from equipment.regulation.queries import rules
from equipment.storage.db import session

# Where no lift is known there is still a rule pack to judge and cite by.
NO_LIFT = VISITED[0]
LED_NOWHERE = {Outcome.VOID: SwipeReason.LIFT_VOID, Outcome.BLANK: SwipeReason.LIFT_UNKNOWN, Outcome.AMBIGUOUS: SwipeReason.LIFT_AMBIGUOUS,
               Outcome.FORGED: SwipeReason.LIFT_FORGED, Outcome.MISTYPED: SwipeReason.LIFT_MISTYPED}


@dataclass(frozen=True, slots=True)
class Sent:
    """One swipe as a reader or phone sent it."""

    swipe_id: UUID
    happened_at: datetime
    card: str = ""
    code: str = ""
    direction: Direction = Direction.EITHER
    at_lift: UUID | None = None  # a page that stands at an open visit already knows the lift

    def content(self) -> dict[str, str]:
        return {"card": normal(self.card), "code": self.code.strip(), "direction": str(self.direction), "happened_at": self.happened_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a swipe was made: the lift, or why there is none."""

    equipment_id: UUID | None
    via: SwipeVia
    against: SwipeReason | None = None


@dataclass(slots=True)
class Known:
    """A swipe with the lift, the person and the instant it is judged at."""

    sent: Sent
    reached: Reached
    by: Viewer
    piece: Equipment | None
    card: Card | None
    person: User | None
    received_at: datetime
    at: datetime
    doubted: bool
    facts: SwipeFacts = field(init=False)

    @property
    def own_session(self) -> bool:
        """The person's own sign-in stands behind it, not only a card."""
        return self.reached.via is not SwipeVia.READER and not self.sent.card


def swipe(sent: Sent, *, by: Viewer, device: Device | None = None) -> tuple[dict[str, Any], bool]:
    """(the answer, whether it is a new one). The lift's chain is taken first, so that swipes at one lift stand in line."""
    reached = _reached(sent, device)
    if reached.equipment_id is not None:
        ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", reached.equipment_id)])
    stored = session.get(Swipe, sent.swipe_id, populate_existing=True)
    if stored is not None:
        return _replayed(stored, sent, by), False
    visit = latest_swiped(reached.equipment_id) if reached.equipment_id else None
    known = _known(sent, reached, by, _last_contact(device, visit))
    limits = limits_of(_category(known), clock.site_day(known.at))
    facts = facts_of(visit)
    if visit is not None and facts is not None and is_forgotten(facts, known.at, limits):
        forget(visit, by=SYSTEM)
        facts = facts_of(visit)
    step = next_step(facts, known.facts, limits)
    return _kept(known, step, _applied(known, step, visit), device), True


def _reached(sent: Sent, device: Device | None) -> Reached:
    """A reader is the lift it is fixed at; a phone says by label or plate where it is."""
    if device is not None and device.kind == DeviceKind.READER:
        return Reached(device.equipment_id, SwipeVia.READER, None if device.equipment_id else SwipeReason.LIFT_UNKNOWN)
    if sent.at_lift is not None:
        return Reached(sent.at_lift, SwipeVia.PHONE)
    found = resolve(sent.code)
    via = SwipeVia.PLATE if found.identifier is IdentifierKind.RFID else SwipeVia.PHONE
    if found.outcome is not Outcome.FOUND:
        return Reached(None, via, LED_NOWHERE.get(found.outcome, SwipeReason.LIFT_UNKNOWN))
    return Reached(found.equipment_id, via)


def _replayed(stored: Swipe, sent: Sent, by: Viewer) -> dict[str, Any]:
    before, now = json.loads(stored.content), sent.content()
    differs = {name: N_("Differs from what was sent before.") for name in now if now[name] != before.get(name)}
    same_device = stored.device_id == by.device_id and (by.device_id is not None or stored.organisation_id == by.organisation_id)
    same_person = by.user_id is not None and stored.user_id == by.user_id  # by the page's session first, then by the phone's token
    if not (same_device or same_person):
        differs["swipe_id"] = N_("Another device has used this id.")
    if differs:
        raise Conflict(differs)
    answer: dict[str, Any] = json.loads(stored.answer)
    return answer


def _known(sent: Sent, reached: Reached, by: Viewer, last_contact: datetime) -> Known:
    piece = session.scalar(visible(SYSTEM, Equipment).where(Equipment.id == reached.equipment_id).execution_options(populate_existing=True))
    if piece is None and reached.against is None:
        reached = Reached(None, reached.via, SwipeReason.LIFT_UNKNOWN)
    holder = _holder(sent.card)
    person = holder[1] if holder else session.get(User, by.user_id) if by.user_id and not sent.card else None
    received = clock.now()
    limits = limits_of(piece.category if piece is not None and piece.category in VISITED else NO_LIFT, clock.site_day(received))
    at, doubted = moment(sent.happened_at, received, last_contact, limits)
    known = Known(sent, reached, by, piece, holder[0] if holder else None, person, received, at, doubted)
    known.facts = _facts(known)
    return known


def _holder(card: str) -> tuple[Card, User] | None:
    """Who holds a card, however the reader spells its number."""
    spellings = dict.fromkeys((normal(card), cleaned(card).upper())) if card else {}
    return next((found for uid in spellings if (found := user_of_card(uid))), None)


def _last_contact(device: Device | None, visit: Visit | None) -> datetime:
    """When we last heard of the device. A browser's session names its own time only when it signs out (the edge sees to that): of an open
    visit, so that its word is worth nothing before that visit began. A phone may have been enrolled by its page after it kept a swipe."""
    fresh = session.get_one(Device, device.id, populate_existing=True) if device is not None else None
    if fresh is not None and (fresh.seen_at is not None or fresh.kind != DeviceKind.PHONE):
        return fresh.seen_at or fresh.created_at
    a_day_ago = clock.now() - timedelta(days=1)
    return max(visit.opened_at, a_day_ago) if visit is not None and visit.state == VisitState.OPEN else a_day_ago


def _category(known: Known) -> str:
    return known.piece.category if known.piece is not None and known.piece.category in VISITED else NO_LIFT


def _facts(known: Known) -> SwipeFacts:
    piece, person, on = known.piece, known.person, clock.site_day(known.at)
    against = known.reached.against or (SwipeReason.NO_VISITS if piece is not None and piece.category not in VISITED else None)
    wanted = str(rules(_category(known)).value("technician_certificate", on).value)
    return SwipeFacts(
        at=known.at, on=on, direction=known.sent.direction, against_lift=against, in_use=piece is None or piece.status == EquipmentStatus.IN_USE,
        contracted=piece.maintenance_firm_id if piece else None, by_card=bool(known.sent.card) or known.reached.via is SwipeVia.READER,
        card=CardFacts(known.card.status, known.card.expires_on) if known.card else None, person=person.id if person else None,
        firm=person.organisation_id if person else None, active=person is None or person.works,
        technician=person is None or Role.TECHNICIAN in person.role_names, certified=person is None or wanted in certificates_of(person.id, on))


def _applied(known: Known, step: Step, visit: Visit | None) -> Visit | None:
    """Do what the step says; the visit it belongs to, if any."""
    person = str(known.facts.person)
    if step.outcome is SwipeOutcome.OPENED:
        return _opened(known)
    if visit is None or step.outcome is SwipeOutcome.REFUSED or step.reasons == (SwipeReason.NO_SIGN_IN,):
        return None
    if known.own_session and person not in visit.confirmed and visit.state == VisitState.OPEN:
        visit.confirmed = [*visit.confirmed, person]
    if known.doubted and visit.state == VisitState.OPEN and Flag.DRIFT not in visit.flags:
        visit.flags = [*visit.flags, str(Flag.DRIFT)]
    if step.outcome is SwipeOutcome.JOINED:
        visit.technicians = [*visit.technicians, person]
        note(visit, "visit.joined", by=known.by, person=person)
    elif step.outcome is SwipeOutcome.CLOSED and step.opened_at and step.closed_at:
        visit.opened_at = step.opened_at
        close(visit, step.closed_at, by=known.by)
    elif visit.state == VisitState.OPEN:
        note(visit, "visit.seen", by=known.by, person=person)
    return visit


def _opened(known: Known) -> Visit:
    piece, person = known.piece, str(known.facts.person)
    assert piece is not None
    assert known.facts.firm is not None
    on, task = clock.site_day(known.at), next_task(piece.id)
    visit = Visit(
        equipment_id=piece.id, id=known.sent.swipe_id, organisation_id=known.facts.firm, use_unit_id=piece.use_unit_id, area=piece.area,
        category=piece.category, duty=task.duty, annex=annex_of(piece, on), due_id=task.due.id if task.due else None, state=VisitState.OPEN,
        opened_at=known.at, received_at=known.received_at, on=on, technicians=[person], confirmed=[person] if known.own_session else [],
        answers={}, flags=[str(Flag.DRIFT)] if known.doubted else [], swiped=True, counted=False)
    session.add(visit)
    note(visit, "visit.opened", by=known.by, duty=visit.duty, person=person)
    return visit


def _kept(known: Known, step: Step, visit: Visit | None, device: Device | None) -> dict[str, Any]:
    sent, on = known.sent, clock.site_day(known.at)
    drift_s = round((known.received_at - sent.happened_at).total_seconds())
    pack = rules(_category(known))
    reasons = [swipe_rules.reason(each, pack, on).as_json() for each in step.reasons]
    answer = _answer(known, step, visit, reasons) | {"drift_s": drift_s, "clock_doubted": known.doubted}
    organisation = known.facts.firm or known.by.organisation_id
    assert organisation is not None
    row = Swipe(
        id=sent.swipe_id, via=known.reached.via, card_uid=normal(sent.card), equipment_id=known.piece.id if known.piece else None,
        organisation_id=organisation, device_id=known.by.device_id, user_id=known.facts.person, visit_id=visit.id if visit else None,
        outcome=step.outcome, happened_at=sent.happened_at, received_at=known.received_at, on=on, drift_s=drift_s,
        content=json.dumps(sent.content(), ensure_ascii=False), answer=json.dumps(answer, ensure_ascii=False))
    session.add(row)
    subject = ledger.subject_of("equipment", known.piece.id) if known.piece else ledger.subject_of("organisation", organisation)
    payload: Mapping[str, Any] = {"swipe": row.id, "outcome": step.outcome, "reasons": list(step.reasons), "visit": row.visit_id}
    ledger.record(session(), subject, "swipe", actor=known.by.actor, payload=payload, rows=[row], pack=pack.pack)
    if device is not None and known.at == known.received_at:  # a queue being sent does not move the last contact past itself
        session.execute(update(Device).where(Device.id == device.id).values(seen_at=known.received_at, drift_s=drift_s))
    return answer


def _answer(known: Known, step: Step, visit: Visit | None, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "swipe_id": str(known.sent.swipe_id), "outcome": str(step.outcome), "via": str(known.reached.via), "reasons": reasons,
        "visit_id": str(visit.id) if visit else None, "equipment_id": str(visit.equipment_id) if visit else None,
        "duty": visit.duty if visit else None, "annex": visit.annex if visit else None, "state": str(visit.state) if visit else None,
        "opened_at": visit.opened_at.isoformat() if visit else None,
        "closed_at": visit.closed_at.isoformat() if visit and visit.closed_at else None,
        "technicians": list(visit.technicians) if visit else [], "flags": list(visit.flags) if visit else [],
    }
