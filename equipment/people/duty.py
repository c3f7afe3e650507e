"""上岗 and 交接班: who stands at a shared device, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import record
from equipment.people.hooks import open_work
from equipment.people.models import Card, Certificate, Device, OnDuty, User
from equipment.people.queries import certificates_of, forget_tokens, people_with, user_of_card
from equipment.people.rules import CardStatus, Role, Viewer
from equipment.regulation.cylinder_numbers import operator_certificate
from equipment.regulation.queries import rules
from equipment.storage.db import session

FILLED = "cylinder"  # whose rules say who may stand on a floor
FLOOR_ROLES = (Role.OPERATOR, Role.STATION_OWNER)


@dataclass(frozen=True, slots=True)
class Colleague:
    """One who may go on duty, and why not if he may not."""

    user: User
    has_pin: bool
    certified_until: date | None


def certificate_needed(on: date) -> str:
    """The certificate code that filling asks for, as the bureau has it."""
    return operator_certificate(rules(FILLED), on)


def colleagues(device: Device) -> list[Colleague]:
    """Everybody of the device's organisation who works on its floor, with the end of his certificate."""
    on = clock.today()
    people = people_with(device.organisation_id, *FLOOR_ROLES)
    certified = session.execute(
        select(Certificate.user_id, Certificate.valid_until).where(
            Certificate.organisation_id == device.organisation_id,
            Certificate.code == certificate_needed(on),
            Certificate.valid_from <= on,
            Certificate.valid_until >= on,
        )
    )
    until: dict[UUID, date] = {}
    for user_id, day in certified:
        until[user_id] = max(day, until.get(user_id, day))
    return [Colleague(person, person.pin_hash is not None, until.get(person.id)) for person in people]


def card_holder(uid: str, organisation_id: UUID) -> User:
    """The person of a valid card of this organisation; NotAllowed says what is wrong with the card."""
    match = user_of_card(uid)
    if match is None or match[1].organisation_id != organisation_id or not match[1].active:
        raise NotAllowed(N_("This card is not known here."))
    card = match[0]
    if card.status is not CardStatus.VALID:
        raise NotAllowed(N_("This card was reported lost or returned."))
    if card.expires_on and card.expires_on < clock.today():
        raise NotAllowed(N_("This card has expired."))
    return match[1]


def duty_at(device_id: UUID) -> OnDuty | None:
    """Who is on duty at the device now."""
    return session.scalar(
        select(OnDuty)
        .where(OnDuty.device_id == device_id, OnDuty.until.is_(None))
        .order_by(OnDuty.since.desc())
    )


def go_on_duty(device: Device, user: User, *, by: Viewer) -> OnDuty:
    """Take over the device with what is open there; whoever was on duty goes off. Nobody fills without a
    valid certificate."""
    on = clock.today()
    on_floor = bool(user.role_names & set(FLOOR_ROLES))
    if user.organisation_id != device.organisation_id or not user.active or not on_floor:
        raise NotAllowed(N_("This person does not work on this floor."))
    needed = certificate_needed(on)
    if needed not in certificates_of(user.id, on):
        raise NotAllowed(
            Message(
                N_("Without a valid filling certificate (%(code)s) nobody goes on duty."), {"code": needed}
            )
        )
    end_duties(OnDuty.device_id == device.id, by=by)
    on_duty = OnDuty(
        organisation_id=device.organisation_id,
        id=new_id(),
        device_id=device.id,
        user_id=user.id,
        since=clock.now(),
        until=None,
    )
    session.add(on_duty)
    record(
        session(),
        f"device:{device.id}",
        "duty.began",
        actor=by.actor,
        payload={"duty": on_duty.id, "user": user.id, "open": [work.id for work in open_work(device)]},
        rows=[on_duty],
    )
    forget_tokens()
    return on_duty


def leave(device: Device, *, by: Viewer) -> None:
    """下岗: nobody goes before what he began is settled, or somebody by name has taken it over."""
    if work := open_work(device):
        text = N_("%(count)d bottles are open: settle them, or somebody takes over.")
        raise Conflict({"open": Message(text, {"count": len(work)})})
    end_duties(OnDuty.device_id == device.id, by=by)


def end_duties(which: ColumnElement[bool], *, by: Viewer) -> None:
    """Whoever is on duty there goes off."""
    for duty in session.scalars(
        select(OnDuty).where(which, OnDuty.until.is_(None)).order_by(OnDuty.device_id, OnDuty.since)
    ):
        duty.until = clock.now()
        record(
            session(),
            f"device:{duty.device_id}",
            "duty.ended",
            actor=by.actor,
            payload={"duty": duty.id, "user": duty.user_id},
            rows=[duty],
        )
    forget_tokens()


def cards_of(user_id: UUID) -> list[Card]:
    return list(session.scalars(select(Card).where(Card.user_id == user_id).order_by(Card.status, Card.uid)))
