"""Duties of organisations (/dues/organisations): what a firm itself must do by a day, such as its drills."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.dues.kinds import organisation_kind, organisation_kinds
from equipment.dues.organisations import LATE, SOON, SORTS, organisation_dues
from equipment.people.rules import Action, Thing
from equipment.web.forms import labelled
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("organisation_dues", __name__)
WINDOWS = ((LATE, N_("Overdue")), (SOON, N_("Overdue and the next 30 days")))


@pages.route("/dues/organisations", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.DUE)
def index() -> web.Answer:
    """The open ones of the viewer's organisation; for the bureau those of its area."""
    who, filters = web.viewer(), arguments()
    title = gettext("Duties of organisations")
    if taken := exported("dues.organisations.export", filters, by=who, title=title):
        return taken
    page = paginate(organisation_dues(who, filters, clock.today()), SORTS, default="due_on")
    return render_template(
        "dues/organisations.html",
        page=page,
        names=names_of({row.organisation_id for row in page.rows}),
        kind_of=organisation_kind,
        kinds=labelled(kind for kinds in organisation_kinds for kind in kinds),
        windows=[(value, translate(label)) for value, label in WINDOWS],
        areas=area_options(who) if who.oversees else [],
    )
