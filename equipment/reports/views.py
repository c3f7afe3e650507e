"""The annual hazard rate on screen, with the pieces behind each number, and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import or_

from equipment import web
from equipment.core import clock
from equipment.hazards.models import Hazard
from equipment.hazards.queries import organisation_names
from equipment.hazards.rules import HazardState
from equipment.people.rules import Action, Thing
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.queries import official_rate
from equipment.reports import charts, indicators, queries, tables
from equipment.reports.counts import own_rate_categories
from equipment.reports.queries import RateQuery
from equipment.reports.rules import DENOMINATORS, FIRST_DAY, LIMIT, definition, definitions, month_ends, shown
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.suspicions.stations import station_signals
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("rates", __name__)

SORTS: Sorts = {
    "area": (Equipment.area, Equipment.id),
    "serial": (Equipment.serial, Equipment.id),
    "due": (Equipment.inspection_due_on, Equipment.id),
}


def asked_year() -> int:
    """The year of the address bar, if it is one with records; this year otherwise."""
    this = clock.today().year
    year = request.args.get("year", this, type=int)
    return year if FIRST_DAY.year <= year <= this else this


def locale() -> str:
    return str(get_locale() or "zh_Hans_CN")


@pages.get("/rates")
@web.allows(Action.SEE, Thing.RATE)
def index() -> web.Answer:
    who, on, year = web.viewer(), clock.today(), asked_year()
    query = queries.rate_query(who, on, area=request.args.get("area", ""), year=year)
    keys = shown(official_rate(on))
    headline = [queries.rated(key, query, on) for key in keys]
    own = [
        queries.rated(key, queries.rate_query(who, on, area=query.area, categories=[kind], year=year), on)
        for kind in own_rate_categories()
        for key in keys
    ]
    parts = {
        "headline": headline,
        "own": own,
        "others": [
            queries.rated(meaning.key, query, on)
            for meaning in definitions(query.period.day)
            if meaning.key not in keys
        ],
        "areas": queries.by_area(keys, query),
        "kinds": queries.by_category(keys, query),
        "extents": queries.extents(who, query.area),
        "keys": keys,
        "query": query,
        "year": year,
        "years": range(on.year, on.year - 3, -1),
        "limit": LIMIT,
        "denominators": DENOMINATORS,
        "area": queries.area_named(query.area),
        "today": on,
        "chart": line_chart(keys, query),
        "official": official_rate(on),
        "language": locale(),
        "indicators": indicators.indicators(who, query.area, on),
        "definition_text": tables.definition_text,
        "overdue": indicators.overdue_inspections(who, query.area, on),
        "dark": sum(indicators.not_known(who, query.area, on).values()),
        "undecided": indicators.undecided_late(who, query.area, on),
        "stations": station_signals(who, query.area, on),
        "labels": {kind.key: translate(kind.label) for kind in CATEGORIES},
    }
    return render_template("reports/rates.html", **parts)


def line_chart(keys: tuple[str, ...], query: RateQuery, *, kept_only: bool = False) -> charts.Option:
    """The month line of these definitions; each point opens the pieces of its day."""
    names = {key: f"{key} {definition(key, query.period.day).in_language('name', locale())}" for key in keys}
    day = query.period.day
    lines = {names[key]: queries.month_line(key, query, day, kept_only=kept_only) for key in keys}
    urls = {
        (names[key], day): url_for(
            "rates.devices", definition=key, part="part", area=query.area, day=day.isoformat()
        )
        for key in keys
        for day in month_ends(query.period.day)
    }
    return charts.month_line(lines, gettext("%(share)s line", share=f"{LIMIT.share * 100:.0f} %"), urls)


def hazards_behind(pieces: Sequence[Equipment], query: RateQuery) -> dict[UUID, list[Hazard]]:
    """The hazards of these pieces that the period knows: found by its day and not closed before it began."""
    hazards = visible(web.viewer(), Hazard).where(
        Hazard.equipment_id.in_([piece.id for piece in pieces]),
        Hazard.found_on <= query.period.day,
        Hazard.state != HazardState.WITHDRAWN,
        or_(Hazard.closed_on.is_(None), Hazard.closed_on >= query.period.since),
    )
    grouped: dict[UUID, list[Hazard]] = {}
    for hazard in session.scalars(hazards.order_by(Hazard.found_on, Hazard.id)):
        grouped.setdefault(hazard.equipment_id, []).append(hazard)
    return grouped


@pages.route("/rates/devices", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RATE)
def devices() -> web.Answer:
    """The pieces behind one number: of which rate, numerator or denominator, which
    area, categories and day."""
    who, query = web.viewer(), queries.query_of(web.viewer(), request.args, clock.today())
    key = request.args.get("definition", "")
    key = (
        key
        if key in {meaning.key for meaning in definitions(query.period.day)}
        else shown(official_rate(clock.today()))[0]
    )
    part = "whole" if request.args.get("part") == "whole" else "part"
    pieces = queries.devices(who, key, part, query)
    if taken := exported(
        "reports.export",
        {"key": key, "part": part, "args": arguments()},
        by=who,
        title=gettext("Pieces behind the rate"),
    ):
        return taken
    page = paginate(pieces, SORTS, default="area")
    names = organisation_names({piece.use_unit_id or piece.owner_id for piece in page.rows})
    return render_template(
        "reports/devices.html",
        page=page,
        definition=definition(key, query.period.day),
        part=part,
        query=query,
        names=names,
        hazards=hazards_behind(page.rows, query) if part == "part" else {},
        language=locale(),
        labels={kind.key: translate(kind.label) for kind in CATEGORIES},
        area=queries.area_named(query.area),
    )
