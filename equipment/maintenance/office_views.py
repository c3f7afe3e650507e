"""What the office of a maintenance firm looks at all day: who is at work at which lift since when, and
which use
units have not signed yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy import func

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import id_in
from equipment.core.months import month_text
from equipment.maintenance.forms import AskUnitsForm, SignManyForm
from equipment.maintenance.listing import listed_visits, on_site_rows, organisation_names
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import on_site, visit_at
from equipment.maintenance.reminding import MOST_ASKED, WaitingUnit, ask_to_sign, unsigned, waiting_units
from equipment.people.rules import Action, Role, Thing, Viewer
from equipment.storage.columns import Sorts
from equipment.storage.db import in_transaction, session
from equipment.web import field_texts
from equipment.web.pages import paginate

pages = Blueprint("visit_office", __name__)


@pages.get("/visits/on-site")
@web.allows(Action.SEE, Thing.VISIT)
def at_work() -> web.Answer:
    """Whoever is signed in at a lift now, the longest first; the page asks for itself every minute."""
    who = web.viewer()
    page = paginate(on_site(who), {"opened": (Visit.opened_at, Visit.id)}, default="opened")
    page.rows[:] = on_site_rows(who, page.rows)
    return render_template("maintenance/on_site.html", page=page, as_of=clock.now())


@pages.get("/visits/unsigned")
@web.allows(Action.SEE, Thing.VISIT)
def waiting() -> web.Answer:
    """The use units that have visits to sign, the longest first; of one unit its visits."""
    who, unit = web.viewer(), id_in(request.args.get("unit", ""))
    may_ask = Role.FIRM_MANAGER in who.roles
    if unit is not None:
        page = paginate(
            unsigned(who).where(Visit.use_unit_id == unit),
            {"closed": (Visit.closed_at, Visit.id)},
            default="closed",
        )
        page.rows[:] = listed_visits(who, page.rows)
        return render_template(
            "maintenance/unsigned_unit.html",
            page=page,
            unit=organisation_names([unit]).get(unit, ""),
            month=month_text(clock.today()),
            may_ask=may_ask,
        )
    sorts: Sorts = {
        "oldest": (func.min(Visit.closed_at), Visit.use_unit_id),
        "visits": (func.count(), Visit.use_unit_id),
    }
    page = paginate(waiting_units(who), sorts, default="oldest", scalars=False)
    page.rows[:] = [
        WaitingUnit(unit_id, visits, oldest_at or clock.now(), reminded_at)
        for unit_id, visits, oldest_at, reminded_at in page.rows
    ]
    return render_template(
        "maintenance/unsigned.html",
        page=page,
        names=organisation_names(row.id for row in page.rows),
        may_ask=may_ask,
    )


@pages.post("/visits/unsigned/units")
@web.allows(Action.APPROVE, Thing.VISIT)
def ask_units() -> web.Answer:
    """催签 of everything that the chosen units have not signed, a message for each unit."""
    who, form = web.viewer(), AskUnitsForm()
    for unit in form.id.data:
        _reminded(partial(_ask_unit, who, unit))
    return redirect(url_for("visit_office.waiting"))


@pages.post("/visits/unsigned/visits")
@web.allows(Action.APPROVE, Thing.VISIT)
def ask_visits() -> web.Answer:
    """催签 of the chosen visits of a unit."""
    who, form = web.viewer(), SignManyForm()
    if form.id.data:
        _reminded(lambda: ask_to_sign([visit_at(who, *key) for key in form.id.data], by=who))
    unit = request.args.get("unit", "")
    return redirect(url_for("visit_office.waiting", unit=unit if id_in(unit) else None))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/ask")
@web.allows(Action.APPROVE, Thing.VISIT)
def ask(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """催签 of one visit."""
    who = web.viewer()
    visit_at(who, equipment_id, visit_id)
    _reminded(lambda: ask_to_sign([visit_at(who, equipment_id, visit_id)], by=who))
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id, view="record"))


def _ask_unit(who: Viewer, unit: UUID) -> int:
    own = unsigned(who).where(Visit.use_unit_id == unit, Visit.organisation_id == who.organisation_id)
    not_yet = Visit.reminded_at.is_not(None), Visit.reminded_at, Visit.closed_at
    return ask_to_sign(session.scalars(own.order_by(*not_yet).limit(MOST_ASKED)).all(), by=who)


def _reminded(action: Callable[[], int]) -> None:
    """Say what became of asking: a unit that cannot be asked does not hold up the others."""
    try:
        number = in_transaction(action)
    except Conflict as refused:
        flash(field_texts(refused), "warning")
        return
    flash(
        ngettext(
            "The use unit is asked to sign %(num)d visit.",
            "The use unit is asked to sign %(num)d visits.",
            number,
        ),
        "success",
    )
