"""Proving who one is: passwords and PINs, each with its own count of failures at each place; every attempt is
written down."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from flask_security import hash_password, verify_password
from sqlalchemy import Select, func, select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.ledger.actions import record
from equipment.people.codes import mobile_number, password_fault, pin_fault, plain
from equipment.people.models import Organisation, SignIn, User
from equipment.people.rules import SignInMeans, SignInOutcome, Viewer
from equipment.regulation.queries import one_time_days
from equipment.storage.db import session

KNOWN_FOR = timedelta(days=90)  # a browser or address from which this person has signed in
COUNTED_FOR = timedelta(days=1)
AN_HOUR = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=5)  # that a session is used is written down no more often
STRANGERS = 4  # times the tries of one place, from all unknown addresses within an hour
MOST_DOUBLED = 5


@dataclass(frozen=True, slots=True)
class Lock:
    """After how many failures in a row an account is locked at one place, and for how long at first."""

    tries: int
    minutes: int

    @classmethod
    def of(cls, settings: Settings) -> Lock:
        return cls(int(settings.lockout_tries), int(settings.lockout_minutes))

    def until(self, failures: int, last: datetime) -> datetime:
        """When the next try counts; each failure beyond the allowed ones doubles the wait."""
        doubled = min(failures - self.tries, MOST_DOUBLED)
        return last + timedelta(minutes=self.minutes * 2**doubled) if doubled >= 0 else last


@dataclass(frozen=True, slots=True)
class Attempt:
    """How and from where somebody tries to prove who he is. Failures at one place lock nobody out at another:
    a stranger must not keep staff from their work."""

    means: SignInMeans
    address: str
    agent: str = ""
    browser: str = ""  # the digest of a token that the browser got when its person signed in
    device_id: UUID | None = None  # a shared device, at which people go on duty

    def place(self, user_id: UUID) -> str:
        """What this attempt is counted by."""
        if self.device_id:
            return f"device:{self.device_id}"
        own = f"browser:{self.browser}"
        return own if self.browser and session.scalar(_done(user_id, place=own)) else self.by_address

    @property
    def by_address(self) -> str:
        return f"address:{self.address}"


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


def has_password(user: User, password: str) -> bool:
    """Whether the password is this person's; slow by design."""
    right: bool = verify_password(plain(password), user.password)
    return right


def has_pin(user: User, pin: str) -> bool:
    """Whether the PIN is this person's; slow by design."""
    right: bool = verify_password(plain(pin), user.pin_hash or _nobodys_hash())
    return right and user.pin_hash is not None


def _done(user_id: UUID, **place: str) -> Select[datetime]:
    """When this person last proved who he is, at a place or from an address; NULL within KNOWN_FOR never."""
    done = select(func.max(SignIn.at)).where(
        SignIn.user_id == user_id, SignIn.outcome == SignInOutcome.DONE, SignIn.at > clock.now() - KNOWN_FOR
    )
    return done.filter_by(**place)


def locked_until(user_id: UUID, attempt: Attempt, lock: Lock) -> datetime | None:
    """Until when this person is locked at this place; None when the next try counts."""
    now, place = clock.now(), attempt.place(user_id)
    wrong = select(func.count(), func.max(SignIn.at)).where(
        SignIn.user_id == user_id, SignIn.means == attempt.means, SignIn.outcome == SignInOutcome.WRONG
    )
    cleared = session.scalar(
        select(func.max(SignIn.at)).where(
            SignIn.user_id == user_id, SignIn.outcome == SignInOutcome.CLEARED, SignIn.at > now - COUNTED_FOR
        )
    )
    here = session.scalar(_done(user_id, address=attempt.address))
    at_place = session.scalar(_done(user_id, place=place))
    since = max(moment for moment in (now - COUNTED_FOR, cleared, here, at_place) if moment)
    failures, last = session.execute(wrong.where(SignIn.place == place, SignIn.at > since)).one()
    if last and lock.until(failures, last) > now:
        return lock.until(failures, last)
    if here is None and place == attempt.by_address:  # nobody has ever signed in for him from there
        strangers = wrong.where(SignIn.place.startswith("address:"), SignIn.at > max(since, now - AN_HOUR))
        failures, last = session.execute(strangers).one()
        if failures >= lock.tries * STRANGERS:
            return last + timedelta(minutes=lock.minutes)
    return None


def is_locked_somewhere(user: User, lock: Lock) -> bool:
    """Whether this person is locked at any place from which somebody has tried lately."""
    tried = select(SignIn.means, SignIn.address, SignIn.place).where(
        SignIn.user_id == user.id,
        SignIn.outcome == SignInOutcome.WRONG,
        SignIn.at > clock.now() - COUNTED_FOR,
    )
    for means, address, place in session.execute(tried.distinct()):
        kind, _, name = place.partition(":")
        device_id = UUID(name) if kind == "device" else None
        attempt = Attempt(means, address, browser=name if kind == "browser" else "", device_id=device_id)
        if locked_until(user.id, attempt, lock):
            return True
    return False


