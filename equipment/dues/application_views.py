"""报检 on screen: one tap from a due item, single or many; the inspection body accepts, dates, refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.ids import id_in
from equipment.dues import applications
from equipment.dues.filters import names_of
from equipment.dues.forms import AcceptForm, AcceptManyForm, ApplyForm, RefuseForm
from equipment.dues.joint_views import may_apply
from equipment.dues.models import Application, Due
from equipment.dues.queries import self_checks
from equipment.dues.rules import ApplicationState
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.planning import DueKind
from equipment.storage.db import session, transaction
from equipment.web.forms import checked
from equipment.web.language import translate
from equipment.web.pages import Page, arguments, paginate

pages = Blueprint("applications", __name__)
SORTS = {
    "applied": (Application.applied_at, Application.id),
    "planned": (Application.planned_on, Application.id),
}


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One application as its list shows it."""

    record: Application
    equipment: Equipment | None
    unit: str
    body: str
    due_on: date | None
    firm: str
    checks: bool  # whether its category asks for a yearly self-check (自行检查)
    checked_on: date | None  # the day of the last one, while that holds
    check_id: UUID | None
    may_decide: bool
    may_withdraw: bool

    @property
    def id(self) -> UUID:
        return self.record.id


@pages.get("/applications")
@web.allows(Action.SEE, Thing.APPLICATION)
def index() -> web.Answer:
    who, args = web.viewer(), arguments()
    body = who.organisation_kind == OrganisationKind.BODY
    state = args.get("state", ApplicationState.APPLIED if body else "")
    listed = applications.applications(who)
    listed = (
        listed.where(Application.state == state)
        if state in set(ApplicationState)
        else listed.where(Application.state.in_(applications.PENDING))
    )
    if args.get("category"):
        listed = listed.where(Application.category == args["category"])
    page = paginate(listed, SORTS, default="applied" if body else "-applied")
    states = [(option.value, translate(option.label)) for option in ApplicationState]
    return render_template(
        "dues/applications.html",
        page=with_pieces(who, page),
        state=state,
        states=states,
        is_body=body,
        may_apply=may_apply(who),
        categories=[(kind.key, translate(kind.label)) for kind in CATEGORIES],
    )


def with_pieces(viewer: Viewer, page: Page) -> Page:
    """Each application with its piece and the day it is about."""
    rows: list[Application] = page.rows
    equipment = {piece.id: piece for piece in pieces(viewer, [row.equipment_id for row in rows])}
    dues = select(Due.id, Due.due_on).where(
        Due.id.in_([row.due_id for row in rows]), Due.equipment_id.in_([row.equipment_id for row in rows])
    )
    days = {row.id: row.due_on for row in session.execute(dues)}
    firms = {piece.id: piece.maintenance_firm_id for piece in equipment.values()}
    names = names_of(
        {party for row in rows for party in (row.organisation_id, row.body_id, firms.get(row.equipment_id))}
    )
    checks = self_checks([row.equipment_id for row in rows], clock.today())
    is_body = viewer.organisation_kind == OrganisationKind.BODY

    def shown(row: Application) -> ApplicationRow:
        pending = row.state in applications.PENDING
        return ApplicationRow(
            row,
            equipment.get(row.equipment_id),
            names.get(row.organisation_id, ""),
            names.get(row.body_id, ""),
            days.get(row.due_id),
            names.get(firms.get(row.equipment_id), ""),
            DueKind.SELF_CHECK in category(row.category).settlements,
            last.done_on if (last := checks.get(row.equipment_id)) else None,
            id_in(last.done_by.removeprefix("inspection:")) if last else None,
            may_decide=is_body and pending,
            may_withdraw=not is_body and pending and row.organisation_id == viewer.organisation_id,
        )

    return replace(page, rows=[shown(row) for row in rows])


@pages.post("/applications")
@web.allows(Action.CREATE, Thing.APPLICATION)
def apply() -> web.Answer:
    """One tap; the same form sends one piece or many."""
    who = web.viewer()
    with transaction():
        came = applications.apply_for_many(pieces(who, ApplyForm().id.data), by=who)
    if came.count:
        flash(
            ngettext(
                "Applied for the inspection of %(num)d piece.",
                "Applied for the inspection of %(num)d pieces.",
                came.count,
            ),
            "success",
        )
    for reason, count in came.skipped.items():
        flash(
            ngettext(
                "%(num)d piece left out: %(reason)s",
                "%(num)d pieces left out: %(reason)s",
                count,
                reason=translate(reason),
            ),
            "warning",
        )
    return redirect(request.referrer or url_for("dues.index"))


@pages.post("/applications/<uuid:application_id>/accept")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def accept(application_id: UUID) -> web.Answer:
    form = AcceptForm()
    with transaction():
        application = applications.application(web.viewer(), application_id)
        checked(form)
        applications.accept(application, form.planned_on.data, by=web.viewer(), reason=form.reason.data or "")
    flash(gettext("Accepted and dated."), "success")
    return redirect(request.referrer or url_for("applications.index"))


@pages.post("/applications/accept")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def accept_many() -> web.Answer:
    """The chosen ones for one day."""
    who, form = web.viewer(), AcceptManyForm()
    checked(form)
    with transaction():
        chosen = session.scalars(
            visible(who, Application).where(
                Application.id.in_(form.id.data), Application.state == ApplicationState.APPLIED
            )
        ).all()
        for application in chosen:
            applications.accept(application, form.planned_on.data, by=who)
    flash(
        ngettext("%(num)d application accepted.", "%(num)d applications accepted.", len(chosen)),
        "success" if chosen else "warning",
    )
    return redirect(request.referrer or url_for("applications.index"))


@pages.post("/applications/<uuid:application_id>/refuse")
@web.allows(Action.APPROVE, Thing.APPLICATION)
def refuse(application_id: UUID) -> web.Answer:
    form = RefuseForm()
    with transaction():
        application = applications.application(web.viewer(), application_id)
        checked(form)
        applications.refuse(application, form.reason.data, by=web.viewer())
    flash(gettext("Not accepted; the unit reads your reason."), "success")
    return redirect(request.referrer or url_for("applications.index"))


@pages.post("/applications/<uuid:application_id>/withdraw")
@web.allows(Action.CHANGE, Thing.APPLICATION)
def withdraw(application_id: UUID) -> web.Answer:
    with transaction():
        applications.withdraw(applications.application(web.viewer(), application_id), by=web.viewer())
    flash(gettext("Withdrawn."), "success")
    return redirect(request.referrer or url_for("applications.index"))
