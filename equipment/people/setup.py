"""The first start: a one-time link that makes the first regulator and its administrator.
There is no default password."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.codes import mobile_number
from equipment.people.models import Area, Organisation, SetupLink, User, UserRole
from equipment.people.queries import token_digest
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.storage.db import session

VALID_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """Who the first administrator is, as typed."""

    organisation: str
    name: str
    mobile: str
    password_hash: str


def has_users() -> bool:
    return bool(session.scalar(select(func.count()).select_from(User)))


def make_setup_token() -> str:
    """A token for /setup/<token>, kept as a hash; older ones end."""
    if has_users():
        raise Invalid({"": N_("There are users already; a set-up link is for the first start only.")})
    token = secrets.token_urlsafe(32)
    for older in session.scalars(select(SetupLink).where(SetupLink.used_at.is_(None))):
        older.used_at = clock.now()
    session.add(SetupLink(token_hash=token_digest(token), expires_at=clock.now() + VALID_FOR))
    return token


def setup_link(token: str) -> SetupLink:
    """The link of this token; NotFound when it was used, has run out or somebody exists already."""
    link = session.get(SetupLink, token_digest(token))
    if link is None or link.used_at or link.expires_at <= clock.now() or has_users():
        raise NotFound
    return link


def make_first_person(token: str, person: FirstPerson, settings: Settings) -> User:
    """Use the link up: the city's bureau, its area, its administrator."""
    link = setup_link(token)
    if not mobile_number(person.mobile):
        raise Invalid({"mobile": N_("This is no mobile number.")})
    at = clock.now()
    link.used_at = at
    if session.get(Area, settings.city_area) is None:
        city = Area(code=settings.city_area, name=settings.city_name, level="city")
        session.add(city)
        record(session(), f"area:{city.code}", "stated", actor=SYSTEM.actor, rows=[city])
    bureau = Organisation(
        id=new_id(),
        kind=OrganisationKind.REGULATOR,
        name=person.organisation,
        area=settings.city_area,
        created_at=at,
    )
    session.add(bureau)
    session.flush()
    user = User(
        id=new_id(),
        organisation_id=bureau.id,
        name=person.name,
        mobile=mobile_number(person.mobile),
        area=settings.city_area,
        password=person.password_hash,
        fs_uniquifier=secrets.token_hex(16),
        must_change=False,
        created_at=at,
        held=[UserRole(role=Role.ADMINISTRATOR), UserRole(role=Role.SUPERVISOR)],
    )
    session.add(user)
    record(session(), f"organisation:{bureau.id}", "opened", actor=SYSTEM.actor, rows=[bureau])
    record(
        session(),
        f"user:{user.id}",
        "created",
        actor=SYSTEM.actor,
        payload={"roles": [Role.ADMINISTRATOR, Role.SUPERVISOR]},
        rows=[user, *user.held],
    )
    return user