def _written(user_id: UUID | None, attempt: Attempt, outcome: SignInOutcome, place: str) -> SignIn:
    now = clock.now()
    row = SignIn(
        id=new_id(),
        user_id=user_id,
        means=attempt.means,
        outcome=outcome,
        place=place,
        address=attempt.address[:45],
        agent=attempt.agent[:200],
        at=now,
        seen_at=now if outcome is SignInOutcome.DONE else None,
    )
    session.add(row)
    return row


def failed(user_id: UUID | None, attempt: Attempt, lock: Lock) -> None:
    """Write down a failure, of nobody where the number is unknown; the last one allowed locks the account at
    this place."""
    if user_id is None:
        _written(None, attempt, SignInOutcome.WRONG, attempt.by_address)
        return
    session.get_one(User, user_id, with_for_update={"of": User})
    place = attempt.place(user_id)
    if locked_until(user_id, attempt, lock):
        _written(user_id, attempt, SignInOutcome.LOCKED, place)
        return
    _written(user_id, attempt, SignInOutcome.WRONG, place)
    session.flush()
    if until := locked_until(user_id, attempt, lock):
        record(
            session(),
            f"user:{user_id}",
            "locked",
            actor="system",
            payload={"tries": lock.tries, "until": until, "means": attempt.means},
        )


def failed_number(mobile: str, attempt: Attempt, lock: Lock) -> None:
    """Write down a failure of whoever has this number, if anybody has."""
    failed(session.scalar(select(User.id).where(User.mobile == mobile_number(mobile))), attempt, lock)


def may_pass(user: User, attempt: Attempt, lock: Lock) -> bool:
    """Whether what he has shown counts: he works here, and the account is not locked at this place."""
    session.refresh(user, with_for_update={"of": User})
    return user.works and not locked_until(user.id, attempt, lock)


def succeeded(user: User, attempt: Attempt, lock: Lock, *, asks_code: bool = False) -> SignIn | None:
    """The sign-in, written down; None when the account is locked at this place. With a one-time password
    that has expired it is a refusal, and where a code is still asked for half of one."""
    if not may_pass(user, attempt, lock):
        return None
    if attempt.means is SignInMeans.PASSWORD and user.is_expired:
        return _written(user.id, attempt, SignInOutcome.EXPIRED, attempt.place(user.id))
    if asks_code:
        return _written(user.id, attempt, SignInOutcome.HALF, attempt.place(user.id))
    return signed_in(user, attempt)


def signed_in(user: User, attempt: Attempt) -> SignIn:
    """Write down that this person has proved who he is; by password, that is a session."""
    user.seen_at = clock.now()
    place = attempt.place(user.id)
    if attempt.browser and not attempt.device_id:
        place = f"browser:{attempt.browser}"
    return _written(user.id, attempt, SignInOutcome.DONE, place)


def end_sign_ins(user_id: UUID, sign_in_id: UUID | None = None) -> None:
    """End the sessions of a person, or one of them."""
    ended = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if sign_in_id:
        ended = ended.where(SignIn.id == sign_in_id)
    session.execute(ended.values(ended_at=clock.now()))


def hashed_password(password: str, mobile: str, field: str = "new_password") -> str:
    """The hash of a password that may be one; slow by design, so call it outside the transaction."""
    fault = password_fault(plain(password), mobile)
    if fault:
        raise Invalid({field: fault})
    hashed: str = hash_password(plain(password))
    return hashed


def hashed_pin(pin: str, mobile: str = "") -> str:
    """The hash of a PIN that may be one; slow by design, so call it outside the transaction."""
    fault = pin_fault(plain(pin), mobile)
    if fault:
        raise Invalid({"pin": fault})
    hashed: str = hash_password(plain(pin))
    return hashed


def one_time_until() -> datetime:
    """Until when a one-time password that is given now lets its person in."""
    return clock.now() + timedelta(days=one_time_days(clock.today()))


def set_password(user: User, hashed: str, *, by: Viewer, must_change: bool = False) -> None:
    """A new password ends every session of this person, and his lock."""
    user.password, user.must_change, user.fs_uniquifier = hashed, must_change, secrets.token_hex(16)
    user.one_time_until = one_time_until() if must_change else None
    end_sign_ins(user.id)
    _written(user.id, Attempt(SignInMeans.PASSWORD, ""), SignInOutcome.CLEARED, "")
    payload = {"must_change": must_change}
    record(session(), f"user:{user.id}", "password_set", actor=by.actor, payload=payload, rows=[user])


def set_pin(user: User, hashed: str, *, by: Viewer) -> None:
    """The PIN for going on duty at a shared device."""
    user.pin_hash = hashed
    record(session(), f"user:{user.id}", "pin_set", actor=by.actor, rows=[user])
