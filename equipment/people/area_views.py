"""辖区 on the desk: the tree, who answers for each area, and loading it from a CSV."""
from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from equipment import web
from equipment.db import session, transaction
from equipment.errors import Invalid, NotFound
from equipment.people import areas
from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, oversees_area
from equipment.words import N_

pages = Blueprint("areas", __name__)


@pages.get("/areas")
@web.allows(Action.SEE, Thing.SETTING)
def listed() -> web.Answer:
    return render_template("people/areas.html", areas=areas_below(web.viewer().area))


@pages.post("/areas")
@web.allows(Action.CHANGE, Thing.SETTING)
def load() -> Response:
    """Rows of a CSV, from a file or typed; nothing is taken away."""
    file = request.files.get("file")
    try:
        text = file.read().decode("utf-8-sig") if file and file.filename else request.form.get("rows", "")
    except UnicodeDecodeError as error:
        raise Invalid({"file": N_("Save the file as UTF-8 and send it again.")}) from error
    rows = areas.read_areas(text)
    if not all(oversees_area(web.viewer(), row.code) for row in rows):
        raise Invalid({"code": N_("Choose an area of your own.")})
    with transaction():
        added, changed = areas.load_areas(rows, by=web.viewer())
    flash(gettext("%(added)d areas added, %(changed)d changed.", added=added, changed=changed), "success")
    return redirect(url_for("areas.listed"))


@pages.post("/areas/<code>")
@web.allows(Action.CHANGE, Thing.SETTING)
def responsible(code: str) -> Response:
    area = session.get(Area, code)
    if area is None or not oversees_area(web.viewer(), code):
        raise NotFound
    with transaction():
        areas.set_responsible(area, request.form.get("responsible", "")[:60], by=web.viewer())
    return redirect(url_for("areas.listed"))
