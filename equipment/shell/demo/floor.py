"""What the people of a station do by its pages and devices, played on days gone by: scans, results, whole
fills. Everything goes through the actions that the API calls, so that verdicts, ledger and lists are real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from equipment.core import clock
from equipment.fills.actions import answer_checks, fill_of
from equipment.fills.api import BY_LIST, share
from equipment.fills.build_rules import Make
from equipment.fills.forms import NOT_CONTENT, LookMessage, PassShown, ScanMessage
from equipment.fills.models import Fill, Scan
from equipment.fills.results import FillResult, record_result
from equipment.fills.rules import Answers
from equipment.fills.scan import IncomingScan, incoming_scan
from equipment.fills.states import FillState, ScanPurpose
from equipment.fills.station import pack_of
from equipment.intake.rules import content_of
from equipment.people.models import Device, User
from equipment.people.queries import device_viewer, viewer_of
from equipment.people.rules import Role, Viewer
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

LOOKED_OVER, CLOSED = timedelta(seconds=40), timedelta(minutes=3)  # after the scan
FULL_KPA, CAR_KPA, FULL_DC = 14_200, 19_200, 180
SHORT_G = 120  # below the charge, as a careful filler stops
RESIDUE_G = 150


class GaugeReading(NamedTuple):
    """What scale or gauge shows when a bottle is full; what is None follows from the bottle."""

    gross_g: int | None = None
    pressure_kpa: int | None = None
    seconds: int | None = None  # from the scan to the result


AS_USUAL = GaugeReading()


class Amounts(NamedTuple):
    """What is entered of a fill: weights where its gas is weighed, else pressure and temperature."""

    empty_g: int | None = None
    gross_g: int | None = None
    pressure_kpa: int | None = None
    temperature_dc: int | None = None


class Floor:
    """One station's floor; its people act by their place in the list of its operators."""

    def __init__(self, city: City, unit: Unit) -> None:
        self.city, self.unit = city, unit
        self.device_id: UUID = unit.devices["floor"]["id"]
        device = session.get_one(Device, self.device_id)
        people = [session.get_one(User, row["id"]) for row in unit.people[Role.OPERATOR]]
        self.people = [device_viewer(device, person) for person in people]
        self.owner = person_of(unit, Role.STATION_OWNER)

    def look(self, piece: UUID, at: datetime, purpose: ScanPurpose = ScanPurpose.LOOK) -> None:
        """A label is read, nothing is opened."""
        with clock.played(at):
            code = session.get_one(Equipment, piece).label_code or ""
            message = LookMessage.model_validate(
                {"scan_id": self.city.book.id(), "code": code, "happened_at": at, "purpose": purpose}
            )
            share(self._incoming(message, self.people[0]))

    def scan(
        self,
        piece: UUID,
        at: datetime,
        by: int = 0,
        *,
        checks: Answers | None = None,
        passed: PassShown | None = None,
        phone: Device | None = None,
        heard: datetime | None = None,
        bay: str = "",
    ) -> UUID:
        """A bottle stands at the scale: its fill, refused or open. `passed` and `phone` where a phone let it
        go by its list and told us at `heard`."""
        bottle = session.get_one(Equipment, piece)
        bays = [row["bay"] for row in self.unit.bays if row["gas"] == bottle.medium]
        message = ScanMessage.model_validate(
            {
                "scan_id": self.city.book.id(),
                "code": bottle.label_code or "",
                "gas": bottle.medium,
                "happened_at": at,
                "bay": bay or (bays[by % len(bays)] if bays else ""),
                "checks": checks or {},
                "queued": heard is not None,
                "passed": passed,
            }
        )
        who = device_viewer(phone, session.get_one(User, phone.user_id)) if phone else self.people[by]
        with clock.played(heard or at):
            share(self._incoming(message, who, phone))
        return message.scan_id

    def _incoming(
        self, message: ScanMessage | LookMessage, who: Viewer, phone: Device | None = None
    ) -> IncomingScan:
        scan = incoming_scan(
            message.scan_id,
            message.code,
            gas=message.gas or "",
            happened_at=message.happened_at,
            queued=message.queued,
            by=who,
            device=phone or session.get_one(Device, self.device_id),
            content=message.model_dump_json(exclude=NOT_CONTENT),
            purpose=message.purpose,
            bay=message.bay or "",
            checks=message.checks,
        )
        if message.passed is None:
            return scan
        return scan._replace(arrived=scan.arrived._replace(flags=(*scan.arrived.flags, BY_LIST)))

    def end(
        self,
        key: UUID,
        at: datetime,
        by: int = 0,
        reading: GaugeReading = AS_USUAL,
        *,
        phone: Device | None = None,
        heard: datetime | None = None,
    ) -> None:
        """Looked over, filled, closed and checked: the result of a fill, by its gas."""
        who = device_viewer(phone, session.get_one(User, phone.user_id)) if phone else self.people[by]
        second = self.people[(by + 1) % len(self.people)].user_id
        done = at + (CLOSED if reading.seconds is None else timedelta(seconds=reading.seconds))
        looked_at = min(at + LOOKED_OVER, done)
        with clock.played(heard or looked_at), transaction():
            fill = fill_of(key, by=who)
            make = make_of(session.get_one(Equipment, fill.equipment_id))
            if fill.state == FillState.OPEN and not fill.checks:
                another = make.group in pack_of(fill.on).checked_by_another
                answer_checks(fill, all_well(make), by=who, checker=second if another else None)
            post = {item.code: True for item in make.post if item.by_person}
        with clock.played(heard or done), transaction():
            fill = fill_of(key, by=who)
            amounts = self._amounts(fill, make, reading)
            again = make.group in pack_of(fill.on).weighed_again and amounts.gross_g is not None
            result = FillResult(
                happened_at=done,
                content=content_of(happened_at=done, post_checks=post, **amounts._asdict()),
                empty_g=amounts.empty_g,
                gross_g=amounts.gross_g,
                pressure_kpa=amounts.pressure_kpa,
                temperature_dc=amounts.temperature_dc,
                post_checks=post,
                recheck_g=amounts.gross_g if again else None,
                rechecker=second if again else None,
                queued=heard is not None,
            )
            record_result(fill, result, by=who, device=phone or session.get_one(Device, self.device_id))

    def _amounts(self, fill: Fill, make: Make, reading: GaugeReading) -> Amounts:
        if not make.weighed:
            full = CAR_KPA if fill.gas == "CNG" else FULL_KPA
            return Amounts(pressure_kpa=reading.pressure_kpa or full, temperature_dc=FULL_DC)
        tare_g, charge_g = fill.tare_g or 0, make.charge_g or 0
        short_g = SHORT_G + self.city.book.dice.randrange(0, 200, 10)
        gross_g = reading.gross_g or tare_g + charge_g - short_g
        return Amounts(tare_g + self.city.book.dice.randrange(0, RESIDUE_G, 10), gross_g)

    def fill(self, piece: UUID, at: datetime, by: int = 0, reading: GaugeReading = AS_USUAL) -> UUID:
        """A whole fill; one that was refused is filled all the same."""
        key = self.scan(piece, at, by)
        self.end(key, at, by, reading)
        return key


