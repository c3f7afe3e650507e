"""Areas, organisations and people of the demonstration city, with its leading characters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from equipment.core import clock
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import Area, Card, Certificate, Device, Organisation, Paper, User, UserRole
from equipment.people.queries import token_digest
from equipment.people.rules import CardStatus, DeviceKind, OrganisationKind, PaperKind, Role
from equipment.regulation.categories import CATEGORIES
from equipment.shell.demo.names import (
    COUNTIES,
    ESTATES,
    GIVEN_NAMES,
    MARKS,
    STREETS,
    SURNAMES,
    UNIT_KINDS,
    WEIGHTS,
)
from equipment.shell.demo.writing import Book, TableRow

CITY = "6204"
BY_PRESSURE = ("O2", "N2", "AR", "CNG")  # bays of these gases have a gauge, the others a scale
K = OrganisationKind
LEADING_OFFICE = "620402001"


@dataclass
class Unit:
    """An organisation of the city and who works there."""

    id: UUID
    name: str
    area: str
    kind: OrganisationKind
    gases: tuple[str, ...] = ()
    people: dict[Role, list[TableRow]] = field(default_factory=dict)
    bays: list[TableRow] = field(default_factory=list)
    devices: dict[str, TableRow] = field(default_factory=dict)

    def one(self, role: Role) -> TableRow:
        return self.people[role][0]


@dataclass
class City:
    """Everything the later chapters need to know of chapter one."""

    book: Book
    today: date
    start: datetime
    townships: dict[str, str] = field(default_factory=dict)
    units: dict[OrganisationKind, list[Unit]] = field(default_factory=dict)
    sign_ins: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    secrets: Any = None

    def of(self, kind: OrganisationKind) -> list[Unit]:
        return self.units[kind]

    def township(self, county: str = "") -> str:
        dice = self.book.dice
        county = county or dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        return dice.choice([code for code in self.townships if code.startswith(county)])

    def street(self) -> str:
        return f"{self.book.dice.choice(STREETS)}{self.book.dice.randint(1, 299)}号"

    def device(self, unit_id: UUID, kind: DeviceKind, name: str, **more: object) -> tuple[TableRow, str]:
        """A device and its token in clear."""
        token = self.secrets.token_urlsafe(32)
        row = self.book.add(
            Device,
            id=self.book.id(),
            organisation_id=unit_id,
            kind=kind,
            name=name,
            token_hash=token_digest(token),
            created_at=self.start,
            **more,
        )
        self.book.tell(self.start, "device", row["id"], "enrolled", [(Device, row)])
        return row, token


class Maker:
    """Makes organisations and people, and remembers the sign-ins of the leading ones."""

    def __init__(self, city: City, password_hash: str, pin_hash: str) -> None:
        self.city, self.book, self.password_hash, self.pin_hash = city, city.book, password_hash, pin_hash
        self._mobile = 0
        self._certificate = 0

    def unit(self, kind: OrganisationKind, name: str, area: str, **more: object) -> Unit:
        number = len(self.city.units.setdefault(kind, [])) + 1
        credit = f"9{'1234567'[list(K).index(kind)]}620400DEMO{list(K).index(kind)}{number:05}X"[:18]
        row = self.book.add(
            Organisation,
            id=self.book.id(),
            kind=kind,
            name=name,
            area=area,
            credit_code=credit,
            address=self.city.street(),
            phone=f"0943-{8000000 + number}",
            created_at=self.city.start,
            **more,
        )
        self.book.tell(self.city.start, "organisation", row["id"], "opened", [(Organisation, row)])
        unit = Unit(row["id"], name, area, kind)
        self.city.units[kind].append(unit)
        return unit

    def person(
        self,
        unit: Unit,
        *roles: Role,
        certificate: str = "",
        until: int = 500,
        name: str = "",
        area: str = "",
    ) -> TableRow:
        self._mobile += 1
        dice = self.book.dice
        row = self.book.add(
            User,
            id=self.book.id(),
            organisation_id=unit.id,
            name=name or dice.choice(SURNAMES) + dice.choice(GIVEN_NAMES),
            area=area or unit.area,
            mobile=f"190{self._mobile:08}",
            password=self.password_hash,
            pin_hash=self.pin_hash,
            fs_uniquifier=f"{self.book.id().hex}{self.city.secrets.token_hex(8)}",
            must_change=False,
            created_at=self.city.start,
        )
        held = [(UserRole, self.book.add(UserRole, user_id=row["id"], role=role)) for role in roles]
        for role in roles:
            unit.people.setdefault(role, []).append(row)
        self.book.tell(
            self.city.start, "user", row["id"], "created", [(User, row), *held], roles=list(map(str, roles))
        )
        if certificate:
            self.certificate(row, certificate, until)
        return row

    def certificate(self, person: TableRow, code: str, until: int) -> None:
        self._certificate += 1
        days = timedelta(days=until)
        row = self.book.add(
            Certificate,
            id=self.book.id(),
            organisation_id=person["organisation_id"],
            user_id=person["id"],
            code=code,
            number=f"DEMO62040019{self._certificate:06}",
            valid_from=self.city.today + days - timedelta(days=4 * 365),
            valid_until=self.city.today + days,
        )
        self.book.tell(self.city.start, "user", person["id"], "certificate_added", [(Certificate, row)])

    def card(self, person: TableRow, status: CardStatus = CardStatus.VALID) -> str:
        uid = f"04{self.book.dice.getrandbits(48):012X}"
        row = self.book.add(
            Card,
            id=self.book.id(),
            organisation_id=person["organisation_id"],
            user_id=person["id"],
            uid=uid,
            number=uid,
            status=status,
        )
        self.book.tell(self.city.start, "user", person["id"], "card_issued", [(Card, row)])
        return uid

    def paper(self, unit: Unit, kind: PaperKind, number: str, covers: tuple[str, ...], until: int) -> None:
        day = self.city.today + timedelta(days=until)
        row = self.book.add(
            Paper,
            id=self.book.id(),
            organisation_id=unit.id,
            kind=kind,
            number=number,
            covers=list(covers),
            valid_from=day - timedelta(days=4 * 365),
            valid_until=day,
        )
        self.book.tell(self.city.start, "organisation", unit.id, "paper_added", [(Paper, row)])

    def lead(self, key: str, title: str, person: TableRow, password: str) -> None:
        """Remember a sign-in for /demo and demo.json."""
        self.city.sign_ins[key] = {
            "title": title,
            "name": person["name"],
            "mobile": person["mobile"],
            "password": password,
            "user_id": str(person["id"]),
        }


def make_areas(city: City) -> None:
    def area(**values: str) -> None:
        row = city.book.add(Area, **values)
        city.book.tell(city.start, "area", row["code"], "stated", [(Area, row)])

    area(code=CITY, name="白银市", name_en="Baiyin", level="city", responsible="演示主任")
    for county, (name, english, towns) in COUNTIES.items():
        area(code=county, name=name, name_en=english, level="county", responsible=f"{name[0]}负责")
        for number, town in enumerate(towns, 1):
            code = f"{county}{number:03}"
            city.townships[code] = town
            area(code=code, name=town, name_en="", level="township", responsible="")


def make_regulators(make: Maker, password: str) -> None:
    city = make.city
    bureau = make.unit(K.REGULATOR, "白银市市场监督管理局（演示）", CITY)
    make.lead(
        "administrator", "系统管理员", make.person(bureau, Role.ADMINISTRATOR, Role.SUPERVISOR), password
    )
    make.lead("city", "市局监察员", make.person(bureau, Role.SUPERVISOR), password)
    for county, (name, _, _) in COUNTIES.items():
        office = make.unit(K.REGULATOR, f"{name}市场监督管理局（演示）", county)
        officer = make.person(office, Role.SUPERVISOR)
        if county == "620402":
            make.lead("county", "区县局监察员", officer, password)
    for code, town in city.townships.items():
        office = make.unit(K.REGULATOR, f"{town}市场监督管理所（演示）", code)
        if code.endswith("001"):
            officer = make.person(office, Role.SUPERVISOR)
            if code == LEADING_OFFICE:
                make.lead("township", "市场监管所监察员", officer, password)


def make_stations(make: Maker, password: str) -> None:
    kinds = (
        [("LPG", ("LPG",), "燃气充装站")] * 10
        + [("O2", ("O2", "N2", "AR", "CO2"), "工业气体充装站")] * 6
        + [("CNG", ("CNG",), "加气站")] * 3
        + [("C2H2", ("C2H2",), "溶解乙炔充装站")]
    )
    for number, (_, gases, suffix) in enumerate(kinds):
        unit = make.unit(
            K.STATION, f"{MARKS[number]}{suffix}（演示）", make.city.township("620402" if number == 0 else "")
        )
        unit.gases = gases
        make.paper(
            unit,
            PaperKind.FILLING_LICENCE,
            f"TS4262{number + 1:03}-2028",
            gases,
            20 if number == 7 else 300 + number * 31,
        )
        make.person(unit, Role.STATION_OWNER, certificate="A")
        for place in range(4 if number == 0 else 2):
            make.person(unit, Role.OPERATOR, certificate="P", until=25 if place == 1 else 700)
        make_bays(make, unit, number)
        floor, token = make.city.device(unit.id, DeviceKind.FLOOR, "充装台平板")
        unit.devices["floor"] = floor
        controller, controller_token = make.city.device(
            unit.id, DeviceKind.CONTROLLER, "充装秤控制器", user_id=unit.people[Role.OPERATOR][0]["id"]
        )
        unit.devices["controller"] = controller
        if number == 0:
            make.city.tokens |= {"floor": token, "controller": controller_token}
            make.city.cards["operator"] = make.card(unit.one(Role.OPERATOR))
        lead_station(make, unit, password)


def make_bays(make: Maker, unit: Unit, number: int) -> None:
    """A scale or gauge for every gas; the leading station has four scales, one of them due soon."""
    gases = unit.gases
    for bay in range(max(len(gases), 4 if number == 0 else 2)):
        gas = gases[bay % len(gases)]
        weighed = gas not in BY_PRESSURE
        until = make.city.today + timedelta(days=12 if (number, bay) == (0, 3) else 200)
        row = make.book.add(
            Instrument,
            id=make.book.id(),
            organisation_id=unit.id,
            kind=InstrumentKind.SCALE if weighed else InstrumentKind.GAUGE,
            name=f"{bay + 1}号{'秤' if weighed else '压力表'}",
            number=f"DEMO-{number + 1:02}{bay + 1}",
            bay=f"{bay + 1}",
            gas=gas,
            verified_until=until,
            stated_until=until,
            known_on=make.city.start.date(),
        )
        make.book.tell(make.city.start, "organisation", unit.id, "instrument_added", [(Instrument, row)])
        unit.bays.append(row)


def lead_station(make: Maker, unit: Unit, password: str) -> None:
    """The people of the first station of each kind sign in at /demo."""
    owner, operator = unit.one(Role.STATION_OWNER), unit.one(Role.OPERATOR)
    for key, title, gas, person in (
        ("station_owner", "充装站站长", "LPG", owner),
        ("operator", "充装员", "LPG", operator),
        ("gas_owner", "工业气体充装站站长", "O2", owner),
        ("gas_operator", "工业气体充装员", "O2", operator),
        ("car_operator", "加气站充装工", "CNG", operator),
        ("acetylene_operator", "乙炔充装工", "C2H2", operator),
    ):
        if unit.gases[0] == gas and key not in make.city.sign_ins:
            make.lead(key, title, person, password)


def make_firms(make: Maker, password: str) -> None:
    for number in range(15):
        unit = make.unit(
            K.FIRM,
            f"{MARKS[number]}电梯维保有限公司（演示）",
            make.city.township("620402" if number < 8 else ""),
        )
        make.paper(
            unit, PaperKind.MAINTENANCE_LICENCE, f"TS3362{number + 1:03}-2029", ("T",), 400 + number * 17
        )
        make.person(unit, Role.FIRM_MANAGER, certificate="A")
        for place in range(12 if number == 0 else 4):
            technician = make.person(
                unit,
                Role.TECHNICIAN,
                certificate="T",
                until=-20 if (number, place) == (2, 3) else 18 if place == 3 else 600,
            )
            card = make.card(technician, CardStatus.LOST if (number, place) == (0, 11) else CardStatus.VALID)
            if number == 0 and place in (0, 1, 11):
                make.city.cards[{0: "technician", 1: "second_technician", 11: "lost"}[place]] = card
        if number == 0:
            make.lead("firm_manager", "维保经理", unit.one(Role.FIRM_MANAGER), password)
            make.lead("technician", "维保技术员", unit.one(Role.TECHNICIAN), password)


def make_bodies_and_units(make: Maker, password: str) -> None:
    for number, name in enumerate(("云杉特种设备检验研究院（演示）", "青岚检验检测有限公司（演示）")):
        body = make.unit(K.BODY, name, "620402")
        make.paper(
            body,
            PaperKind.BODY_APPROVAL,
            f"TS7162{number + 1:03}-2028",
            tuple(kind.key for kind in CATEGORIES),
            500,
        )
        for _ in range(5):
            make.person(body, Role.INSPECTOR)
        if number == 0:
            make.lead("inspector", "检验员", body.one(Role.INSPECTOR), password)
    dice = make.book.dice
    for number in range(60):
        mark = MARKS[number % len(MARKS)] + (dice.choice(ESTATES) if number % 8 == 0 else "")
        suffix = UNIT_KINDS[0] if number < 30 else UNIT_KINDS[number % len(UNIT_KINDS)]
        township = make.city.township()
        unit = make.unit(
            K.USE_UNIT,
            f"{mark}{suffix}（演示{number + 1}）" if number else "慢半拍物业服务有限公司（演示）",
            township if number else LEADING_OFFICE,  # whose officer can sign in, and has something to walk
        )
        make.person(unit, Role.SAFETY_OFFICER, certificate="A", until=15 if number == 0 else 400)
        if number in (0, 1):
            make.lead(
                "late_manager" if number == 0 else "safety_officer",
                "总是迟到的物业安全员" if number == 0 else "使用单位安全员",
                unit.one(Role.SAFETY_OFFICER),
                password,
            )


def make_city(book: Book, secrets: Any, password: str, password_hash: str, pin_hash: str) -> City:
    today = clock.today()
    city = City(book, today, clock.site_midnight(today - timedelta(days=560)), secrets=secrets)
    make_areas(city)
    make = Maker(city, password_hash, pin_hash)
    make_regulators(make, password)
    make_stations(make, password)
    make_firms(make, password)
    make_bodies_and_units(make, password)
    return city
