"""What is in a fresh sandbox: one organisation of its kind, those it deals with, and a made-up piece for
every verdict. The codes and card numbers are the same in every sandbox of a kind."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import insert, select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.instruments.actions import NewInstrument, add_instrument
from equipment.instruments.rules import InstrumentKind
from equipment.ledger.actions import record
from equipment.lots.packing import hand_over, open_lot, pack
from equipment.people.devices import NewDevice, enrol_holder
from equipment.people.models import Area, Organisation, User, UserRole
from equipment.people.organisations import NewPaper, add_paper, open_organisation
from equipment.people.papers import add_certificate, end_card, issue_card
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, CardStatus, DeviceKind, OrganisationKind, PaperKind, Role
from equipment.register.actions import change_status, register
from equipment.register.codes import TEST, signed_code
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, LabelStatus
from equipment.sandbox.rules import SandboxKind
from equipment.storage.columns import Columns
from equipment.storage.db import sandbox_here, session

MADE_UP = "沙箱"
YEAR = 365
CARDS = {"card": "04A1B2C3D4E580", "lost_card": "04A1B2C3D4E581"}
LPG: Columns = {
    "variety": "lpg",
    "medium": "LPG",
    "model": "YSP35.5",
    "volume_ml": 35_500,
    "tare_g": 16_500,
    "max_charge_g": 14_900,
    "edition": "gb5842_2006",
}
OXYGEN: Columns = {"variety": "seamless", "medium": "O2", "volume_ml": 40_000, "working_pressure_kpa": 15_000}


class Sample(NamedTuple):
    """A thing to try: its name in messages, what people call it, and the code to send."""

    name: str
    label: str
    code: str


SAMPLES: Mapping[SandboxKind, Sequence[tuple[str, str]]] = {
    SandboxKind.STATION: (
        ("fillable", N_("LPG bottle, may be filled")),
        ("oxygen", N_("Oxygen bottle, may be filled")),
        ("overdue", N_("Inspection overdue")),
        ("past_life", N_("Past its service life")),
        ("locked", N_("Locked")),
        ("scrapped", N_("Scrapped")),
        ("other_station", N_("Bottle of another station")),
        ("unknown", N_("Label that no piece has")),
    ),
    SandboxKind.FIRM: (("lift", N_("Lift with the reader")),),
    SandboxKind.BODY: (
        ("bottle", N_("Bottle of the lot that is on its way")),
        ("second_bottle", N_("Bottle of the lot that is on its way")),
        ("not_sent", N_("Bottle that is in no lot")),
        ("unknown", N_("Label that no piece has")),
    ),
}


def samples(kind: SandboxKind) -> list[Sample]:
    """All there is to try: codes, and of a firm the cards."""
    labels = [Sample(name, label, _code(kind, name)) for name, label in SAMPLES[kind]]
    if kind is SandboxKind.BODY:
        return labels
    owned = N_("Card of the filler") if kind is SandboxKind.STATION else N_("Card of the technician")
    cards = [Sample("card", owned, CARDS["card"])]
    if kind is SandboxKind.FIRM:
        cards.append(Sample("lost_card", N_("Card that was reported lost"), CARDS["lost_card"]))
    return labels + cards


def _code(kind: SandboxKind, name: str) -> str:
    place = [each for each, _label in SAMPLES[kind]].index(name) + 1
    return signed_code(f"{TEST}{kind[0].upper()}{place:05}", keys())


def areas_of_city() -> list[Columns]:
    """The city's areas, which stand in every sandbox too."""
    return [dict(row) for row in session.execute(select(Area.__table__)).mappings()]


def is_furnished() -> bool:
    return session.scalar(select(Organisation.id).limit(1)) is not None


def lead() -> User:
    """Who looks around in this sandbox: the one person of its organisation that has an account."""
    return session.scalars(select(User).order_by(User.created_at, User.id).limit(1)).one()


