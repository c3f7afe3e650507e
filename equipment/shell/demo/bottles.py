"""Four thousand cylinders of all kinds, most of them well, each kind of trouble among them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from equipment.people.rules import OrganisationKind
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.planning import DueKind
from equipment.regulation.vehicle_marks import is_vin_checked
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.names import MAKERS_CYLINDER
from equipment.shell.demo.pieces import Piece, Register, back
from equipment.shell.demo.writing import TableRow

S = EquipmentStatus
LEADING, OTHERS = 2000, 105
LPG_MODELS = (
    ("YSP35.5", 35_500, 16_500, 14_900, 70),
    ("YSP12", 12_000, 6_500, 5_000, 8),
    ("YSP118", 118_000, 45_000, 49_500, 22),
)
# story -> how many of a thousand
STORIES = {
    "overdue": 35,
    "due_soon": 30,
    "past_life": 12,
    "scrapped": 14,
    "locked": 3,
    "treat": 3,
    "unverified": 8,
    "stopped": 10,
    "no_label": 4,
}


class Bottle(NamedTuple):
    """A bottle as its maker sold it: details, day, and the days between two inspections."""

    details: dict[str, object]
    made_on: date
    interval: int


def make_bottles(city: City, register: Register) -> list[Piece]:
    stations = city.of(OrganisationKind.STATION)
    bottles = []
    for number, station in enumerate(stations):
        for place in range(LEADING if number == 0 else OTHERS):
            bottles.append(_bottle(city, register, station, number, place))
    return bottles


def _story(city: City, station: int, place: int) -> str:
    """The first bottles of the leading station tell every story once; the rest by lot."""
    if station == 0 and place < 2 * len(STORIES):
        return list(STORIES)[place // 2]
    dice = city.book.dice.randrange(1000)
    for story, share in STORIES.items():
        if dice < share:
            return story
        dice -= share
    return ""


def _bottle(city: City, register: Register, station: Unit, number: int, place: int) -> Piece:
    story = _story(city, number, place)
    gas = station.gases[place % len(station.gases)]
    details, made_on, interval = {"LPG": _lpg, "CNG": _cng, "C2H2": _acetylene}.get(gas, _seamless)(
        city, gas, story
    )
    if gas == "CNG":  # two in each car
        details |= _vehicle(10_000 + (number * 4_001 + place // 2 * 37) % 90_000)
    inspected = _inspected(city, story, made_on, interval)
    since = city.start.date() + timedelta(days=20)
    ours = ((inspected, DueKind.INSPECTION),) if inspected and inspected >= since else ()
    serial = f"{city.book.dice.choice('ABCDEFGH')}{city.book.dice.randint(100000, 999999)}{place % 10}"
    maker = city.book.dice.choice(list(MAKERS_CYLINDER))
    return register.put(
        "cylinder",
        station,
        details | {"maker_licence": MAKERS_CYLINDER[maker]},
        _numbers(gas, story, number, place),
        story,
        ours,
        serial=serial,
        own_number=f"{number + 1:02}-{place + 1:04}",
        maker=maker,
        name=f"{details.get('model') or ''}".strip(),
        made_on=made_on,
        inspection_body_id=city.of(OrganisationKind.BODY)[1].id,
        last_inspected_on=None if ours else inspected,
        **_ownership(city, station, story, made_on),
    )


def _numbers(gas: str, story: str, number: int, place: int) -> list[tuple[IdentifierKind, str]]:
    begins = {"LPG": 3, "CNG": 5, "C2H2": 4}.get(gas, 1)
    code = (IdentifierKind.CYLINDER_CODE, f"{begins}62{number + 1:03}{place + 1:06}")
    if story == "unverified":
        return [code]
    return [code, (IdentifierKind.CERTIFICATE_NO, f"瓶3{number % 3 + 1}甘D{number + 1:05}(24)")]


def _ownership(city: City, station: Unit, story: str, made_on: date) -> TableRow:
    """Whose it is, since when, and what stands against it."""
    registered = min(city.today, max(made_on + timedelta(days=40), city.today - timedelta(days=900)))
    return {
        "registered_on": None if story == "unverified" else registered,
        "in_use_since": registered,
        "owner_id": station.id,
        "area": station.area,
        "address": station.name,
        "status": {"scrapped": S.SCRAPPED, "locked": S.LOCKED, "stopped": S.STOPPED}.get(story, S.IN_USE),
        "verified": story != "unverified",
        "unverified_reason": "缺少使用登记证" if story == "unverified" else "",
        "block_reason": "用户报失" if story == "locked" else "",
        "treat_code": "R16" if story == "treat" else "",
    }


def _inspected(city: City, story: str, made_on: date, interval: int) -> date | None:
    """The last inspection stated at registration; none for a bottle younger than one interval."""
    book, today = city.book, city.today
    if story == "overdue":
        day = back(book, today, interval + 35, interval + 220)
    elif story == "due_soon":
        day = back(book, today, interval - 40, interval - 5)
    else:
        day = back(book, today, 60, interval - 90)
    return day if day > made_on + timedelta(days=200) else None


def _made_on(city: City, story: str, youngest: int, oldest: int, interval: int) -> date:
    """An overdue bottle is older than one interval, or it could not be overdue."""
    least = interval + 300 if story in ("overdue", "due_soon") else youngest
    return back(city.book, city.today, min(least, oldest - 1), oldest)


def _lpg(city: City, gas: str, story: str) -> Bottle:
    dice = city.book.dice
    model, volume, tare, charge, _ = dice.choices(LPG_MODELS, [model[4] for model in LPG_MODELS])[0]
    interval = 4 * 365
    if story == "past_life":
        made_on, edition, life = back(city.book, city.today, 13 * 365, 14 * 365), "gb5842_2006", None
    elif story in ("overdue", "due_soon") or dice.random() < 0.5:
        made_on, edition, life = _made_on(city, story, 3 * 365 + 120, 7 * 365, interval), "gb5842_2006", None
    else:
        made_on, edition, life = back(city.book, city.today, 90, 2 * 365 + 300), "gb5842_2023", 8
        made_on = max(made_on, date(2023, 12, 5))
    head = made_on >= date(2021, 6, 1)
    return Bottle(
        {
            "variety": "lpg",
            "medium": gas,
            "model": model,
            "volume_ml": volume,
            "tare_g": tare + dice.randrange(-250, 250, 10),
            "max_charge_g": charge,
            "working_pressure_kpa": 2100,
            "edition": edition,
            "design_life_years": life,
            "use": dice.choice(("household", "household", "catering")),
            "head_mark": head,
            "screw_guard": False,
            "electronic_mark": made_on >= date(2025, 1, 1),
            "phase": None,
        },
        made_on,
        interval,
    )


def _seamless(city: City, gas: str, story: str) -> Bottle:
    dice = city.book.dice
    interval = 5 * 365 if gas in ("N2", "AR", "HE") else 3 * 365
    made_on = (
        back(city.book, city.today, 31 * 365, 32 * 365)
        if story == "past_life"
        else _made_on(city, story, 300, 20 * 365, interval)
    )
    details: dict[str, object] = {
        "variety": "seamless",
        "medium": gas,
        "volume_ml": 40_000 + dice.randrange(0, 900, 100),
        "working_pressure_kpa": 15_000,
        "test_pressure_kpa": 22_500,
        "tare_g": 48_000 + dice.randrange(0, 6000, 100),
        "design_life_years": 30,
        "wall_um": 5700,
        "use": "industrial",
        "standard": "GB/T 5099",
    }
    return Bottle(details | ({"max_charge_g": 24_000} if gas == "CO2" else {}), made_on, interval)


def _acetylene(city: City, gas: str, story: str) -> Bottle:
    dice = city.book.dice
    made_on = (
        back(city.book, city.today, 21 * 365, 22 * 365)
        if story == "past_life"
        else _made_on(city, story, 300, 12 * 365, 3 * 365)
    )
    return Bottle(
        {
            "variety": "acetylene",
            "medium": gas,
            "volume_ml": 40_000,
            "porosity_permille": 900,
            "solvent": "丙酮",
            "tare_g": 57_000 + dice.randrange(0, 3000, 100),
            "max_charge_g": 7_000,
            "working_pressure_kpa": 1_520,
            "test_pressure_kpa": 5_200,
            "use": "industrial",
        },
        made_on,
        3 * 365,
    )


def _vin(number: int) -> str:
    """A VIN that no vehicle has, with the check digit that belongs to it."""
    begins, ends = "LDEMCNGA", f"RD{number:06}"
    return next(vin for digit in "0123456789X" if is_vin_checked(vin := f"{begins}{digit}{ends}"))


def _vehicle(number: int) -> dict[str, object]:
    return {"vehicle_plate": f"甘D{number}", "vehicle_vin": _vin(number)}


def _cng(city: City, gas: str, story: str) -> Bottle:
    dice = city.book.dice
    made_on = (
        back(city.book, city.today, 16 * 365, 17 * 365)
        if story == "past_life"
        else _made_on(city, story, 200, 9 * 365, 3 * 365)
    )
    return Bottle(
        {
            "variety": "vehicle_cng",
            "medium": gas,
            "volume_ml": 80_000,
            "working_pressure_kpa": 20_000,
            "test_pressure_kpa": 30_000,
            "tare_g": 82_000,
            "use": "vehicle",
            **_vehicle(dice.randint(10000, 99999)),
            "installer": "示例车用气瓶安装厂",
            **({"standard": "GB 17258-2011"} if made_on.year > 2011 else {}),
            "design_life_years": 15,
        },
        made_on,
        3 * 365,
    )
