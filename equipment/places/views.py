"""流转状态 on screen: where bottles are, one bottle's way, lost and found."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.dues.filters import names_of
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.places import queries
from equipment.places.actions import report_place
from equipment.places.forms import PlaceReportForm
from equipment.places.listing import place_rows
from equipment.places.queries import SORTS, counts_by_state, whereabouts
from equipment.places.states import PlaceReportKind, PlaceState
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import piece
from equipment.storage.db import transaction
from equipment.web.forms import checked, labelled
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("places", __name__)
SILENT_DAYS = (30, 90, 180, 365)


@pages.route("/places", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.PLACE)
def index() -> web.Answer:
    """Where bottles are now; `silent` is a number of days in which nothing was heard of them."""
    who, filters = web.viewer(), arguments()
    if taken := exported("places.export", filters, by=who, title=gettext("Where bottles are")):
        return taken
    page = paginate(whereabouts(who, filters), SORTS, default="seen", scalars=False)
    return render_template(
        "places/index.html",
        page=replace(page, rows=place_rows(who, page.rows)),
        counts=counts_by_state(who, filters),
        states=[("out", gettext("Outside: on the way or at customers")), *labelled(PlaceState)],
        silences=SILENT_DAYS,
        is_station=may(who, Action.CHANGE, Thing.PLACE),
        may_transfer=may(who, Action.SEE, Thing.OWNERSHIP),
        may_rotate=may(who, Action.APPROVE, Thing.PLACE),
        areas=area_options(who) if who.oversees else [],
    )


@pages.get("/places/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.PLACE)
def show(equipment_id: UUID) -> web.Answer:
    """The way of one bottle, and what people said of it."""
    who = web.viewer()
    bottle = piece(who, equipment_id)
    line, said = queries.history(who, bottle.id), queries.reports_of(who, bottle.id)
    is_lost = bool(line) and line[0].until_at is None and line[0].state is PlaceState.LOST
    return render_template(
        "places/show.html",
        bottle=bottle,
        name=called(bottle),
        line=line,
        reasons={report.id: report.reason for report in said},
        customers=queries.customers_named(who, [row.customer_id for row in line if row.customer_id]),
        names=names_of([key for row in line for key in (row.holder_id, row.organisation_id)]),
        offered=(PlaceReportKind.FOUND if is_lost else PlaceReportKind.LOST)
        if _is_own(who, bottle)
        else None,
    )


@pages.post("/places/<uuid:equipment_id>/report")
@web.allows(Action.CHANGE, Thing.PLACE)
def report(equipment_id: UUID) -> web.Answer:
    """丢失 or 找回, with its reason."""
    who, form = web.viewer(), PlaceReportForm()
    with transaction():
        bottle = piece(who, equipment_id)
        checked(form)
        report_place(bottle, PlaceReportKind(form.kind.data), form.reason.data, by=who)
    flash(gettext("Noted: it stands so at once."), "success")
    return redirect(url_for("places.show", equipment_id=equipment_id))


def _is_own(who: Viewer, bottle: Equipment) -> bool:
    is_station = who.organisation_kind is OrganisationKind.STATION and may(who, Action.CHANGE, Thing.PLACE)
    return is_station and who.organisation_id in (bottle.owner_id, bottle.use_unit_id)
