"""充装量核对 of the demonstration: what scales and tankers say of the days of two months, beside what was
scanned; and the stock that stations declare."""

from __future__ import annotations

from datetime import timedelta

from equipment.core import clock
from equipment.core.months import add_months, month_start
from equipment.people.models import Organisation
from equipment.people.rules import OrganisationKind, Role
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction
from equipment.suspicions.actions import declare_stock, state_amount, take_back
from equipment.suspicions.queries import amounts_of_month
from equipment.suspicions.states import AmountSource

STATED = ((0, AmountSource.SCALE), (1, AmountSource.SCALE))  # stations
PERMILLE = (4, -3, 7, 2, -6, 5, 1)  # by which scale and scans differ, day by day
SHORT_DAY, SHORT_PERMILLE = 5, 71  # days ago: the scale says more than was scanned
TANKER_G = 9_860_000  # comes when what the one before brought is sold
DECLARED = ((0, 2_046, 21), (1, 131, 33), (2, 105, 12))  # station, bottles, days ago


def amounts_of_months(city: City) -> None:
    stations = city.of(OrganisationKind.STATION)
    for number, source in STATED:
        _months(city, stations[number], source)
    for number, bottles, days in DECLARED:
        at = clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=17, minutes=30)
        owner = person_of(stations[number], Role.STATION_OWNER)
        with clock.played(at), transaction():
            declare_stock(session.get_one(Organisation, stations[number].id), bottles, by=owner)


def _months(city: City, station: Unit, source: AmountSource) -> None:
    """This month and the one before; at the leading station a tanker comes now and then, and one amount was
    a slip of the keyboard."""
    owner, this = person_of(station, Role.STATION_OWNER), month_start(city.today)
    days = [
        day for month in (add_months(this, -1), this) for day in amounts_of_month(owner, station.id, month)
    ]
    tank_g = 0
    with transaction():
        for place, day in enumerate(days):
            if not day.scanned_g or day.on >= city.today:
                continue
            ago = (city.today - day.on).days
            permille = SHORT_PERMILLE if ago == SHORT_DAY else PERMILLE[place % len(PERMILLE)]
            grams = day.scanned_g * (1000 + permille) // 1000
            paper_no = f"C{day.on:%m%d}"
            with clock.played(clock.site_midnight(day.on) + timedelta(hours=19)):
                if ago == SHORT_DAY + 3 and source is AmountSource.SCALE:
                    slip = state_amount(station.id, day.on, day.gas, source, grams * 10, paper_no, by=owner)
                    take_back(slip, "小数点输错", by=owner)
                state_amount(station.id, day.on, day.gas, source, grams, paper_no, by=owner)
                tank_g -= day.scanned_g
                if tank_g < 0 and station is city.of(OrganisationKind.STATION)[0]:
                    tanker, tank_g = AmountSource.TANKER, tank_g + TANKER_G
                    state_amount(station.id, day.on, day.gas, tanker, TANKER_G, f"X{day.on:%m%d}", by=owner)
