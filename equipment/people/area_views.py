"""辖区 on the desk: the tree, who answers for each area, and loading it from a CSV."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from equipment import web
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.people import areas
from equipment.people.models import Area
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, oversees_area
from equipment.storage.db import session, transaction

pages = Blueprint("areas", __name__)


ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel in Chinese saves a CSV in


@pages.get("/areas")
@web.allows(Action.SEE, Thing.SETTING)
def listed() -> web.Answer:
    return _page()


def _page(problem: str = "") -> str:
    return render_template(
        "people/areas.html",
        areas=areas_below(web.viewer().area),
        problem=problem,
        typed=request.form.get("rows", ""),
    )


@pages.post("/areas")
@web.allows(Action.CHANGE, Thing.SETTING)
def load() -> web.Answer:
    """Rows of a CSV, from a file or typed; nothing is taken away."""
    try:
        rows = areas.read_areas(_area_list())
        if not all(oversees_area(web.viewer(), row.code) for row in rows):
            raise Invalid({"code": N_("Choose an area of your own.")})
        with transaction():
            added, changed = areas.load_areas(rows, by=web.viewer())
    except Invalid as error:
        return _page(web.field_texts(error)), 422
    flash(gettext("%(added)d areas added, %(changed)d changed.", added=added, changed=changed), "success")
    return redirect(url_for("areas.listed"))


def _area_list() -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        return request.form.get("rows", "")
    content = file.read()
    for encoding in ENCODINGS:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise Invalid({"file": N_("Save the file as UTF-8 and send it again.")})


@pages.post("/areas/<code>")
@web.allows(Action.CHANGE, Thing.SETTING)
def responsible(code: str) -> Response:
    area = session.get(Area, code)
    if area is None or not oversees_area(web.viewer(), code):
        raise NotFound
    with transaction():
        areas.set_responsible(area, request.form.get("responsible", "")[:60], by=web.viewer())
    return redirect(url_for("areas.listed"))
