"""`/accidents/statistics`: by month, county, kind of equipment and level; each number opens the list behind
it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.accidents.statistics import DEFINITION, AccidentFigures, AccidentGrouping, accident_statistics
from equipment.people.rules import Action, Thing
from equipment.web.pages import exported
from equipment.web.statistics import statistics_query

pages = Blueprint("accident_statistics", __name__)
MONTHS_SHOWN = 11


@pages.route("/accidents/statistics", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.ACCIDENT)
def page() -> web.Answer:
    who = web.viewer()
    query = statistics_query(who, AccidentGrouping, months_back=MONTHS_SHOWN, days="on")
    title = gettext("Statistics of accidents")
    if taken := exported("accidents.statistics", query.as_json(), by=who, title=title):
        return taken
    whole, rows = accident_statistics(who, query.by, query.area, query.since, query.until)
    return render_template(
        "accidents/statistics.html", whole=whole, rows=rows, query=query, opened=opened, definition=DEFINITION
    )


def opened(row: AccidentFigures, **more: str) -> str:
    """The list behind a figure."""
    return "/accidents?" + urlencode({**row.filters, **more})
