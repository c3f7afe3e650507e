"""What the cylinder pack says on a day, and what a station may do and who works there on it; remembered for a
few seconds."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy import select

from equipment.fills.custody import kept_owners
from equipment.fills.rules import FillPack, StationDay
from equipment.people.models import Card, Certificate, Organisation, Paper, User
from equipment.people.rules import CardStatus, PaperKind
from equipment.regulation.cylinder_numbers import operator_certificate
from equipment.regulation.queries import rules, transition_days
from equipment.storage.db import session
from equipment.storage.remembered import Remembered

REMEMBERED_S = 5
MOST_PACKS = 100
CYLINDER = "cylinder"

PACKS: Remembered[date, FillPack] = Remembered(REMEMBERED_S)
STATIONS: Remembered[tuple[UUID, date], StationDay] = Remembered(REMEMBERED_S)
_by_digest: dict[tuple[str, date], FillPack] = {}


def pack_of(on: date) -> FillPack:
    """The cylinder pack of that day with the bureau's rows laid over it."""
    return PACKS.get(on, partial(load_pack, on))


def station_on(organisation_id: UUID, on: date) -> StationDay:
    """The station on that day; a revoked certificate or licence takes effect within seconds."""
    return STATIONS.get((organisation_id, on), partial(load_station, organisation_id, on))


def load_pack(on: date) -> FillPack:
    """The pack of that day, made anew only when the bureau has changed something."""
    pack = rules(CYLINDER)
    key = (pack.digest, on)
    if key not in _by_digest:
        if len(_by_digest) > MOST_PACKS:
            _by_digest.clear()
        _by_digest[key] = FillPack(pack, on)
    return _by_digest[key]


def load_station(organisation_id: UUID, on: date) -> StationDay:
    """The station on that day, from the database."""
    pack = pack_of(on)
    organisation = session.get_one(Organisation, organisation_id)
    licensed = licensed_gases(organisation_id, on)
    people, certified = _people(organisation_id, operator_certificate(pack.rules, on), on)
    transition = {
        code: day
        for code, day in transition_days(on, str(organisation_id)).items()
        if code in pack.refusals and pack.refusals[code].transition
    }
    return StationDay(
        organisation_id,
        organisation.area,
        pack,
        pack.book(transition),
        licensed,
        people,
        certified,
        kept_owners(organisation_id, on),
    )


def licensed_gases(organisation_id: UUID, on: date) -> frozenset[str] | None:
    """The gases that the filling licences in force cover; None where none is in force."""
    licences = session.execute(
        select(Paper.covers).where(
            Paper.organisation_id == organisation_id,
            Paper.kind == PaperKind.FILLING_LICENCE,
            Paper.valid_from <= on,
            Paper.valid_until >= on,
        )
    ).all()
    return frozenset().union(*(covers for (covers,) in licences)) if licences else None


def _people(organisation_id: UUID, code: str, on: date) -> tuple[dict[str, UUID], frozenset[UUID]]:
    """(the people by the numbers of their valid cards and of their certificates, who of them holds a running
    certificate of that code). Whose certificate ran out is still known by its number: the verdict says so."""
    certificates = session.execute(
        select(
            Certificate.user_id,
            Certificate.code,
            Certificate.number,
            Certificate.valid_from,
            Certificate.valid_until,
        )
        .join(User, User.id == Certificate.user_id)
        .where(Certificate.organisation_id == organisation_id, User.active)
    ).all()
    cards = session.execute(
        select(Card.number, Card.user_id, Card.expires_on)
        .join(User, User.id == Card.user_id)
        .where(
            Card.organisation_id == organisation_id,
            Card.status == CardStatus.VALID,
            Card.doubled.is_(False),
            User.active,
        )
    ).all()
    people: dict[str, UUID] = {row.number.upper(): row.user_id for row in certificates}
    for number, user_id, expires_on in cards:
        if expires_on is None or expires_on >= on:
            people[number] = user_id
        else:
            people.pop(number, None)
    certified = frozenset(
        row.user_id for row in certificates if row.code == code and row.valid_from <= on <= row.valid_until
    )
    return people, certified
