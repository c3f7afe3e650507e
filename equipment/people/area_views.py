"""辖区 on the desk: the tree, who answers for each area, and loading it from a CSV."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from equipment import web
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.people import areas
from equipment.people.forms import AreasForm, ResponsibleForm
from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, oversees_area
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, submitted

pages = Blueprint("areas", __name__)


ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel in Chinese saves a CSV in


@pages.get("/areas")
@web.allows(Action.SEE, Thing.SETTING)
def listed() -> web.Answer:
    return _page(AreasForm())


def _page(form: AreasForm) -> str:
    return render_template("people/areas.html", areas=areas_below(web.viewer().area), form=form)


@pages.post("/areas")
@web.allows(Action.CHANGE, Thing.SETTING)
def load() -> web.Answer:
    """Rows of a CSV, from a file or typed; nothing is taken away."""
    form = AreasForm()

    def add() -> tuple[int, int]:
        rows = areas.read_areas(_area_list(form))
        if not all(oversees_area(web.viewer(), row.code) for row in rows):
            raise Invalid({"code": N_("Choose an area of your own.")})
        return areas.load_areas(rows, by=web.viewer())

    loaded = submitted(form, add, {"code": "rows", "name": "rows"})
    if loaded is None:
        return _page(form), 422
    added, changed = loaded
    flash(gettext("%(added)d areas added, %(changed)d changed.", added=added, changed=changed), "success")
    return redirect(url_for("areas.listed"))


def _area_list(form: AreasForm) -> str:
    file = form.file.data
    if not file:
        return str(form.rows.data)
    content = file.read()
    for encoding in ENCODINGS:
        with suppress(UnicodeDecodeError):
            return str(content.decode(encoding))
    raise Invalid({"file": N_("Save the file as UTF-8 and send it again.")})


@pages.post("/areas/<code>")
@web.allows(Action.CHANGE, Thing.SETTING)
def responsible(code: str) -> Response:
    area = session.get(Area, code)
    if area is None or not oversees_area(web.viewer(), code):
        raise NotFound
    form = ResponsibleForm()
    checked(form)
    with transaction():
        areas.set_responsible(area, form.responsible.data, by=web.viewer())
    return redirect(url_for("areas.listed"))
