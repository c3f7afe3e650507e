"""A morning without a network at the leading station: a phone lets bottles go by its list, some of which the
register had locked meanwhile; two of its messages name what no list says. The bureau has ruled on one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.fills.forbidden import rule_on
from equipment.fills.forms import PassShown
from equipment.fills.models import ForbiddenFill
from equipment.fills.states import Ruling
from equipment.passes.actions import issue_list
from equipment.passes.queries import text_of
from equipment.passes.rules import line_of, until_of
from equipment.people.devices import enrol_phone
from equipment.people.models import Device, User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import Floor, person_of, quiet_bottles
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

AGO = 2  # days
LOCKED = "用户报失，接派出所通知锁定"
RULED = "锁定通知在断网后才发出，充装时站内无从得知；不属违规"


class Offline(NamedTuple):
    """A bottle that went by the list: which list the phone named and, where that is not the list's own word,
    until which day; whether the register had locked it before."""

    piece: UUID
    sequence: int = 1
    claimed: date | None = None
    locked: bool = False


def morning_offline(city: City, bottles: list[Piece]) -> None:
    station = city.of(OrganisationKind.STATION)[0]
    floor = Floor(city, station)
    day = clock.site_midnight(city.today - timedelta(days=AGO))
    quiet = quiet_bottles(city, station, bottles, day)
    shown = set(city.codes.values())  # a visitor is told to try these
    own = [piece for piece in bottles if piece.unit is station and piece.row["label_code"] not in shown]
    overdue = [piece.id for piece in own if piece.story == "overdue"]
    later = city.today + timedelta(days=400)
    went = [
        *(Offline(next(quiet)) for _ in range(4)),
        *(Offline(next(quiet), locked=True) for _ in range(2)),
        Offline(next(quiet), claimed=later, locked=True),
        Offline(overdue[-1], claimed=later),
        Offline(overdue[-2], sequence=7, claimed=later),
    ]
    with clock.played(day + timedelta(hours=7, minutes=30)), transaction():
        person = session.get_one(User, station.one(Role.OPERATOR)["id"])
        phone, _token = enrol_phone(person, "充装员手机", by=floor.people[0])
        phone_id = phone.id
    with clock.played(day + timedelta(hours=7, minutes=40)):
        text = text_of(issue_list(station.id))
    with clock.played(day + timedelta(hours=8, minutes=5)), transaction():
        session.get_one(Device, phone_id).seen_at = clock.now()
    with clock.played(day + timedelta(hours=8, minutes=20)), transaction():
        for bottle in went:
            if bottle.locked:
                piece = session.get_one(Equipment, bottle.piece)
                change_status(piece, EquipmentStatus.LOCKED, reason=LOCKED, by=floor.owner)
    _sent_later(floor, went, text, session.get_one(Device, phone_id), day + timedelta(hours=8, minutes=40))
    _ruled(city, day)


def _sent_later(floor: Floor, went: Sequence[Offline], text: str, phone: Device, since: datetime) -> None:
    """Back in the network everything comes at once."""
    heard = since + timedelta(hours=2)
    for place, bottle in enumerate(went):
        written = line_of(text, session.get_one(Equipment, bottle.piece).label_code or "")
        until = bottle.claimed or (until_of(written) if written else None)
        passed = PassShown(sequence=bottle.sequence, until=until.isoformat() if until else None)
        at, arrived = since + timedelta(minutes=7 * place), heard + timedelta(seconds=4 * place)
        key = floor.scan(bottle.piece, at, passed=passed, phone=phone, heard=arrived)
        floor.end(key, at, phone=phone, heard=arrived + timedelta(seconds=2))


def _ruled(city: City, day: datetime) -> None:
    county = next(unit for unit in city.of(OrganisationKind.REGULATOR) if unit.area == "620402")
    with clock.played(day + timedelta(days=1, hours=10)), transaction():
        first = (
            select(ForbiddenFill).where(ForbiddenFill.received_at >= day).order_by(ForbiddenFill.filled_at)
        )
        forbidden = session.scalars(first.limit(1)).one()
        rule_on(forbidden, Ruling.NO_VIOLATION, RULED, by=person_of(county, Role.SUPERVISOR))