def make_pieces(kind: SandboxKind, token_hashes: Mapping[str, str], areas: Sequence[Columns]) -> None:
    """Furnish the database in which this thread works, in the transaction that is open."""
    if areas:
        session.execute(insert(Area), list(areas))
    else:
        session.add(Area(code="62", name=MADE_UP, name_en="Sandbox", level="province"))
        session.flush()
    area = min((str(row["code"]) for row in areas), key=lambda code: (len(code), code), default="62")
    town = _Town(kind, area, token_hashes)
    {SandboxKind.STATION: _station, SandboxKind.FIRM: _firm, SandboxKind.BODY: _body}[kind](town)


class _Town:
    """The makers of one sandbox, all of the same area."""

    def __init__(self, kind: SandboxKind, area: str, token_hashes: Mapping[str, str]) -> None:
        self.kind, self.area, self.token_hashes = kind, area, token_hashes
        self.today = clock.today()

    def unit(self, kind: OrganisationKind, name: str) -> Organisation:
        return open_organisation(kind, {"name": f"{MADE_UP}{name}", "area": self.area}, by=SYSTEM)

    def paper(self, of: Organisation, kind: PaperKind, *covers: str) -> None:
        days = self.today - timedelta(days=YEAR), self.today + timedelta(days=2 * YEAR)
        add_paper(of, NewPaper(kind, f"{TEST}-{of.kind}", covers, *days), by=SYSTEM)

    def person(self, of: Organisation, *roles: Role, certificate: str = "") -> User:
        """Somebody who looks around, or holds a card; nobody knows a password of his."""
        number = len(session.scalars(select(User.id)).all()) + 1
        sandbox = sandbox_here()
        assert sandbox is not None
        person = User(
            id=new_id(),
            organisation_id=of.id,
            name=f"{MADE_UP}{number}",
            mobile=f"{TEST}{number:07}",
            area=of.area,
            password="!",  # noqa: S106  (nobody's)
            fs_uniquifier=f"{sandbox.name}.{secrets.token_hex(16)}",
            must_change=False,
            active=True,
            created_at=clock.now(),
            held=[UserRole(role=role) for role in roles],
        )
        session.add(person)
        session.flush()
        record(session(), f"user:{person.id}", "created", actor=SYSTEM.actor, rows=[person, *person.held])
        if certificate:
            days = self.today - timedelta(days=YEAR), self.today + timedelta(days=2 * YEAR)
            add_certificate(person, certificate, f"{TEST}{number:014}", days, by=SYSTEM)
        return person

    def device(
        self, kind: DeviceKind, of: Organisation, person: User | None = None, *, lift: Equipment | None = None
    ) -> None:
        new = NewDevice(kind, f"{MADE_UP}{kind}", person.id if person else None, lift.id if lift else None)
        enrol_holder(of, new, self.token_hashes[kind], by=SYSTEM)

    def piece(
        self, name: str, status: EquipmentStatus = EquipmentStatus.IN_USE, **values: object
    ) -> Equipment:
        """A piece on file under its code; the end of its life comes after everything else."""
        code = _code(self.kind, name)
        session.add(Label(code=code, status=LabelStatus.ISSUED, issued_at=clock.now()))
        session.flush()
        row = {"serial": f"{TEST}-{name}", "area": self.area, "maker": MADE_UP, "name": name, **values}
        made = register({**row, "label": code}, by=SYSTEM)
        if status is not EquipmentStatus.IN_USE:
            change_status(made, status, reason=MADE_UP, by=SYSTEM)
        return made

    def bottle(
        self,
        name: str,
        owner: Organisation,
        *,
        details: Columns = LPG,
        age: int = 2,
        inspected: int | None = None,
        status: EquipmentStatus = EquipmentStatus.IN_USE,
        body: Organisation | None = None,
    ) -> Equipment:
        """`age` in years, `inspected` so many years ago."""
        made_on = self._years_ago(age)
        return self.piece(
            name,
            status,
            category="cylinder",
            details=details,
            made_on=made_on,
            in_use_since=made_on,
            registered_on=made_on,
            last_inspected_on=None if inspected is None else self._years_ago(inspected),
            owner_id=owner.id,
            inspection_body_id=body.id if body else None,
        )

    def _years_ago(self, years: int) -> date:
        return self.today - timedelta(days=round(years * 365.25))


