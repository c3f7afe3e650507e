"""Who is called to a lift, one after the other; and what of it stands on its plate and on its public page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.rescue.lift_codes import stated_code
from equipment.rescue.models import DutyPhone, LiftContact, RescuePlatform
from equipment.rescue.phones import states_of
from equipment.rescue.platform import nearest, platform_of, platforms, stations_of
from equipment.rescue.rules import FIRE, PhoneState, RescueLevel, spelt_phone
from equipment.storage.db import session

FIRM, UNIT = "maintenance_firm_id", "use_unit_id"
ANSWERED = (PhoneState.CONFIRMED, PhoneState.SOON)


@dataclass(frozen=True, slots=True)
class Contact:
    """One who is called to a lift, and what his number is worth. `phone` is None for who has no number on
    file, `state` for numbers that nobody confirms."""

    level: RescueLevel
    name: str
    number: str = ""
    organisation_id: UUID | None = None
    phone: DutyPhone | None = None
    state: PhoneState | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublicRescue:
    """What a stranger is told: the city's platform, the code of the lift, and a confirmed number of its firm.
    Nothing here names a person."""

    platform: RescuePlatform | None
    code: str
    firm_phone: str

    @property
    def platform_phone(self) -> str:
        return spelt_phone(self.platform.phone) if self.platform else ""


def serving(pieces: Iterable[Equipment], party: str) -> dict[UUID, DutyPhone]:
    """By piece, the duty phone of its firm or use unit (`party` is the column): the one that is named for the
    piece, else the first of the organisation."""
    lifts = list(pieces)
    parties = {getattr(piece, party) for piece in lifts} - {None}
    if not parties:
        return {}
    rows = visible(SYSTEM, DutyPhone).where(
        DutyPhone.organisation_id.in_(parties), DutyPhone.ended_at.is_(None)
    )
    phones = {phone.id: phone for phone in session.scalars(rows)}
    first = {phone.organisation_id: phone for phone in phones.values() if phone.first}
    named = visible(SYSTEM, LiftContact).where(
        LiftContact.equipment_id.in_([piece.id for piece in lifts]),
        LiftContact.organisation_id.in_(parties),
        LiftContact.ended_at.is_(None),
    )
    chosen = {(row.equipment_id, row.organisation_id): row.phone_id for row in session.scalars(named)}
    found = {}
    for piece in lifts:
        organisation_id = getattr(piece, party)
        own = phones.get(chosen.get((piece.id, organisation_id), piece.id))
        if phone := own or first.get(organisation_id):
            found[piece.id] = phone
    return found


def contacts_of(equipment: Equipment, on: date) -> list[Contact]:
    """Everybody who is called to a lift, level by level."""
    by_party = {party: serving([equipment], party).get(equipment.id) for party in (UNIT, FIRM)}
    states = states_of([phone for phone in by_party.values() if phone], on)
    ids = {key for key in (equipment.use_unit_id, equipment.maintenance_firm_id) if key}
    parties = session.scalars(visible(SYSTEM, Organisation).where(Organisation.id.in_(ids)))
    names = {organisation.id: organisation.name for organisation in parties}
    first = [
        Contact(
            RescueLevel.FIRST,
            names[key],
            spelt_phone(phone.digits) if phone else "",
            key,
            phone,
            states[phone.id] if phone else None,
            phone.shift if phone else "",
        )
        for party, phone in by_party.items()
        if (key := getattr(equipment, party)) is not None
    ]
    second = [
        Contact(RescueLevel.SECOND, station.name, spelt_phone(station.phone), note=station.note)
        for station in stations_of(equipment.area)
    ]
    return [*first, *second, Contact(RescueLevel.THIRD, "", FIRE)]


def plate_phones(pieces: Sequence[Equipment], on: date) -> Mapping[UUID, str]:
    """The duty phone to print on the plate of each lift: that of its firm, where it is confirmed on that day;
    a lift without one is left out."""
    phones = serving(pieces, FIRM)
    states = states_of(list(phones.values()), on)
    return {key: spelt_phone(phone.digits) for key, phone in phones.items() if states[phone.id] in ANSWERED}


def plate_lines(pieces: Sequence[Equipment], on: date) -> Mapping[UUID, str]:
    """What a plate says of telephones: the platform's, and the firm's duty phone where it is confirmed."""
    phones, among, lines = plate_phones(pieces, on), platforms(on), {}
    for piece in pieces:
        platform = nearest(piece.area, among)
        known = [spelt_phone(platform.phone) if platform else "", phones.get(piece.id, "")]
        lines[piece.id] = "\n".join(phone for phone in known if phone)
    return lines


def public_rescue(equipment: Equipment) -> PublicRescue:
    """What stands on the public page of a lift."""
    on = clock.today()
    return PublicRescue(
        platform_of(equipment.area, on),
        stated_code(equipment),
        plate_phones([equipment], on).get(equipment.id, ""),
    )
