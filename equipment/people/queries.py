"""Who is asking: viewers of sessions and of device tokens, and the few look-ups every slice needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select

from equipment.people.codes import card_number
from equipment.people.models import (
    Area,
    Card,
    Certificate,
    Device,
    OnDuty,
    Organisation,
    Paper,
    User,
    UserRole,
)
from equipment.people.rules import HEARING, ROLES_OF, CardStatus, DeviceKind, PaperKind, Role, Viewer
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

# with the request that is under way: no worker takes a revoked token for longer than five seconds
TOKEN_CACHE_S = 4
MANAGERS = (Role.STATION_OWNER, Role.FIRM_MANAGER)
NAMED = 3
_tokens: Remembered[str, tuple[Viewer, Device] | None] = Remembered(TOKEN_CACHE_S)


def token_digest(token: str) -> str:
    """Tokens are 256 random bits, so that a plain SHA-256 keeps them as well as a slow hash would."""
    return hashlib.sha256(token.encode()).hexdigest()


def viewer_of(user: User) -> Viewer:
    return Viewer(
        name=user.name,
        user_id=user.id,
        organisation_id=user.organisation_id,
        organisation_kind=user.organisation.kind,
        roles=user.role_names,
        area=user.area,
    )


def device_viewer(device: Device, user: User | None) -> Viewer:
    """A device sees what its organisation sees; the person on duty (or the token's own) lends it his roles. A
    phone sees what its person sees: a supervisor of a township has no city in his pocket."""
    organisation = session.get_one(Organisation, device.organisation_id)
    return Viewer(
        name=device.name,
        user_id=user.id if user else None,
        device_id=device.id,
        organisation_id=device.organisation_id,
        organisation_kind=organisation.kind,
        roles=user.role_names if user else frozenset(),
        area=user.area if user and device.kind == DeviceKind.PHONE else organisation.area,
    )


def device_of_token(token: str) -> tuple[Viewer, Device] | None:
    """The viewer and device behind a bearer token; remembered for a few seconds, so that revoking takes
    effect at once enough. Who stands at a shared device is asked every time: another process may have heard
    of a take-over, and nothing is recorded under the person who left."""
    digest = token_digest(token)
    match = _tokens.get(digest, lambda: _device_of(Device.token_hash == digest))
    if match is None or match[1].kind != DeviceKind.FLOOR:
        return match
    viewer, device = match
    if (duty_user(device.id) or device.user_id) == viewer.user_id:
        return match
    return _device_of(Device.token_hash == digest)


def device_with_id(key: UUID) -> tuple[Viewer, Device] | None:
    """The same behind the id of a device whose token was shown before; asked every time, so that it ends with
    its device at once."""
    return _device_of(Device.id == key)


def _device_of(which: ColumnElement[bool]) -> tuple[Viewer, Device] | None:
    alive = (
        select(Device)
        .join(Organisation, Organisation.id == Device.organisation_id)
        .where(Device.revoked_at.is_(None), Organisation.active)
    )
    device = session.scalar(alive.where(which))
    if device is None:
        return None
    viewer_and_device = (device_viewer(device, person_at(device)), device)
    session.expunge(device)
    return viewer_and_device


def forget_tokens() -> None:
    """Called when a device is revoked or somebody goes on or off duty."""
    _tokens.forget()


def duty_user(device_id: UUID, at: datetime | None = None) -> UUID | None:
    """Who is on duty there now, or was at that instant."""
    goes_on = OnDuty.until.is_(None)
    then = goes_on if at is None else and_(OnDuty.since <= at, or_(goes_on, OnDuty.until > at))
    duties = select(OnDuty.user_id).where(OnDuty.device_id == device_id, then)
    return session.scalar(duties.order_by(OnDuty.since.desc()).limit(1))


def person_at(device: Device) -> User | None:
    """Who is on duty at a shared device; without anybody, the token's own person.
    Nobody whose account is closed."""
    user_id = duty_user(device.id) or device.user_id
    person = session.get(User, user_id) if user_id else None
    return person if person is not None and person.works else None


def user_of_card(shown: str) -> tuple[Card, User] | None:
    """The card of this number, however a reader or a hand spells it, with its person: the one in force; else
    one that was reported lost, else one that was handed in."""
    rank = case((Card.status == CardStatus.VALID, 0), (Card.status == CardStatus.LOST, 1), else_=2)
    row = session.execute(
        select(Card, User)
        .join(User, User.id == Card.user_id)
        .where(Card.number == card_number(shown), Card.doubled.is_(False))
        .order_by(rank, Card.id)
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def certificates_of(user_id: UUID, on: date) -> frozenset[str]:
    """The certificate codes (P, T, A ...) a person holds on a day."""
    held = select(Certificate.code).where(
        Certificate.user_id == user_id, Certificate.valid_from <= on, Certificate.valid_until >= on
    )
    return frozenset(session.scalars(held))


def papers_of(organisations: Iterable[UUID], kinds: Iterable[PaperKind]) -> Sequence[Paper]:
    """The papers of these kinds that these organisations have or had on file."""
    return session.scalars(
        select(Paper).where(Paper.organisation_id.in_(list(organisations)), Paper.kind.in_(list(kinds)))
    ).all()


def people_with(organisation_id: UUID, *roles: Role) -> list[User]:
    users = session.scalars(
        select(User).where(User.organisation_id == organisation_id, User.active).order_by(User.name)
    )
    return [user for user in users if user.role_names & set(roles)]


def nobody_hears() -> ColumnElement[bool]:
    """Of an organisation whose people hear of its matters (not the bureau, not a maker, who has no accounts):
    no open account in it has a role that does."""
    hearers = (
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.organisation_id == Organisation.id, User.active, UserRole.role.in_(HEARING))
    )
    with_accounts = [kind for kind, roles in ROLES_OF.items() if HEARING & set(roles)]
    return and_(Organisation.active, Organisation.kind.in_(with_accounts), not_(hearers.exists()))


def answering_for(user: User) -> list[str]:
    """Who gives this person a new password, by name: the managers of his organisation, else the bureau's
    administrators of his area, the nearest first."""
    others = select(User).join(Organisation).where(User.active, Organisation.active, User.id != user.id)
    managers = others.where(
        User.organisation_id == user.organisation_id, User.held.any(UserRole.role.in_(MANAGERS))
    )
    above = [user.area[:length] for length in range(1, len(user.area) + 1)]
    administrators = others.where(User.area.in_(above), User.held.any(UserRole.role == Role.ADMINISTRATOR))
    for people in (managers.order_by(User.name), administrators.order_by(User.area.desc(), User.name)):
        if rows := session.scalars(people.limit(NAMED)).all():
            return [f"{person.name}（{person.organisation.name}）" for person in rows]
    return []


def area_path(code: str) -> list[Area]:
    """City, county, township of a code, outermost first."""
    prefixes = [code[:length] for length in range(1, len(code) + 1)]
    return list(session.scalars(select(Area).where(Area.code.in_(prefixes)).order_by(Area.code)))


def topmost_area() -> str:
    """The code of the area that all others lie in: the city's."""
    return session.scalar(select(Area.code).order_by(func.length(Area.code), Area.code).limit(1)) or ""


def areas_below(code: str) -> list[Area]:
    return list(
        session.scalars(select(Area).where(Area.code.startswith(code, autoescape=True)).order_by(Area.code))
    )
