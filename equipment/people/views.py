"""Organisations (单位) on the desk: list, page, papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import or_, select

from equipment import web
from equipment.core import clock
from equipment.core.words import N_
from equipment.people import organisations
from equipment.people.forms import ContactForm, OrganisationForm, PaperForm
from equipment.people.home import SOON_DAYS, Running, running_out
from equipment.people.hooks import unit_colour
from equipment.people.models import Area, Device, Organisation, Paper, User
from equipment.people.queries import area_path, areas_below, nobody_hears
from equipment.people.rules import (
    DEVICES_OF,
    ROLES_OF,
    Action,
    OrganisationKind,
    PaperKind,
    Thing,
    Viewer,
    may,
)
from equipment.people.scope import seen, visible, within
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session
from equipment.web.forms import labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, paginate

pages = Blueprint("organisations", __name__)

LISTED = 500
PAPERS_OF = {
    OrganisationKind.STATION: (PaperKind.FILLING_LICENCE, PaperKind.SELF_TEST_APPROVAL),
    OrganisationKind.FIRM: (PaperKind.MAINTENANCE_LICENCE, PaperKind.SELF_TEST_APPROVAL),
    OrganisationKind.USE_UNIT: (PaperKind.SELF_TEST_APPROVAL,),
    OrganisationKind.BODY: (PaperKind.BODY_APPROVAL,),
    OrganisationKind.MAKER: (PaperKind.MANUFACTURING_LICENCE,),
}
# Whom a list of pieces knows each kind of organisation as.
PARTY_OF = {
    OrganisationKind.STATION: "owner",
    OrganisationKind.USE_UNIT: "use_unit",
    OrganisationKind.FIRM: "firm",
    OrganisationKind.BODY: "body",
}
# The lists of what is on file about a unit stand in rooms to the right: their addresses.
RECORDS = (
    (Thing.CHECK, N_("Supervision checks"), "/supervision?unit={key}"),
    (Thing.ORDER, N_("Supervision orders"), "/orders?unit={key}"),
    (Thing.SEIZURE, N_("Seizures"), "/seizures?unit={key}"),
    (Thing.INSTRUMENT, N_("Instruments"), "/instruments?unit={key}"),
)


def records_of(who: Viewer, organisation: Organisation) -> list[tuple[str, str]]:
    """(name, address) of the lists of what is on file about a unit, of those that this person may see."""
    if organisation.kind == OrganisationKind.REGULATOR:
        return []
    lists = [*RECORDS]
    if party := PARTY_OF.get(organisation.kind):
        lists.insert(0, (Thing.EQUIPMENT, N_("Equipment"), f"/equipment?{party}={{key}}"))
    return [
        (translate(label), path.format(key=organisation.id))
        for subject, label, path in lists
        if may(who, Action.SEE, subject)
    ]


def area_options() -> list[tuple[str, str]]:
    """The areas a person of this viewer may choose, with their depth shown."""
    areas = areas_below(web.viewer().area)
    return [(area.code, f"{'　' * max(0, (len(area.code) - 4) // 2)}{area.name}") for area in areas]


def categories_called() -> dict[str, str]:
    """How people write a category on a paper: its key, or its name in their language."""
    return {
        name.casefold(): kind.key
        for kind in CATEGORIES
        for name in (kind.key, kind.label, translate(kind.label))
    }


def area_name(code: str) -> str:
    """白银市 白银区 人民路街道, without the city when there is more."""
    path = [area.name for area in area_path(code) if area.level != "province"]
    return " ".join(path[1:] or path) or code


@pages.get("/organisations")
@web.allows(Action.SEE, Thing.ORGANISATION)
def listed() -> web.Answer:
    filters = arguments()
    rows = visible(web.viewer(), Organisation)
    if filters.get("kind"):
        rows = rows.where(Organisation.kind == filters["kind"])
    if filters.get("area", "").isdigit():
        rows = rows.where(within(Organisation.area, filters["area"]))
    if filters.get("nobody"):
        rows = rows.where(nobody_hears())
    if filters.get("q"):
        rows = rows.where(
            or_(
                Organisation.name.contains(filters["q"], autoescape=True),
                Organisation.short_name.contains(filters["q"], autoescape=True),
                Organisation.credit_code == filters["q"].upper(),
            )
        )
    page = paginate(
        rows,
        {
            "name": Organisation.name,
            "kind": (Organisation.kind, Organisation.name),
            "area": (Organisation.area, Organisation.name),
        },
        default="name",
    )
    names = {
        area.code: area.name
        for area in session.scalars(select(Area).where(Area.code.in_({row.area for row in page.rows})))
    }
    return render_template(
        "people/organisations.html",
        page=page,
        kinds=labelled(OrganisationKind),
        areas=area_options(),
        names=names,
        nobody=[("1", gettext("Nobody"))],
        may_open=may(web.viewer(), Action.CREATE, Thing.ORGANISATION),
    )


@pages.get("/organisations/<uuid:key>")
@web.allows(Action.SEE, Thing.ORGANISATION)
def page(key: UUID) -> web.Answer:
    who = web.viewer()
    organisation = seen(who, Organisation, key)

    def of(model: Any, *order: Any) -> Sequence[Any]:
        return session.scalars(visible(who, model).where(model.organisation_id == key).order_by(*order)).all()

    return render_template(
        "people/organisation.html",
        organisation=organisation,
        area=area_name(organisation.area),
        papers=of(Paper, Paper.valid_until.desc()),
        people=of(User, User.active.desc(), User.name),
        devices=of(Device, Device.revoked_at.is_not(None), Device.name),
        may_change=may(who, Action.CHANGE, Thing.ORGANISATION),
        may_paper=may(who, Action.CREATE, Thing.ORGANISATION),
        may_people=may(who, Action.CREATE, Thing.PERSON),
        see_people=may(who, Action.SEE, Thing.PERSON) and bool(ROLES_OF[organisation.kind]),
        may_devices=may(who, Action.CREATE, Thing.DEVICE),
        see_devices=may(who, Action.SEE, Thing.DEVICE),
        has_duty_phones=organisation.kind in (OrganisationKind.FIRM, OrganisationKind.USE_UNIT)
        and may(who, Action.SEE, Thing.RESCUE),
        has_papers=organisation.kind in PAPERS_OF,
        risk=unit_colour(key) if may(who, Action.SEE, Thing.RISK) else None,
        has_devices=bool(DEVICES_OF[organisation.kind]),
        records=records_of(who, organisation),
    )


@pages.route("/organisations/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.ORGANISATION)
def new() -> web.Answer:
    form = OrganisationForm()
    form.kind.choices, form.area.choices = labelled(OrganisationKind), area_options()
    organisation = submitted(
        form,
        lambda: organisations.add_organisation(OrganisationKind(form.kind.data), form.data, by=web.viewer()),
    )
    if organisation:
        flash(gettext("The organisation was added."), "success")
        return redirect(url_for("organisations.page", key=organisation.id))
    return form_page(form, gettext("New organisation"), url_for("organisations.listed"))


@pages.route("/organisations/<uuid:key>/edit", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.ORGANISATION)
def edit(key: UUID) -> web.Answer:
    who = web.viewer()
    organisation, identity = seen(who, Organisation, key), may(who, Action.CREATE, Thing.ORGANISATION)
    form = OrganisationForm(obj=organisation) if identity else ContactForm(obj=organisation)
    if identity:
        del form.kind
        form.area.choices = area_options()
    if submitted(
        form, lambda: organisations.change_organisation(organisation, form.data, by=who, identity=identity)
    ):
        flash(gettext("Saved."), "success")
        return redirect(url_for("organisations.page", key=key))
    return form_page(form, gettext("Change the organisation"), url_for("organisations.page", key=key))


def form_page(form: FlaskForm, title: str, back: str, **more: object) -> tuple[str, int]:
    """One form on a page of its own: 422 when something in it must be corrected."""
    wrong = bool(form.errors or form.form_errors)
    return (
        render_template("people/form.html", form=form, title=title, back=back, **more),
        422 if wrong and request.method == "POST" else 200,
    )


@pages.route("/organisations/<uuid:key>/papers/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.ORGANISATION)
def new_paper(key: UUID) -> web.Answer:
    organisation = seen(web.viewer(), Organisation, key)
    form = PaperForm()
    form.kind.choices = labelled(PAPERS_OF.get(organisation.kind, ()))

    def add() -> Paper:
        typed = [
            part.strip()
            for part in (form.covers.data or "").replace("，", ",").replace("、", ",").split(",")
            if part.strip()
        ]
        covers = [categories_called().get(part.casefold(), part.upper()) for part in typed]
        paper = organisations.NewPaper(
            PaperKind(form.kind.data), form.number.data, covers, form.valid_from.data, form.valid_until.data
        )
        return organisations.add_paper(organisation, paper, by=web.viewer())

    if submitted(form, add):
        flash(gettext("The paper was added."), "success")
        return redirect(url_for("organisations.page", key=key))
    return form_page(form, gettext("New paper"), url_for("organisations.page", key=key))


@pages.get("/expiring")
@web.allows(Action.SEE, Thing.ORGANISATION)
def expiring() -> web.Answer:
    """Licences and certificates that ran out or do so within a month."""
    until = clock.today() + timedelta(days=SOON_DAYS)
    groups = [(kind, running_out(web.viewer(), kind, until, LISTED)) for kind in Running]
    return render_template("people/expiring.html", groups=groups, until=until)
