"""People's accounts: made, given roles, reset, closed and opened again,
always by somebody who may answer for them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people import second_factor
from equipment.people.codes import mobile_number
from equipment.people.credentials import one_time_until, set_password
from equipment.people.devices import forget_person, revoke_phones
from equipment.people.models import Organisation, User, UserRole
from equipment.people.rules import Role, Viewer, may_answer_for, oversees_area, roles_to_give
from equipment.storage.db import session

ONE_TIME_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
NOT_YOURS = N_("You may not answer for this person.")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as typed; `password_hash` is of the one-time password that is shown once."""

    name: str
    mobile: str
    roles: Collection[Role]
    password_hash: str
    area: str = ""


def one_time_password() -> str:
    """Twelve characters that can be read over the telephone; some 59 bits."""
    while True:
        drawn = "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(12))
        if any(sign.isdigit() for sign in drawn) and any(sign.isalpha() for sign in drawn):
            return f"{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"


def create_person(organisation: Organisation, new: NewPerson, *, by: Viewer) -> User:
    """A new account that must change its password at the first sign-in."""
    mobile, area = mobile_number(new.mobile), new.area or organisation.area
    _check_roles(organisation, new.roles, by)
    if not new.name.strip():
        raise Invalid({"name": N_("This is needed.")})
    if not mobile:
        raise Invalid({"mobile": N_("This is no mobile number.")})
    if session.scalar(select(User.id).where(User.mobile == mobile)):
        raise Invalid({"mobile": N_("Somebody signs in with this number already.")})
    if not area.startswith(organisation.area) or not oversees_area(by, area):
        raise Invalid({"area": N_("Choose an area of your own.")})
    user = User(
        id=new_id(),
        organisation_id=organisation.id,
        name=new.name.strip(),
        mobile=mobile,
        area=area,
        password=new.password_hash,
        fs_uniquifier=secrets.token_hex(16),
        must_change=True,
        one_time_until=one_time_until(),
        active=True,
        created_at=clock.now(),
        held=[UserRole(role=role) for role in sorted(set(new.roles))],
    )
    session.add(user)
    record(
        session(),
        f"user:{user.id}",
        "created",
        actor=by.actor,
        payload={"roles": sorted(new.roles), "organisation": organisation.id},
        rows=[user, *user.held],
    )
    return user


def _check_roles(organisation: Organisation, roles: Collection[Role], by: Viewer) -> None:
    if not roles:
        raise Invalid({"roles": N_("Choose at least one role.")})
    if not set(roles) <= set(roles_to_give(by, organisation.kind)):
        raise NotAllowed(N_("You may not give this role."))


def may_change(user: User, by: Viewer) -> bool:
    """Whether `by` may change this account; nobody changes his own."""
    return user.id != by.user_id and may_answer_for(by, user.organisation.kind, user.role_names, user.area)


def _check(user: User, by: Viewer) -> None:
    if not may_change(user, by):
        raise NotAllowed(NOT_YOURS)


def give_roles(user: User, roles: Collection[Role], *, by: Viewer) -> None:
    """Replace the person's roles."""
    _check(user, by)
    _check_roles(user.organisation, roles, by)
    staying = [role_row for role_row in user.held if role_row.role in roles]
    taken = [role_row for role_row in user.held if role_row.role not in roles]
    user.held = staying + [
        UserRole(user_id=user.id, role=role)
        for role in sorted(set(roles) - {role_row.role for role_row in staying})
    ]
    record(
        session(),
        f"user:{user.id}",
        "roles_given",
        actor=by.actor,
        payload={"roles": sorted(roles)},
        rows=[user, *user.held],
        gone=taken,
    )


def rename(user: User, name: str, *, by: Viewer) -> None:
    """Correct how a person's name is written."""
    _check(user, by)
    if not name.strip():
        raise Invalid({"name": N_("This is needed.")})
    if user.name != name.strip():
        user.name = name.strip()
        record(session(), f"user:{user.id}", "renamed", actor=by.actor, rows=[user])


def reset_password(user: User, hashed: str, *, by: Viewer) -> None:
    """A one-time password: it unlocks the account, ends its sessions and its phones."""
    _check(user, by)
    set_password(user, hashed, by=by, must_change=True)
    revoke_phones(user, by=by)


def take_away_second_factor(user: User, *, by: Viewer) -> None:
    """The phone with the authenticator is lost: he sets up another one when he signs in next."""
    _check(user, by)
    second_factor.take_away(user, by=by)


def close_account(user: User, *, by: Viewer) -> None:
    """The person has left: no sign-in, no duty, no phone; what he did stays."""
    _check(user, by)
    user.active, user.fs_uniquifier = False, secrets.token_hex(16)
    forget_person(user, by=by)
    record(session(), f"user:{user.id}", "closed", actor=by.actor, rows=[user])


def open_account(user: User, *, by: Viewer) -> None:
    """The person is back; his password stays, his phones must be enrolled again."""
    _check(user, by)
    user.active = True
    record(session(), f"user:{user.id}", "opened", actor=by.actor, rows=[user])