def make_of(bottle: Equipment) -> Make:
    build, _tare_g = pack_of(clock.today()).build_of(bottle.details)
    if build is None or build.make is None:
        raise LookupError(bottle.serial)  # the demonstration has no bottle of an unknown gas
    return build.make


def all_well(make: Make) -> dict[str, bool | str]:
    """Every item that a person looks at before filling, in order."""
    return {item.code: True for item in make.pre if item.by_person}


def person_of(unit: Unit, role: Role) -> Viewer:
    """The first person of an organisation with this role, as he signs in."""
    return viewer_of(session.get_one(User, unit.one(role)["id"]))


def quiet_bottles(city: City, unit: Unit, pieces: list[Piece], before: datetime) -> Iterator[UUID]:
    """Good bottles of a station that nobody scanned since, the longest quiet first; those whose codes a
    visitor is told to try stay as they are."""
    seen: Mapping[UUID | None, datetime] = dict(
        session.execute(
            select(Scan.equipment_id, func.max(Scan.happened_at))
            .where(Scan.organisation_id == unit.id)
            .group_by(Scan.equipment_id)
        ).all()
    )
    shown = set(city.codes.values())
    own = [piece for piece in pieces if piece.unit is unit and piece.row["label_code"] not in shown]
    good = [piece for piece in own if piece.story == "" and piece.row["serial"] not in shown]
    quiet = [piece for piece in good if piece.id in seen and seen[piece.id] < before]
    for piece in sorted(quiet, key=lambda piece: (seen[piece.id], piece.row["serial"])):
        if session.get_one(Equipment, piece.id).status == EquipmentStatus.IN_USE:
            yield piece.id
