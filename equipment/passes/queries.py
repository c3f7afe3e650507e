"""The lists of a station, and the head under which a device holds one."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_

from equipment.core import clock
from equipment.fills.queries import bays_of
from equipment.fills.station import pack_of
from equipment.passes.models import PassList
from equipment.passes.signing_keys import public_keys
from equipment.people.models import Card, Certificate, Device, Organisation, Paper, User
from equipment.people.rules import SYSTEM, CardStatus, PaperKind, Viewer
from equipment.people.scope import visible
from equipment.regulation.cylinder_numbers import operator_certificate, refill_after
from equipment.regulation.queries import pass_hours
from equipment.storage.db import session

VERSION = 1
CARD_TAIL = 4  # characters
NEVER_VERIFIED = date(2000, 1, 1)  # before any day that a phone fills on


def newest_list(station_id: UUID) -> PassList | None:
    """The list that the station's devices get now."""
    lists = visible(SYSTEM, PassList).where(PassList.organisation_id == station_id)
    return session.scalar(lists.order_by(PassList.sequence.desc()).limit(1))


def list_known_by(station_id: UUID, digest: str) -> PassList | None:
    """The list of the station with this digest, where its text is still there."""
    lists = visible(SYSTEM, PassList).where(
        PassList.organisation_id == station_id, PassList.digest == digest, PassList.content.is_not(None)
    )
    return session.scalar(lists.order_by(PassList.sequence.desc()).limit(1))


def lists_numbered(numbers: Collection[tuple[UUID, int]]) -> Sequence[PassList]:
    """These lists, by station and number."""
    named = tuple_(PassList.organisation_id, PassList.sequence).in_(list(numbers))
    return session.scalars(visible(SYSTEM, PassList).where(named)).all() if numbers else []


def text_of(issued: PassList) -> str:
    """The lines of a list; empty where they are no longer kept."""
    return zlib.decompress(issued.content).decode() if issued.content is not None else ""


def head_of(issued: PassList, device: Device, viewer: Viewer) -> dict[str, object]:
    """What a device must know beside the lines: whose list it is, how long it holds, and by which papers,
    people and scales. Days of papers are the last on which they hold."""
    station = session.get_one(Organisation, issued.organisation_id)
    today = clock.today()
    hours = timedelta(hours=pass_hours(today))
    return {
        "version": VERSION,
        "station": {"id": str(station.id), "name": station.short_name or station.name},
        "device": str(device.id),
        "sequence": issued.sequence,
        "digest": issued.digest,
        "bottles": issued.bottles,
        "as_of": issued.as_of.isoformat(),
        "expires_at": (issued.as_of + hours).isoformat(),
        "refill_minutes": refill_after(pack_of(today).rules, today) // timedelta(minutes=1),
        "licences": _licences(station.id, today),
        "people": _people(station.id, today),
        "cards": _cards(station.id, today),
        "scales": [
            {"bay": bay.bay, "gas": bay.gas, "until": (bay.verified_until or NEVER_VERIFIED).isoformat()}
            for bay in bays_of(viewer)
        ],
        "keys": public_keys(),
    }


def _licences(station_id: UUID, today: date) -> Mapping[str, str]:
    """Until when the station may fill each gas."""
    licences = select(Paper.covers, Paper.valid_until).where(
        Paper.organisation_id == station_id,
        Paper.kind == PaperKind.FILLING_LICENCE,
        Paper.valid_from <= today,
        Paper.valid_until >= today,
    )
    until: dict[str, date] = {}
    for covers, valid_until in session.execute(licences):
        for gas in covers:
            until[gas] = max(valid_until, until.get(gas, valid_until))
    return {gas: day.isoformat() for gas, day in sorted(until.items())}


def _cards(station_id: UUID, today: date) -> Mapping[str, list[str]]:
    """Whose work cards end in which characters: enough for a device to see that the card of a second person
    is one of this station and not the filler's, too little to copy one."""
    valid = (
        select(Card.number, Card.user_id)
        .join(User, User.id == Card.user_id)
        .where(
            Card.organisation_id == station_id,
            Card.status == CardStatus.VALID,
            or_(Card.expires_on.is_(None), Card.expires_on >= today),
            User.active,
        )
    )
    people: dict[str, list[str]] = {}
    for number, user_id in session.execute(valid.order_by(Card.number)):
        people.setdefault(number[-CARD_TAIL:], []).append(str(user_id))
    return people


def _people(station_id: UUID, today: date) -> Mapping[str, str]:
    """Until when each person may fill, by id."""
    needed = operator_certificate(pack_of(today).rules, today)
    certified = (
        select(Certificate.user_id, func.max(Certificate.valid_until))
        .join(User, User.id == Certificate.user_id)
        .where(
            Certificate.organisation_id == station_id,
            Certificate.code == needed,
            Certificate.valid_from <= today,
            Certificate.valid_until >= today,
            User.active,
        )
        .group_by(Certificate.user_id)
    )
    return {str(user_id): until.isoformat() for user_id, until in session.execute(certified)}
