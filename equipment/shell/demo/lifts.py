"""Five hundred elevators: lifts of estates, goods lifts, escalators, dumbwaiters."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.people.rules import OrganisationKind
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.planning import DueKind
from equipment.shell.demo.city import City
from equipment.shell.demo.names import ESTATES, MAKERS_LIFT
from equipment.shell.demo.pieces import Inspected, Piece, Register, back
from equipment.shell.demo.writing import TableRow

S = EquipmentStatus
LIFTS, LEADING_FIRM, LATE_MANAGER = 500, 300, 14
KINDS = {"3110": 78, "3120": 8, "3210": 2, "3310": 7, "3320": 1, "3420": 2, "3430": 2}
INSPECTION_YEARS = (1, 4, 7, 9, 11, 13, 15)
SELF_TEST_YEARS = (2, 3, 5, 6, 8, 10, 12, 14)


def make_lifts(city: City, register: Register) -> list[Piece]:
    return [_lift(city, register, number) for number in range(LIFTS)]


def _lift(city: City, register: Register, number: int) -> Piece:
    dice = city.book.dice
    units, firms, bodies = (
        city.of(kind) for kind in (OrganisationKind.USE_UNIT, OrganisationKind.FIRM, OrganisationKind.BODY)
    )
    unit = units[0] if number < LATE_MANAGER else dice.choice(units[1:])
    firm = firms[0] if number < LEADING_FIRM else dice.choice(firms[1:])
    kind = "3110" if number < LATE_MANAGER else dice.choices(list(KINDS), list(KINDS.values()))[0]
    story = _story(city, number)
    base = _base(city, story)
    details = _details(city, kind, base)
    body = bodies[0] if dice.random() < 0.8 else bodies[1]
    estate, building = f"{unit.name[:2]}{dice.choice(ESTATES)}", dice.randint(1, 30)
    entrance, moving = number % 3 + 1, kind.startswith("33")  # escalators and walks stand in a hall
    called = f"{building}号楼{entrance}号{'扶梯' if kind == '3310' else '人行道' if moving else '梯'}"
    row: TableRow = {
        "serial": f"E{base.year}{number + 1:05}",
        "name": f"{estate}{called}",
        "maker": dice.choice(MAKERS_LIFT),
        "made_on": base - timedelta(days=160),
        "registered_on": base + timedelta(days=12),
        "in_use_since": base + timedelta(days=15),
        "base_on": base,
        "use_unit_id": unit.id,
        "owner_id": unit.id,
        "maintenance_firm_id": firm.id,
        "inspection_body_id": body.id,
        "area": unit.area,
        "address": f"{city.street()}{estate}",
        "position": f"{building}号楼大厅" if moving else f"{building}号楼{entrance}单元",
        "last_inspected_on": _last_inspection(city, base),
        "status": S.STOPPED if story == "stopped" else S.LOCKED if story == "locked" else S.IN_USE,
        "block_reason": "严重隐患，停止使用" if story == "locked" else "",
    }
    numbers = [
        (IdentifierKind.EQUIPMENT_CODE, f"{kind}62001{base.year}{number + 1:05}"),
        (IdentifierKind.CERTIFICATE_NO, f"梯{kind[1:3]}甘D{number + 1:05}({base.year % 100:02})"),
    ]
    if dice.random() < 0.93:
        numbers.append((IdentifierKind.RFID, f"04{dice.getrandbits(48):012X}"))
    return register.put("elevator", unit, details, numbers, story, _inspected(city, base, story), **row)


def _story(city: City, number: int) -> str:
    if number < LATE_MANAGER:
        return "overdue" if number < 6 else ""
    dice = city.book.dice.randrange(1000)
    for story, share in (("overdue", 16), ("due_soon", 30), ("stopped", 20), ("locked", 3)):
        if dice < share:
            return story
        dice -= share
    return ""


def _base(city: City, story: str) -> date:
    """The day of the supervision inspection; an overdue lift's slot passed a few months ago, one due soon
    comes within two months."""
    dice, today = city.book.dice, city.today
    if story == "overdue":
        return _years_back(today - timedelta(days=dice.randint(35, 150)), dice.choice((4, 7, 9, 11, 13)))
    if story == "due_soon":
        return _years_back(today + timedelta(days=dice.randint(3, 55)), dice.choice((1, 4, 7, 9, 11, 13)))
    return back(city.book, today, 250, 19 * 365)


def _years_back(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def slots(base: date, until: date) -> list[date]:
    """The days of a lift's inspections up to a day: years 1, 4, 7, 9, 11, 13, 15, then yearly."""
    return turns(base, until, (*INSPECTION_YEARS, *range(16, 40)))


def turns(base: date, until: date, years: tuple[int, ...]) -> list[date]:
    days = [base.replace(year=base.year + year, day=min(base.day, 28)) for year in years]
    return [day for day in days if day <= until]


def _last_inspection(city: City, base: date) -> date | None:
    """The last inspection before our records began, as the papers stated it."""
    begun = city.start.date()
    past = slots(base, begun)
    if not past:
        return None
    last = past[-1] - timedelta(days=city.book.dice.randint(0, 25))
    return last if last > base else None


def _inspected(city: City, base: date, story: str) -> Inspected:
    """The inspections within our own records; the last slot of an overdue lift was missed."""
    begun = city.start.date()
    due = [day for day in slots(base, city.today) if day > begun]
    if story == "overdue":
        due = due[:-1]
    tested = turns(base, city.today, SELF_TEST_YEARS)
    wanted = [(day, DueKind.INSPECTION) for day in due] + [
        (day, DueKind.SELF_TEST) for day in tested if day > begun or day == tested[-1]
    ]
    return tuple(
        sorted(
            (max(day - timedelta(days=city.book.dice.randint(1, 35)), base + timedelta(days=1)), kind)
            for day, kind in wanted
        )
    )


def _rescue_code(drawn: int) -> dict[str, object]:
    """Most lifts have a code of the city's range, some have none yet, and some an old one of five digits."""
    if drawn % 12 == 0:
        return {}
    return {"rescue_code": f"{drawn:06}"[:5] if drawn % 60 == 7 else f"{620000 + drawn % 20000}"}


def _details(city: City, kind: str, base: date) -> dict[str, object]:
    dice = city.book.dice
    floors = dice.choice((6, 7, 11, 18, 26, 33)) if kind in ("3110", "3420") else dice.choice((2, 3, 4, 5))
    common: dict[str, object] = {
        "catalogue": kind,
        "supervised_on": base,
        **_rescue_code(dice.randint(100000, 999999)),
        "outdoor": False,
    }
    if kind.startswith("33"):
        return common | {
            "drive": "chain",
            "speed_mm_s": 500,
            "travel_mm": dice.choice((4500, 5000, 6000)),
            "inclination_mdeg": 30_000 if kind == "3310" else 12_000,
            "width_mm": 1000,
            "motor_w": 7500,
        }
    hydraulic = kind.startswith("32")
    return common | {
        "drive": "hydraulic_direct" if hydraulic else "traction",
        "load_kg": dice.choice((630, 800, 1000, 1350)) if kind != "3430" else 200,
        "speed_mm_s": 500 if hydraulic or kind == "3430" else dice.choice((1000, 1500, 1750, 2000)),
        "floors": floors,
        "stations": floors,
        "doors": floors,
        "travel_mm": floors * 2900,
        "machine_room": not hydraulic and dice.random() < 0.7,
        "cylinders": 1 if hydraulic else None,
    }
