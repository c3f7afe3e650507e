"""The annual report on screen: which year and area, then PDF or workbook as long work."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.people.models import Area
from equipment.people.rules import Action, Thing
from equipment.reports.forms import YearForm, year_form
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
    return render_template("reports/year.html", form=_form())


def _form() -> YearForm:
    this = clock.today().year
    years = range(this, max(FIRST_DAY.year, this - YEARS_BACK) - 1, -1)
    return year_form(years, [(area.code, _name(area)) for area in offices(web.viewer())])


def _name(area: Area) -> str:
    return area.name_en or area.name if language().startswith("en") else area.name


@pages.post("/reports/year")
@web.allows(Action.SEE, Thing.RATE)
def draw() -> web.Answer:
    """Put the drawing in line; the page of the work offers the file."""
    who, form = web.viewer(), _form()
    if not form.validate_on_submit():
        raise NotFound
    year, code = int(form.year.data), form.area.data
    name = dict(form.area.choices)[code]
    with transaction():
        task = enqueue(
            KINDS[form.format.data],
            {"year": year, "area": code},
            by=who,
            locale=language(),
            title=gettext("Annual report %(area)s %(year)s", area=name, year=str(year)),
        )
    return redirect(f"/tasks/{task.id}")
