"""The annual report on screen: which year and area, then PDF or workbook as long work."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.people.rules import Action, Thing
from equipment.reports.month_views import language, offices
from equipment.reports.rules import FIRST_DAY
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue

pages = Blueprint("year_reports", __name__)

YEARS_BACK = 5
KINDS = {"pdf": "reports.year", "xlsx": "reports.year_workbook"}


@pages.get("/reports/year")
@web.allows(Action.SEE, Thing.RATE)
def index() -> web.Answer:
    this = clock.today().year
    return render_template(
        "reports/year.html",
        years=range(this, max(FIRST_DAY.year, this - YEARS_BACK) - 1, -1),
        offices=offices(web.viewer()),
        language=language(),
    )


@pages.post("/reports/year")
@web.allows(Action.SEE, Thing.RATE)
def draw() -> web.Answer:
    """Put the drawing in line; the page of the work offers the file."""
    who, year = web.viewer(), request.form.get("year", 0, type=int)
    place = next((area for area in offices(who) if area.code == request.form.get("area")), None)
    kind = KINDS.get(request.form.get("format", ""))
    if place is None or kind is None or not FIRST_DAY.year <= year <= clock.today().year:
        raise NotFound
    name = place.name_en or place.name if language().startswith("en") else place.name
    with transaction():
        task = enqueue(
            kind,
            {"year": year, "area": place.code},
            by=who,
            locale=language(),
            title=gettext("Annual report %(area)s %(year)s", area=name, year=str(year)),
        )
    return redirect(f"/tasks/{task.id}")
