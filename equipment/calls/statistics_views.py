"""`/rescue/statistics`: arrival and release, causes, per 100 lifts; each number opens the list behind it."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask_babel import get_locale, gettext

from equipment import web
from equipment.calls.listing import spoken
from equipment.calls.queries import causes_on, limit_citation
from equipment.calls.statistics import DEFINITION, CallFigures, GroupBy, repeated_lifts, statistics
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.months import add_months, month_start
from equipment.people.rules import Action, Thing
from equipment.regulation.queries import rescue_in_counties
from equipment.web.forms import labelled
from equipment.web.pages import area_options, exported

pages = Blueprint("rescue_statistics", __name__)
MONTHS_SHOWN = 5


@pages.route("/rescue/statistics", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CALL)
def page() -> web.Answer:
    who, today = web.viewer(), clock.today()
    since = day_in(request.args.get("called_from", "")) or month_start(add_months(today, -MONTHS_SHOWN))
    until = day_in(request.args.get("called_until", "")) or today
    group = GroupBy(request.args["by"]) if request.args.get("by") in set(GroupBy) else GroupBy.MONTH
    area = request.args.get("area", "") if request.args.get("area", "").isdecimal() else ""
    asked = {"by": str(group), "area": area, "since": since.isoformat(), "until": until.isoformat()}
    if taken := exported("calls.statistics", asked, by=who, title=gettext("Rescue statistics")):
        return taken
    whole, rows = statistics(who, group, area, since, until)
    locale = str(get_locale())
    return render_template(
        "calls/statistics.html",
        whole=whole,
        rows=rows,
        group=group,
        groups=labelled(GroupBy),
        since=since,
        until=until,
        area=area,
        areas=area_options(who),
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
