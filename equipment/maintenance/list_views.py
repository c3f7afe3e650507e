"""Maintenance records as a list, and paper records entered late (补录)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_, Labelled
from equipment.maintenance import listing
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import PLATE_DEFINITION, SWIPE_DEFINITION, VISITED, indicators, next_task
from equipment.maintenance.records import PaperVisit, enter_late
from equipment.maintenance.states import Flag, VisitState
from equipment.people.models import Organisation
from equipment.people.queries import people_with
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import piece, resolve
from equipment.regulation.planning import VISITS, DueKind
from equipment.storage.db import session, transaction
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("visit_lists", __name__)


@pages.get("/visits")
@web.allows(Action.SEE, Thing.VISIT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("visits.export", filters, by=who, title=gettext("Maintenance records")):
        return taken
    sorts = {
        "on": (Visit.on, Visit.opened_at, Visit.id),
        "state": (Visit.state, Visit.opened_at, Visit.id),
        "closed": (Visit.closed_at, Visit.id),
    }
    page = paginate(listing.filtered_visits(who, filters), sorts, default="-on")
    return render_template(
        "maintenance/list.html",
        page=replace(page, rows=listing.listed_visits(who, page.rows)),
        filters=filters,
        rates=_rates(who),
        may_enter=may(who, Action.CREATE, Thing.VISIT),
        **options(who),
    )


def _rates(viewer: Viewer) -> dict[str, object] | None:
    """The two indicators of the last 30 days, for the bureau."""
    if not viewer.oversees:
        return None
    until = clock.today()
    return {
        "figures": indicators(viewer.area, until - timedelta(days=29), until),
        "plate": PLATE_DEFINITION,
        "swipe": SWIPE_DEFINITION,
    }


def options(viewer: Viewer) -> dict[str, object]:
    """What the filters offer this viewer."""
    firms = (
        visible(viewer, Organisation)
        .where(Organisation.kind == OrganisationKind.FIRM)
        .order_by(Organisation.name)
        if viewer.oversees
        else None
    )
    return {
        "areas": area_options(viewer),
        "states": _labelled(VisitState),
        "flags": _labelled(Flag),
        "firms": [(firm.id, firm.name) for firm in session.scalars(firms)] if firms is not None else [],
        "proofs": [("swipe", gettext("Swiped")), ("late", gettext("Late entry"))],
    }


def _labelled(kind: type[Labelled]) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in kind]


@pages.route("/visits/late", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.VISIT)
def late() -> web.Answer:
    """A paper record: first the lift, then what the paper says; its items are answered on the next page."""
    who, typed = web.viewer(), request.form if request.method == "POST" else request.args
    errors: dict[str, list[str]] = {}
    lift = _lift(who, typed.get("lift", ""))
    if typed.get("lift") and lift is None:
        errors["lift"] = [gettext("No lift of yours carries this label or number.")]
    if request.method == "POST" and lift is not None:
        try:
            with transaction():
                visit = enter_late(
                    piece(who, lift.id), _paper(), by=who, visit_id=id_in(typed.get("visit_id", ""))
                )
            flash(gettext("Entered late. Now answer the items as the paper has them."), "success")
            return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id))
        except Invalid as error:
            errors |= {name: [translate(message)] for name, message in error.fields.items()}
    people = people_with(who.organisation_id, Role.TECHNICIAN) if who.organisation_id else []
    shown = render_template(
        "maintenance/late.html",
        lift=lift,
        lift_name=listing.lift_name(lift) if lift else "",
        typed=typed,
        errors=errors,
        people=people,
        visit_id=typed.get("visit_id") or new_id(),
        classes=[(str(kind), translate(kind.label)) for kind in VISITS],
        due=next_task(lift.id, lift.category) if lift else None,
        chosen=request.form.getlist("technician"),
    )
    return (shown, 422) if errors else shown


def _lift(viewer: Viewer, text: str) -> Equipment | None:
    resolved = resolve(text) if text.strip() else None
    if resolved is None or resolved.equipment_id is None:
        return None
    try:
        lift = piece(viewer, resolved.equipment_id)
    except NotFound:
        return None
    return lift if lift.category in VISITED else None


def _paper() -> PaperVisit:
    """The form as a paper record; Invalid at the field where it is none."""
    form, wrong = request.form, {}
    times: dict[str, datetime] = {}
    for name in ("opened_at", "closed_at"):
        try:
            times[name] = datetime.fromisoformat(form.get(name, "")).replace(tzinfo=clock.SITE)
        except ValueError:
            wrong[name] = N_("Enter day and time.")
    if form.get("duty") not in set(VISITS):
        wrong["duty"] = N_("Choose the class of the visit.")
    if wrong:
        raise Invalid(wrong)
    return PaperVisit(
        DueKind(form["duty"]),
        times["opened_at"],
        times["closed_at"],
        [key for value in form.getlist("technician") if (key := id_in(value))],
        form.get("reason", ""),
    )
