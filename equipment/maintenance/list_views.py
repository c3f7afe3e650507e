"""Maintenance records as a list, and paper records entered late (补录)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import new_id
from equipment.core.words import Labelled
from equipment.maintenance import listing
from equipment.maintenance.forms import LateVisitForm
from equipment.maintenance.indicators import PLATE_DEFINITION, SWIPE_DEFINITION, indicators
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import VISITED, next_task, signature_counts
from equipment.maintenance.records import enter_late
from equipment.maintenance.states import Flag, OtherSignature, SignatureKind, VisitState
from equipment.maintenance.swipe_list import may_look_through
from equipment.people.models import Organisation
from equipment.people.queries import people_with
from equipment.people.rules import Action, OrganisationKind, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import piece, resolve
from equipment.regulation.planning import VISITS
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import counted_grades
from equipment.storage.db import session
from equipment.web.forms import submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("visit_lists", __name__)


@pages.route("/visits", methods=["GET", "POST"])
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
        signed=_signed(who),
        may_enter=may(who, Action.CREATE, Thing.VISIT),
        may_look_through=may_look_through(who),
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
        "grades": counted_grades(until),
    }


def _signed(viewer: Viewer) -> list[tuple[str, str, str, int]]:
    """(text, colour, address, how many) of the last 30 days: how visits are signed, each kind counted
    apart."""
    since = clock.today() - timedelta(days=29)
    counts = signature_counts(viewer, since)
    kinds = [
        (str(kind), kind.label, kind.colour, "signature")
        for kind in (*SignatureKind, OtherSignature.DRAWN_BEFORE)
    ]
    states = [
        (str(state), state.label, state.colour, "state")
        for state in (VisitState.TO_SIGN, VisitState.DISPUTED, VisitState.DECIDED)
    ]
    return [
        (gettext(label), colour, f"?{name}={key}&on_from={since.isoformat()}", counts[key])
        for key, label, colour, name in (*kinds, *states)
        if counts.get(key)
    ]


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
        "units": _units(viewer),
        "duties": _labelled(VISITS),
        "firms": [(firm.id, firm.name) for firm in session.scalars(firms)] if firms is not None else [],
        "signatures": [(key, gettext(label)) for key, label in listing.SIGNATURE_LABELS.items()],
        "grades": [*_labelled(PresenceGrade)[:-1], ("unproved", gettext("Not proved"))],
        "proofs": [
            ("swipe", gettext("Swiped")),
            ("late", gettext("Late entry")),
            ("system", gettext("Reported by the firm’s system")),
        ],
    }


def _units(viewer: Viewer) -> list[tuple[UUID, str]]:
    """For a firm, the use units of the lifts that it maintains or maintained; the bureau finds them by
    what is typed
    of the lift."""
    if viewer.organisation_kind is not OrganisationKind.FIRM:
        return []
    visits = visible(viewer, Visit).where(Visit.organisation_id == viewer.organisation_id)
    ids = session.scalars(visits.with_only_columns(Visit.use_unit_id).distinct())
    return sorted(listing.organisation_names(ids).items(), key=lambda pair: pair[1])


def _labelled(kind: Iterable[Labelled]) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in kind]


@pages.route("/visits/late", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.VISIT)
def late() -> web.Answer:
    """A paper record: first the lift, then what the paper says; its items are answered on the next page."""
    who = web.viewer()
    form = LateVisitForm() if request.method == "POST" else LateVisitForm(request.args)
    lift = _lift(who, form.lift.data)
    if lift is not None:
        equipment_id = lift.id
        visit = submitted(
            form,
            lambda: enter_late(piece(who, equipment_id), form.paper(), by=who, visit_id=form.visit_id.data),
            {"technicians": "technician", "equipment_id": "lift"},
        )
        if visit is not None:
            flash(gettext("Entered late. Now answer the items as the paper has them."), "success")
            return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id))
        form.duty.data = form.duty.data or next_task(lift.id, lift.category).duty
        form.visit_id.data = form.visit_id.data or new_id()
    elif form.lift.data:
        form.lift.errors = [gettext("No lift of yours carries this label or number.")]
    shown = render_template(
        "maintenance/late.html",
        form=form,
        lift=lift,
        lift_name=listing.lift_name(lift) if lift else "",
        people=people_with(who.organisation_id, Role.TECHNICIAN) if who.organisation_id else [],
    )
    return (shown, form.http_status) if form.errors else shown


def _lift(viewer: Viewer, text: str) -> Equipment | None:
    resolved = resolve(text) if text.strip() else None
    if resolved is None or resolved.equipment_id is None:
        return None
    try:
        lift = piece(viewer, resolved.equipment_id)
    except NotFound:
        return None
    return lift if lift.category in VISITED else None
