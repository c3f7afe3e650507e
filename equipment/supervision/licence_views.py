"""证后检查 at the desk: whose licence is new, who had no check after it this year, and their checks planned."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotAllowed
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing
from equipment.storage.db import transaction
from equipment.supervision import actions
from equipment.supervision.forms import PlanLicensedForm
from equipment.supervision.licensed import (
    LICENCE_SORTS,
    LICENCES,
    STANDS,
    LicensedUnit,
    after_licence_days,
    licence_count,
    licensed,
    planned_after_licence,
)
from equipment.supervision.rules import CheckKind
from equipment.web.forms import checked, labelled
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("supervision_licences", __name__)


@pages.get("/supervision/licensed")
@web.allows(Action.CREATE, Thing.CHECK)
def index() -> web.Answer:
    """Licences in force, with the check after them."""
    who, on, filters = web.viewer(), clock.today(), arguments()
    if not who.oversees:
        raise NotAllowed
    page = paginate(licensed(who, on, filters), LICENCE_SORTS, default="-since", scalars=False)
    rows = [LicensedUnit(paper, unit) for paper, unit in page.rows]
    units = [row.unit.id for row in rows]
    form = PlanLicensedForm(formdata=None, month=str(on.month))
    return render_template(
        "supervision/licensed.html",
        page=replace(page, rows=rows),
        count=licence_count(who, on),
        checks=after_licence_days(units, on.year),
        plans=planned_after_licence(units, on.year),
        kinds=labelled(LICENCES),
        stands=[(key, translate(text)) for key, text in STANDS],
        areas=area_options(who),
        area_names={area.code: area.name for area in areas_below("")},
        today=on,
        form=form,
    )


@pages.post("/supervision/licensed/plan")
@web.allows(Action.CREATE, Thing.CHECK)
def plan() -> web.Answer:
    """The ticked units go on the plan of a month of this year, as checks after a licence."""
    who, form = web.viewer(), PlanLicensedForm()
    if not who.oversees:
        raise NotAllowed
    checked(form)
    with transaction():
        number = actions.plan_checks(
            list(dict.fromkeys(form.id.data)),
            clock.today().year,
            int(form.month.data),
            CheckKind.AFTER_LICENCE,
            by=who,
        )
    if number:
        text = ngettext("%(num)d unit put on the plan.", "%(num)d units put on the plan.", number)
        flash(text, "success")
    else:
        flash(gettext("These units stand in that month of the plan already."), "info")
    return redirect(url_for("supervision_licences.index"))
