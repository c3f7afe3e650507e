"""Devices: enrolled with a token that is shown once, revoked for ever;
revoking ends whatever duty stands on them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.duty import end_duties
from equipment.people.models import Device, OnDuty, Organisation, User
from equipment.people.queries import forget_tokens, token_digest
from equipment.people.rules import DeviceKind, Role, Viewer
from equipment.storage.db import sandbox_here, session

PHONES_PER_PERSON = 3


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device as typed; a reader names its lift, a phone its person."""

    kind: DeviceKind
    name: str
    user_id: UUID | None = None
    equipment_id: UUID | None = None
    bay: str = ""


def new_token() -> str:
    """256 random bits. A token of a sandbox begins with its name and a dot, so that each of its messages
    finds it; no other token has a dot."""
    sandbox = sandbox_here()
    begins = f"{sandbox.name}." if sandbox else ""
    return begins + secrets.token_urlsafe(32)


def enrol(organisation: Organisation, new: NewDevice, *, by: Viewer) -> tuple[Device, str]:
    """The device and its token in clear, which nobody can ever see again."""
    token = new_token()
    return enrol_holder(organisation, new, token_digest(token), by=by), token


def enrol_holder(organisation: Organisation, new: NewDevice, token_hash: str, *, by: Viewer) -> Device:
    """The device of whoever holds the token of this digest."""
    if not new.name.strip():
        raise Invalid({"name": N_("This is needed.")})
    if new.kind is DeviceKind.FIRM_SYSTEM and not _answers(new.user_id):
        raise Invalid(
            {"person": N_("Choose the manager of the firm who answers for what this system sends.")}
        )
    if new.kind is DeviceKind.READER and new.equipment_id is None:
        raise Invalid(
            {"equipment": N_("A reader belongs to one lift: scan its label or type its device code.")}
        )
    device = Device(
        id=new_id(),
        organisation_id=organisation.id,
        kind=new.kind,
        name=new.name.strip(),
        token_hash=token_hash,
        user_id=new.user_id,
        equipment_id=new.equipment_id,
        bay=new.bay.strip(),
        created_at=clock.now(),
    )
    session.add(device)
    payload = {
        "kind": new.kind,
        "organisation": organisation.id,
        "user": new.user_id,
        "equipment": new.equipment_id,
    }
    record(session(), f"device:{device.id}", "enrolled", actor=by.actor, payload=payload, rows=[device])
    return device


def _answers(user_id: UUID | None) -> bool:
    person = session.get(User, user_id) if user_id else None
    return person is not None and person.works and Role.FIRM_MANAGER in person.role_names


def enrol_phone(user: User, name: str, *, by: Viewer) -> tuple[Device, str]:
    """A phone of this person for pages that must work without a signal;
    his oldest one ends when he has too many."""
    held = session.scalars(
        select(Device)
        .where(Device.user_id == user.id, Device.kind == DeviceKind.PHONE, Device.revoked_at.is_(None))
        .order_by(Device.created_at, Device.id)
    ).all()
    for surplus in held[: max(0, len(held) - PHONES_PER_PERSON + 1)]:
        revoke(surplus, by=by)
    return enrol(
        user.organisation, NewDevice(DeviceKind.PHONE, name or N_("Mobile phone"), user_id=user.id), by=by
    )


def revoke(device: Device, *, by: Viewer) -> None:
    """End the device: its token, its cookie, and whoever is on duty there."""
    if device.revoked_at:
        return
    device.revoked_at = clock.now()
    end_duties(OnDuty.device_id == device.id, by=by)
    record(session(), f"device:{device.id}", "revoked", actor=by.actor, rows=[device])
    forget_tokens()


def revoke_phones(user: User, *, by: Viewer) -> None:
    """End everything that is signed in as this person: his phones and his duties."""
    phones = (
        select(Device)
        .where(Device.user_id == user.id, Device.kind == DeviceKind.PHONE, Device.revoked_at.is_(None))
        .order_by(Device.id)
    )
    for device in session.scalars(phones):
        revoke(device, by=by)
    end_duties(OnDuty.user_id == user.id, by=by)


def forget_person(user: User, *, by: Viewer) -> None:
    """He has left: his phones and duties end, and no machine acts in his name any more."""
    revoke_phones(user, by=by)
    for device in session.scalars(
        select(Device).where(Device.user_id == user.id, Device.revoked_at.is_(None)).order_by(Device.id)
    ):
        device.user_id = None
        record(
            session(),
            f"device:{device.id}",
            "person_removed",
            actor=by.actor,
            payload={"user": user.id},
            rows=[device],
        )
    forget_tokens()
