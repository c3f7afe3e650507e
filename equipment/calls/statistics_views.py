"""`/rescue/statistics`: arrival and release, causes, per 100 lifts; each number opens the list behind it."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, render_template
from flask_babel import get_locale, gettext

from equipment import web
from equipment.calls.listing import spoken
from equipment.calls.queries import causes_on, limit_citation
from equipment.calls.statistics import DEFINITION, CallFigures, GroupBy, repeated_lifts, statistics
from equipment.core.months import add_months
from equipment.people.rules import Action, Thing
from equipment.regulation.queries import rescue_in_counties
from equipment.web.pages import exported
from equipment.web.statistics import statistics_query

pages = Blueprint("rescue_statistics", __name__)
MONTHS_SHOWN = 5


@pages.route("/rescue/statistics", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CALL)
def page() -> web.Answer:
    who = web.viewer()
    query = statistics_query(who, GroupBy, months_back=MONTHS_SHOWN, days="called")
    if taken := exported("calls.statistics", query.as_json(), by=who, title=gettext("Rescue statistics")):
        return taken
    area, until = query.area, query.until
    whole, rows = statistics(who, query.by, area, query.since, until)
    locale = str(get_locale())
    return render_template(
        "calls/statistics.html",
        whole=whole,
        rows=rows,
        query=query,
        causes=_causes(whole, locale, until),
        repeated=repeated_lifts(who, area, until),
        repeated_since=add_months(until, -12),
        opened=opened,
        spoken=spoken,
        definition=DEFINITION,
        limit_citation=limit_citation(until),
        in_counties=rescue_in_counties(until),
    )


def opened(row: CallFigures, **more: str) -> str:
    """The list behind a figure."""
    return "/rescue/calls?" + urlencode({**row.filters, **more})


def _causes(whole: CallFigures, locale: str, on: date) -> list[tuple[str, str, int]]:
    """(code, words, number) of the causes there were, the most frequent first."""
    words = {cause.code: cause.in_language(locale) for cause in causes_on(on)}
    counted = sorted(whole.causes.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(code, words.get(code, code), number) for code, number in counted]
