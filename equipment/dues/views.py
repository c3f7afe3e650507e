"""What is due (/dues): every filter people use, each day explained with its citation; 报检 from the list; an approved delay."""
from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotFound
from equipment.dues import actions, lists
from equipment.dues.filters import ALL, LATE, ON_TIME, OVERDUE, SORTS, WINDOWS, Filters, lines, wanted
from equipment.dues.models import Due
from equipment.dues.queries import open_due, parties_of
from equipment.dues.rules import may_settle
from equipment.people.models import Organisation
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.planning import DueKind
from equipment.storage.db import session, transaction
from equipment.web.jinja import said
from equipment.web.pages import area_options, exported, paginate

pages = Blueprint("dues", __name__)


def filters_of(viewer: Viewer) -> Filters:
    """The filters of this request; who maintains sees visits first, everybody else inspections."""
    maintains = viewer.organisation_kind == OrganisationKind.FIRM
    return Filters.of(request.args, **({"kind": ""} if maintains else {}))


@pages.get("/dues")
@web.allows(Action.SEE, Thing.DUE)
def index() -> web.Answer:
    who, filters = web.viewer(), filters_of(web.viewer())
    given = {"filters": asdict(filters), "sort": request.args.get("sort", "due_on")}
    if taken := exported("dues.export", given, by=who, title=gettext("What is due")):
        return taken
    page = paginate(wanted(who, filters, clock.today()), SORTS, default="due_on", scalars=False)
    page = replace(page, rows=lines(page.rows))
    to_test = {row.due.id for row in page.rows if row.due.kind == DueKind.SELF_TEST and _counts_today(row.due) and may_settle(who, DueKind.SELF_TEST, parties_of(row.equipment))}
    return render_template("dues/index.html", page=page, filters=filters, today=clock.today(), due_kind=DueKind, may_apply=may(who, Action.CREATE, Thing.APPLICATION), to_test=to_test,
                           may_list=may(who, Action.CREATE, Thing.DUE_LIST), may_extend=may(who, Action.APPROVE, Thing.EQUIPMENT), supervision=lists.is_supervision(who), **options(who))


def _counts_today(due: Due) -> bool:
    """What is done before its earliest day does not settle it: nobody is led there."""
    return due.earliest_on is None or due.earliest_on <= clock.today()


def options(viewer: Viewer) -> dict[str, Any]:
    """What the filters offer this viewer."""
    return {
        "areas": area_options(viewer),
        "categories": [(each.key, gettext(each.label)) for each in CATEGORIES],
        "kinds": [(kind.value, gettext(kind.label)) for kind in DueKind if any(kind in each.due_kinds for each in CATEGORIES)],
        "windows": [(window, _window(window)) for window in WINDOWS if window != ALL],
        "applied": [(ON_TIME, gettext("Applied for")), (LATE, gettext("Not applied for"))],
        "bodies": _named(OrganisationKind.BODY) if viewer.oversees else [], "firms": _named(OrganisationKind.FIRM) if viewer.oversees else [],
        "shows_unit": viewer.oversees or viewer.organisation_kind in (OrganisationKind.BODY, OrganisationKind.FIRM),
    }


def _window(window: str) -> str:
    return str(gettext("Overdue") if window == OVERDUE else gettext("Overdue and the next %(days)s days", days=window))


def _named(kind: OrganisationKind) -> list[tuple[str, str]]:
    found = select(Organisation.id, Organisation.name).where(Organisation.kind == kind, Organisation.active).order_by(Organisation.name)
    return [(str(row.id), row.name) for row in session.execute(found)]


@pages.route("/dues/<uuid:equipment_id>/<kind>/extend", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.EQUIPMENT)
def extend(equipment_id: UUID, kind: str) -> web.Answer:
    """延期检验: a later day, with the reason that whoever looks will read."""
    who = web.viewer()
    found, due = _open(who, equipment_id, kind)
    if request.method == "GET":
        return render_template("dues/extend.html", equipment=found, due=due, typed={}, problems={})
    try:
        with transaction():
            found, due = _open(who, equipment_id, kind)
            actions.extend(found, DueKind(kind), _day(request.form.get("until", "")), request.form.get("reason", ""), by=who)
    except Invalid as refusal:
        problems = {name: said(message) for name, message in refusal.fields.items()}
        return render_template("dues/extend.html", equipment=found, due=due, typed=request.form, problems=problems), 422
    flash(gettext("The delay has been approved."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="dues"))


def _open(viewer: Viewer, equipment_id: UUID, kind: str) -> tuple[Equipment, Due]:
    found = piece(viewer, equipment_id)
    due = open_due(equipment_id, DueKind(kind), viewer) if kind in set(DueKind) else None
    if due is None:
        raise NotFound
    return found, due


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"until": gettext("Enter a day.")}) from None

