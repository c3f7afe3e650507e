"""The second factor (双因素): beside the password a code of the person's own authenticator (TOTP, RFC 6238),
or one of his recovery codes when the phone is lost. Drawing, encrypting and checking codes is
Flask-Security's and passlib's; a code is good once. Actions never commit."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from flask_security.totp import Totp
from passlib.totp import TotpMatch  # type: ignore[import-untyped]
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings, key_file
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger.actions import record
from equipment.people.codes import plain
from equipment.people.hooks import told_to
from equipment.people.models import RecoveryCode, SecondFactor, User
from equipment.people.queries import token_digest
from equipment.people.rules import SECOND_FACTOR_ROLES, Viewer
from equipment.storage.db import session

EXTENSION = "authenticator"
CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
DRIFT = timedelta(seconds=30)  # how far the clock of a phone may be off
WRONG = N_("This code is wrong, or was used before. Wait for the next one.")
TAKEN_AWAY = N_(
    "%(name)s has taken away your second factor. If you did not ask for it, tell your administrator and "
    "change your password."
)


class Authenticator(Totp):  # type: ignore[misc]
    """Flask-Security's codes; the counter of the last one stands in the person's row: none is taken twice."""

    def get_last_counter(self, user: SecondFactor) -> int | None:
        return user.counter

    def set_last_counter(self, user: SecondFactor, tmatch: TotpMatch) -> None:
        user.counter = tmatch.counter


def init_app(app: Flask, settings: Settings) -> None:
    """The secrets of people are encrypted with `keys/totp`, the newest key last."""
    keys = dict(enumerate(key_file(settings.folder, "totp"), 1))
    app.extensions[EXTENSION] = Authenticator(keys, issuer=settings.bureau_name.replace(":", " "))


def authenticator() -> Authenticator:
    made_at_start: Authenticator = current_app.extensions[EXTENSION]
    return made_at_start


def factor_of(user_id: UUID) -> SecondFactor | None:
    return session.get(SecondFactor, user_id)


def recovery_codes(user_id: UUID) -> list[RecoveryCode]:
    return list(session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user_id)))


def may_have_one(user: User, settings: Settings) -> bool:
    """Whether this server offers it to people of his roles."""
    return settings.totp != "off" and bool(user.role_names & SECOND_FACTOR_ROLES)


def is_asked(user: User, settings: Settings) -> bool:
    """Whether his password alone does not open a session."""
    return settings.totp != "off" and factor_of(user.id) is not None


def must_set_up(user: User, settings: Settings) -> bool:
    """Whether he does nothing else before he has one. In a demonstration everybody signs in with one tap."""
    required = settings.totp == "required" and not settings.is_demo
    return required and may_have_one(user, settings) and factor_of(user.id) is None


def set_up(user: User, secret: str, code: str, *, by: Viewer) -> list[str]:
    """Begin with the secret that the person's authenticator has taken, as his first code shows; returns the
    recovery codes, which nobody can ever see again."""
    if factor_of(user.id) is not None:
        raise Invalid({"second_code": N_("Your second factor is set up already.")})
    factor = SecondFactor(user_id=user.id, secret=secret, counter=None, since=clock.now())
    if not _is_right(factor, code):
        raise Invalid({"second_code": WRONG})
    session.add(factor)
    rows, codes = _draw(user.id)
    record(session(), f"user:{user.id}", "second_factor_set", actor=by.actor, rows=[factor, *rows])
    return codes


def _is_right(factor: SecondFactor, code: str) -> bool:
    window = int(DRIFT.total_seconds())
    right: bool = authenticator().verify_totp(plain(code), factor.secret, factor, window=window)
    return right


def _draw(user_id: UUID) -> tuple[list[RecoveryCode], list[str]]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(CODES)]
    rows = [
        RecoveryCode(id=new_id(), user_id=user_id, code_hash=token_digest(code), used_at=None)
        for code in codes
    ]
    session.add_all(rows)
    return rows, ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def passes(user: User, typed: str) -> bool:
    """Whether this is the code of the moment, or an unused recovery code, which is used up by it. The row is
    locked, so that one code does not open two sessions."""
    factor = session.get(SecondFactor, user.id, with_for_update=True, populate_existing=True)
    if factor is None:
        return False
    if _is_right(factor, typed):
        return True
    bare = "".join(sign for sign in plain(typed).lower() if sign.isalnum())
    unused = select(RecoveryCode).where(
        RecoveryCode.user_id == user.id,
        RecoveryCode.code_hash == token_digest(bare),
        RecoveryCode.used_at.is_(None),
    )
    code = session.scalar(unused.with_for_update())
    if code is None:
        return False
    code.used_at = clock.now()
    record(session(), f"user:{user.id}", "recovery_code_used", actor=f"user:{user.id}", rows=[code])
    return True


def renew_codes(user: User, *, by: Viewer) -> list[str]:
    """New recovery codes in place of all earlier ones."""
    if factor_of(user.id) is None:
        raise NotAllowed
    earlier = recovery_codes(user.id)
    for row in earlier:
        session.delete(row)
    rows, codes = _draw(user.id)
    subject = f"user:{user.id}"
    record(session(), subject, "recovery_codes_renewed", actor=by.actor, rows=rows, gone=earlier)
    return codes


def take_away(user: User, *, by: Viewer) -> None:
    """No second factor any more: the person's own wish, or his phone is lost and somebody answers for him, of
    which he is told. His other sessions go on."""
    factor = factor_of(user.id)
    if factor is None:
        return
    gone = [factor, *recovery_codes(user.id)]
    for row in gone:
        session.delete(row)
    record(session(), f"user:{user.id}", "second_factor_taken_away", actor=by.actor, gone=gone)
    if by.user_id != user.id:
        told_to(user, Message(TAKEN_AWAY, {"name": by.name}), "/me")
