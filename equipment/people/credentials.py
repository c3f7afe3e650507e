"""Proving who one is: passwords and PINs, with one count of failures and one lock for both."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from flask_security import hash_password, verify_password
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.ledger.actions import record
from equipment.people.codes import mobile_number, password_fault, pin_fault, plain
from equipment.people.models import Organisation, User
from equipment.people.rules import Viewer
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class Lock:
    """After how many failures in a row an account is locked, and for how long."""

    tries: int
    minutes: int

    @classmethod
    def of(cls, settings: Settings) -> Lock:
        return cls(int(settings.lockout_tries), int(settings.lockout_minutes))


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Checked where there is no such person, so that the answer takes the same time."""
    hashed: str = hash_password(secrets.token_urlsafe(16))
    return hashed


def person_with(mobile: str, password: str) -> User | None:
    """The active person of this number if the password is his;
    slow by design, so call it outside the transaction."""
    user = session.scalar(
        select(User)
        .join(User.organisation)
        .where(User.mobile == mobile_number(mobile), User.active, Organisation.active)
    )
    right = verify_password(plain(password), user.password if user else _nobodys_hash())
    return user if user and right else None


def has_pin(user: User, pin: str) -> bool:
    """Whether the PIN is this person's; slow by design."""
    right: bool = verify_password(plain(pin), user.pin_hash or _nobodys_hash())
    return right and user.pin_hash is not None


def is_locked(user: User, at: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > at


def failed(user_id: UUID, lock: Lock) -> None:
    """Count one failure; the last one allowed locks the account."""
    user = session.get_one(User, user_id, with_for_update={"of": User}, populate_existing=True)
    if is_locked(user, clock.now()):
        return
    user.failed += 1
    if user.failed >= lock.tries:
        user.failed, user.locked_until = 0, clock.now() + timedelta(minutes=lock.minutes)
        record(
            session(),
            f"user:{user.id}",
            "locked",
            actor="system",
            payload={"tries": lock.tries, "until": user.locked_until},
        )


def failed_number(mobile: str, lock: Lock) -> None:
    """Count one failure for whoever has this number, if anybody has."""
    user_id = session.scalar(select(User.id).where(User.mobile == mobile_number(mobile)))
    if user_id:
        failed(user_id, lock)


def succeeded(user: User) -> bool:
    """Forget the failures; False when the account was locked in the meantime."""
    session.refresh(user, with_for_update={"of": User})
    if is_locked(user, clock.now()) or not user.works:
        return False
    user.failed, user.locked_until, user.seen_at = 0, None, clock.now()
    return True


def hashed_password(password: str, mobile: str, field: str = "new_password") -> str:
    """The hash of a password that may be one; slow by design, so call it outside the transaction."""
    fault = password_fault(plain(password), mobile)
    if fault:
        raise Invalid({field: fault})
    hashed: str = hash_password(plain(password))
    return hashed


def hashed_pin(pin: str) -> str:
    """The hash of a PIN that may be one; slow by design, so call it outside the transaction."""
    fault = pin_fault(plain(pin))
    if fault:
        raise Invalid({"pin": fault})
    hashed: str = hash_password(plain(pin))
    return hashed


def set_password(user: User, hashed: str, *, by: Viewer, must_change: bool = False) -> None:
    """A new password ends every session of this person, and his lock."""
    user.password, user.must_change, user.fs_uniquifier = hashed, must_change, secrets.token_hex(16)
    user.failed, user.locked_until = 0, None
    payload = {"must_change": must_change}
    record(session(), f"user:{user.id}", "password_set", actor=by.actor, payload=payload, rows=[user])


def set_pin(user: User, hashed: str, *, by: Viewer) -> None:
    """The PIN for going on duty at a shared device."""
    user.pin_hash = hashed
    record(session(), f"user:{user.id}", "pin_set", actor=by.actor, rows=[user])
