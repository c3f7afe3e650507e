"""气瓶监管: the page where the bureau begins in the morning, the licensed stations with what they upload,
气瓶追溯率 with what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import literal_column

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.months import add_months, month_start
from equipment.core.words import N_
from equipment.fills.models import Scan
from equipment.fills.station import pack_of
from equipment.people.rules import Action, Thing
from equipment.register.lists import names_of
from equipment.regulation.cylinder_numbers import reconciled_within_permille, station_limits
from equipment.storage.columns import Sorts
from equipment.suspicions import morning, queries, tracing
from equipment.suspicions.states import OF_STATIONS, AmountSource
from equipment.suspicions.stations import stations_of
from equipment.web.language import translate
from equipment.web.pages import Page, area_options, arguments, paginate

pages = Blueprint("oversight", __name__)
ANY = N_("Anything remarkable")
BACK = (1, 3, 7)  # since how many days ago the page may look


@pages.get("/oversight")
@web.allows(Action.APPROVE, Thing.FINDING)
def index() -> web.Answer:
    """What is new since a day, what waits, by station; every number opens its list."""
    who, today, area = web.viewer(), clock.today(), chosen_area()
    since = min(day_in(request.args.get("since", "")) or today - timedelta(days=1), today)
    stations = stations_of(who, area, today)
    mornings = morning.by_station(who, area, since)
    return render_template(
        "suspicions/morning.html",
        area=area,
        areas=area_options(who),
        since=since,
        choices=[(today - timedelta(days=back), back) for back in BACK],
        news=morning.heaps(who, area, since, morning.NEWS),
        waiting=morning.heaps(who, area, since, morning.WAITING),
        kinds=morning.kinds_waiting(who, area),
        signals=[(kind, sum(kind in each.signals for each in stations)) for kind in OF_STATIONS],
        stations={each.organisation.id: each for each in stations},
        mornings=mornings,
        columns=[heap for heap in (*morning.NEWS, *morning.WAITING) if heap.key in morning.BY_STATION],
        names=names_of(each.station_id for each in mornings),
        traced=tracing.traced(who, area, today),
        off=len({(row.station_id, row.amounts.gas) for row in _amounts_off(area)}),
        month=month_start(today),
    )


def chosen_area() -> str:
    """The area of the address bar if it lies within the viewer's, else the viewer's."""
    who, area = web.viewer(), request.args.get("area", "")
    return area if area.isdecimal() and area.startswith(who.area) else who.area


def _amounts_off(area: str) -> Sequence[queries.StationAmounts]:
    today = clock.today()
    within = reconciled_within_permille(pack_of(today).rules, today).integer
    rows = queries.amounts_of_stations(web.viewer(), area, month_start(today))
    return [row for row in rows if row.differs(within)]


@pages.get("/oversight/stations")
@web.allows(Action.APPROVE, Thing.FINDING)
def stations() -> web.Answer:
    """持证充装单位: what each uploaded lately, and what is remarkable about it."""
    who, today, args = web.viewer(), clock.today(), arguments()
    rows = stations_of(who, chosen_area(), today)
    if args.get("signal") == "any":
        rows = [row for row in rows if row.signals]
    elif args.get("signal") in set(OF_STATIONS):
        rows = [row for row in rows if args["signal"] in row.signals]
    return render_template(
        "suspicions/stations.html",
        page=_whole(rows),
        args=args,
        areas=area_options(who),
        signals=[("any", translate(ANY))] + [(kind.value, translate(kind.label)) for kind in OF_STATIONS],
        limits=(limits := station_limits(pack_of(today).rules, today)),
        since=today - timedelta(days=limits.compared_days - 1),
        usual_since=today - timedelta(days=limits.compared_days + limits.usual_days - 1),
        today=today,
    )


def _whole(rows: Sequence[object]) -> Page:
    """A list that is one page long: an area has some dozens of stations."""
    return Page(list(rows), len(rows), False, 1, max(1, len(rows)), "", arguments())


@pages.get("/oversight/traced")
@web.allows(Action.APPROVE, Thing.FINDING)
def traced() -> web.Answer:
    """气瓶追溯率: coded and bound ÷ (register + declared stock beyond it + uncoded found)."""
    who, area, today = web.viewer(), chosen_area(), clock.today()
    stocks = sorted(tracing.stocks(who, area, today), key=lambda stock: -stock.beyond)
    return render_template(
        "suspicions/traced.html",
        area=area,
        args=arguments(),
        areas=area_options(who),
        counted=tracing.traced(who, area, today),
        page=_whole(stocks),
        names=names_of(stock.declared.organisation_id for stock in stocks),
    )


@pages.get("/oversight/uncoded")
@web.allows(Action.APPROVE, Thing.FINDING)
def uncoded() -> web.Answer:
    """Codes and numbers that stations read and that lead to no cylinder, each once."""
    who, today, args = web.viewer(), clock.today(), arguments()
    sorts: Sorts = {
        "last": (literal_column("last_on"), Scan.code),
        "times": (literal_column("times"), Scan.code),
        "code": Scan.code,
    }
    page = paginate(tracing.uncoded_codes(who, args, today), sorts, default="-last", scalars=False)
    readers = tracing.readers_of(who, [row.code for row in page.rows], today)
    return render_template(
        "suspicions/uncoded.html",
        page=page,
        args=args,
        areas=area_options(who),
        readers=readers,
        names=names_of(key for keys in readers.values() for key in keys),
    )


@pages.get("/oversight/amounts")
@web.allows(Action.APPROVE, Thing.FINDING)
def amounts() -> web.Answer:
    """充装量核对 of a month, every station of the area."""
    who, today, args, area = web.viewer(), clock.today(), arguments(), chosen_area()
    month = month_start(day_in(f"{args.get('month', '')}-01") or today)
    within = reconciled_within_permille(pack_of(today).rules, today)
    rows = queries.amounts_of_stations(who, area, month)
    names = names_of(row.station_id for row in rows)
    rows.sort(key=lambda row: (not row.differs(within.integer), names[row.station_id], row.amounts.gas))
    if args.get("off"):
        rows = [row for row in rows if row.differs(within.integer)]
    return render_template(
        "suspicions/amounts_of_stations.html",
        page=_whole(rows),
        args=args,
        areas=area_options(who),
        month=month,
        before=add_months(month, -1),
        after=add_months(month, 1) if add_months(month, 1) <= today else None,
        within=within,
        sources=list(AmountSource),
        names=names,
    )