def _station(town: _Town) -> None:
    body = town.unit(OrganisationKind.BODY, "检验站")
    town.paper(body, PaperKind.BODY_APPROVAL, "cylinder")
    station = town.unit(OrganisationKind.STATION, "充装站")
    town.paper(station, PaperKind.FILLING_LICENCE, "LPG", "O2")
    until = town.today + timedelta(days=YEAR)
    for new in (
        NewInstrument(InstrumentKind.SCALE, "1号秤", f"{TEST}-1", until, bay="1", gas="LPG"),
        NewInstrument(InstrumentKind.GAUGE, "2号压力表", f"{TEST}-2", until, bay="2", gas="O2"),
    ):
        add_instrument(station, new, by=SYSTEM)
    filler = town.person(station, Role.STATION_OWNER, Role.OPERATOR, certificate="P")
    issue_card(filler, CARDS["card"], by=SYSTEM)
    for kind in (DeviceKind.CONTROLLER, DeviceKind.UPLOAD):
        town.device(kind, station, filler)
    bottle = town.bottle
    bottle("fillable", station, body=body)
    bottle("oxygen", station, body=body, details=OXYGEN)
    bottle("overdue", station, body=body, age=7, inspected=5)
    bottle("past_life", station, body=body, age=9, inspected=1)
    bottle("locked", station, body=body, status=EquipmentStatus.LOCKED)
    bottle("scrapped", station, body=body, status=EquipmentStatus.SCRAPPED)
    bottle("other_station", town.unit(OrganisationKind.STATION, "另一充装站"), body=body)


def _firm(town: _Town) -> None:
    firm, unit = town.unit(OrganisationKind.FIRM, "维保公司"), town.unit(OrganisationKind.USE_UNIT, "物业")
    town.paper(firm, PaperKind.MAINTENANCE_LICENCE, "T")
    technician = town.person(firm, Role.FIRM_MANAGER, Role.TECHNICIAN, certificate="T")
    issue_card(technician, CARDS["card"], by=SYSTEM)
    forgetful = town.person(firm, Role.TECHNICIAN, certificate="T")
    lost = issue_card(forgetful, CARDS["lost_card"], by=SYSTEM)
    end_card(lost, CardStatus.LOST, by=SYSTEM)
    began = town.today - timedelta(days=2 * YEAR)
    lift = town.piece(
        "lift",
        category="elevator",
        details={"catalogue": "3110"},
        made_on=began,
        in_use_since=began,
        registered_on=began,
        base_on=began,
        use_unit_id=unit.id,
        maintenance_firm_id=firm.id,
        address=MADE_UP,
    )
    town.device(DeviceKind.READER, firm, lift=lift)
    for kind in (DeviceKind.FIRM_SYSTEM, DeviceKind.UPLOAD):
        town.device(kind, firm, technician)


def _body(town: _Town) -> None:
    station, body = town.unit(OrganisationKind.STATION, "充装站"), town.unit(OrganisationKind.BODY, "检验站")
    town.paper(body, PaperKind.BODY_APPROVAL, "cylinder", "elevator")
    town.device(DeviceKind.UPLOAD, body, town.person(body, Role.INSPECTOR))
    sent = [town.bottle(name, station, body=body, age=7, inspected=5) for name in ("bottle", "second_bottle")]
    town.bottle("not_sent", station, body=body, age=3)
    sender = viewer_of(town.person(station, Role.STATION_OWNER))
    lot = open_lot(new_id(), body.id, by=sender)
    for bottle in sent:
        pack(lot, bottle.label_code or "", by=sender)
    hand_over(lot, MADE_UP, by=sender)
