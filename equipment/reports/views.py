"""The annual hazard rate on screen, with the pieces behind each number, and what stands beside it."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core import clock
from equipment.hazards.queries import organisation_names
from equipment.people.rules import Action, Thing
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.queries import official_rate
from equipment.reports import charts, indicators, queries
from equipment.reports.counts import own_rate_categories
from equipment.reports.queries import Asked
from equipment.reports.rules import DENOMINATORS, FIRST_DAY, LIMIT, definition, definitions, month_ends, shown
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("rates", __name__)

SORTS: dict[str, Any] = {"area": (Equipment.area, Equipment.id), "serial": (Equipment.serial, Equipment.id), "due": (Equipment.inspection_due_on, Equipment.id)}


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
    what = queries.asked(who, on, area=request.args.get("area", ""), year=year)
    keys = shown(official_rate(on))
    headline = [queries.rated(key, what, on) for key in keys]
    own = [queries.rated(key, queries.asked(who, on, area=what.area, categories=[kind], year=year), on) for kind in own_rate_categories() for key in keys]
    found = {
        "headline": headline, "own": own, "others": [queries.rated(each.key, what, on) for each in definitions(what.period.day) if each.key not in keys],
        "areas": queries.by_area(keys, what), "kinds": queries.by_category(keys, what), "keys": keys, "what": what, "year": year,
        "years": range(on.year, on.year - 3, -1), "limit": LIMIT, "denominators": DENOMINATORS, "area": queries.area_named(what.area),
        "today": on, "chart": line_chart(keys, what), "official": official_rate(on), "language": locale(),
        "indicators": indicators.indicators(who, what.area, on), "overdue": indicators.overdue_inspections(who, what.area, on),
        "dark": sum(indicators.not_known(who, what.area).values()),
        "stations": indicators.station_signals(who, what.area, on),
        "labels": {each.key: translate(each.label) for each in CATEGORIES},
    }
    return render_template("reports/rates.html", **found)


def line_chart(keys: tuple[str, ...], what: Asked) -> charts.Option:
    """The month line of these definitions; each point opens the pieces of its day."""
    names = {key: f"{key} {definition(key, what.period.day).in_language('name', locale())}" for key in keys}
    lines = {names[key]: queries.month_line(key, what, what.period.day) for key in keys}
    urls = {(names[key], day): url_for("rates.devices", definition=key, part="part", area=what.area, day=day.isoformat())
            for key in keys for day in month_ends(what.period.day)}
    return charts.month_line(lines, gettext("%(share)s line", share=f"{LIMIT.share * 100:.0f} %"), urls)


@pages.get("/rates/devices")
@web.allows(Action.SEE, Thing.RATE)
def devices() -> web.Answer:
    """The pieces behind one number: of which rate, numerator or denominator, which area, categories and day."""
    who, what = web.viewer(), queries.asked_of(web.viewer(), request.args, clock.today())
    key = request.args.get("definition", "")
    key = key if key in {each.key for each in definitions(what.period.day)} else shown(official_rate(clock.today()))[0]
    part = "whole" if request.args.get("part") == "whole" else "part"
    found = queries.devices(who, key, part, what)
    if taken := exported("reports.export", {"key": key, "part": part, "args": arguments()}, by=who, title=gettext("Pieces behind the rate")):
        return taken
    page = paginate(found, SORTS, default="area")
    names = organisation_names({piece.use_unit_id or piece.owner_id for piece in page.rows})
    return render_template("reports/devices.html", page=page, definition=definition(key, what.period.day), part=part, what=what, names=names, language=locale(),
                           labels={each.key: translate(each.label) for each in CATEGORIES}, area=queries.area_named(what.area))

