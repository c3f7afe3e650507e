"""The gases of the demonstration beside LPG: a bundle (集格) of oxygen and carbon dioxide weighed twice at
the industrial station, ammonia for which it was licensed lately, acetylene in steps, and cars."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.fills.acetylene import AcetyleneStep, end_step
from equipment.fills.actions import answer_checks, fill_of
from equipment.instruments.actions import NewInstrument, add_instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.models import Organisation
from equipment.people.organisations import NewPaper, add_paper
from equipment.people.rules import OrganisationKind, PaperKind, Role, Viewer
from equipment.register.binding import issue_for
from equipment.register.entering import register
from equipment.register.models import Equipment
from equipment.shell.demo.city import City
from equipment.shell.demo.filled import INDUSTRIAL
from equipment.shell.demo.floor import Floor, all_well, make_of, person_of
from equipment.shell.demo.names import MAKERS_CYLINDER
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.storage.remembered import forget_all

MAKER = "示例高压容器有限公司"
CARS, ACETYLENE = 16, 19  # numbers of stations
BUNDLE_NO, BUNDLED = "JG-08", 4
AMMONIA_BAY, AMMONIA_BOTTLES = "5", 6
BOTTLE = {"medium": "O2", "variety": "seamless", "working_pressure_kpa": 15_000, "test_pressure_kpa": 22_500}
BOTTLE |= {"design_life_years": 30, "wall_um": 5700, "use": "industrial", "standard": "GB/T 5099"}
TANK = {"medium": "NH3", "variety": "welded", "volume_ml": 400_000, "working_pressure_kpa": 3_000}
TANK |= {"test_pressure_kpa": 6_000, "max_charge_g": 200_000, "wall_um": 8_000, "design_life_years": 12}
TANK |= {"use": "industrial", "standard": "GB/T 5100-2020"}


def other_gases(city: City, bottles: list[Piece]) -> None:
    stations = city.of(OrganisationKind.STATION)
    industrial, now = Floor(city, stations[INDUSTRIAL]), clock.now()
    owner = industrial.owner
    bundle = _bundle(city, owner)
    ammonia = _ammonia(city, industrial)
    own = [piece for piece in bottles if piece.unit is stations[INDUSTRIAL] and piece.story == ""]
    dioxide = [piece.id for piece in own if piece.row["medium"] == "CO2"]
    industrial.fill(bundle, now - timedelta(hours=2, minutes=40))
    for place, piece in enumerate(dioxide[-3:]):
        industrial.fill(piece, now - timedelta(minutes=95 - 14 * place), place % 2)
    for place, piece in enumerate(ammonia[:3]):
        at = now - timedelta(minutes=88 - 17 * place)
        key = industrial.scan(piece, at, bay=AMMONIA_BAY)
        industrial.end(key, at)
    _acetylene(Floor(city, stations[ACETYLENE]), bottles)
    _cars(Floor(city, stations[CARS]), bottles)


def _on_file(details: dict[str, object], number: str, made_on: date, inspected: date, by: Viewer) -> UUID:
    """A bottle with its label, registered by its station."""
    piece = register(
        {
            "category": "cylinder",
            "serial": f"D{number}",
            "own_number": number,
            "maker": MAKER,
            "made_on": made_on,
            "in_use_since": made_on + timedelta(days=60),
            "registered_on": made_on + timedelta(days=60),
            "last_inspected_on": inspected,
            "owner_id": by.organisation_id,
            "area": by.area,
            "details": details | {"maker_licence": MAKERS_CYLINDER[MAKER]},
        },
        by=by,
    )
    issue_for(piece, by=by)
    return piece.id


def _bundle(city: City, owner: Viewer) -> UUID:
    """A frame of four bottles that are filled through one valve."""
    made_on, inspected = city.today - timedelta(days=1500), city.today - timedelta(days=200)
    inside = BOTTLE | {"volume_ml": 40_000, "tare_g": 49_000, "mount": "in_bundle", "bundle_no": BUNDLE_NO}
    frame = BOTTLE | {"volume_ml": 40_000 * BUNDLED, "mount": "bundle", "bundle_no": BUNDLE_NO}
    frame |= {"bundle_cylinders": BUNDLED}
    with clock.played(clock.site_midnight(city.today - timedelta(days=40))), transaction():
        for place in range(BUNDLED):
            _on_file(inside, f"{BUNDLE_NO}-{place + 1}", made_on, inspected, owner)
        return _on_file(frame, BUNDLE_NO, made_on, inspected, owner)


def _ammonia(city: City, floor: Floor) -> list[UUID]:
    """The licence covers it since last month; a scale of its own, and the first bottles."""
    since = city.today - timedelta(days=32)
    bureau = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    office = person_of(bureau, Role.ADMINISTRATOR)
    with clock.played(clock.site_midnight(since) + timedelta(hours=10)), transaction():
        station = session.get_one(Organisation, floor.unit.id)
        until = city.today + timedelta(days=1400)
        licence = NewPaper(PaperKind.FILLING_LICENCE, "TS4262911-2030", ("NH3",), since, until)
        add_paper(station, licence, by=office)
        scale = NewInstrument(InstrumentKind.SCALE, "5号台秤（液氨）", "DEMO-115", until, AMMONIA_BAY, "NH3")
        add_instrument(station, scale, by=floor.owner)
        made_on, inspected = city.today - timedelta(days=900), city.today - timedelta(days=120)
        numbers = range(1, AMMONIA_BOTTLES + 1)
        tanks = [
            _on_file(
                TANK | {"tare_g": 198_000 + 700 * number}, f"A-{number:03}", made_on, inspected, floor.owner
            )
            for number in numbers
        ]
    forget_all()
    return tanks


def _acetylene(floor: Floor, bottles: list[Piece]) -> None:
    """溶解乙炔: yesterday's bottle rested eight hours between its two steps; today's rests."""
    own = [piece.id for piece in bottles if piece.unit is floor.unit and piece.story == ""]
    yesterday = clock.site_midnight(floor.city.today - timedelta(days=1)) + timedelta(hours=7, minutes=30)
    stories = ((own[-1], yesterday, True), (own[-2], clock.now() - timedelta(hours=1, minutes=30), False))
    for piece, at, ended in stories:
        bottle = session.get_one(Equipment, piece)
        tare_g, make = int(str(bottle.details["tare_g"])), make_of(bottle)
        key, who = floor.scan(piece, at), floor.people[0]
        closed_at = at + timedelta(minutes=55)
        with clock.played(at + timedelta(minutes=2)), transaction():
            answer_checks(fill_of(key, by=who), all_well(make), by=who)
        with clock.played(closed_at), transaction():
            step = AcetyleneStep(floor.city.book.id(), closed_at, tare_g + 3_400, 1_350, 300)
            end_step(fill_of(key, by=who), step, by=who)
        if ended:
            floor.end(key, closed_at + timedelta(hours=8, minutes=20))


def _cars(floor: Floor, bottles: list[Piece]) -> None:
    """Cars at the dispenser: every cylinder under the plate, filled together."""
    plates: dict[str, list[UUID]] = {}
    for piece in bottles:
        if piece.unit is floor.unit and piece.story == "":
            plates.setdefault(str(piece.row["details"]["vehicle_plate"]), []).append(piece.id)
    whole = [pieces for pieces in plates.values() if len(pieces) > 1]
    for place, pieces in enumerate(whole[-4:]):
        for cylinder in pieces:
            floor.fill(cylinder, clock.now() - timedelta(minutes=70 - 12 * place), place % 2)
