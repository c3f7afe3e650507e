"""备案 on screen: applied for by a firm or entered by the bureau, decided, withdrawn."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.insurance.queries import LIFT
from equipment.on_demand import actions
from equipment.on_demand.actions import Approval, FilingDraft
from equipment.on_demand.forms import ApprovalForm, FilingForm
from equipment.on_demand.listing import line_of
from equipment.on_demand.models import PilotFiling
from equipment.on_demand.queries import (
    LIFT_SORTS,
    SORTS,
    eligibilities,
    filing_of,
    latest_periods,
    named_pieces,
    visible_filings,
)
from equipment.on_demand.rules import ContractKnown, FilingCover
from equipment.on_demand.states import FilingState
from equipment.people.models import Organisation, User
from equipment.people.queries import areas_below
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.codes import parse
from equipment.register.lists import organisation_named, organisations
from equipment.register.models import Equipment
from equipment.register.queries import resolve_own
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.elevator_numbers import on_demand_months
from equipment.regulation.queries import on_demand_pilot, rules
from equipment.storage.db import session
from equipment.web.forms import labelled, step_with_reason, submitted
from equipment.web.pages import arguments, counted, paginate

pages = Blueprint("filings", __name__)
FIRMS, UNITS = (OrganisationKind.FIRM,), (OrganisationKind.USE_UNIT,)
OFFERED = 300  # lifts to tick: more are named by their codes
NAMED = 3  # codes that a refusal names


@pages.get("/on-demand/filings")
@web.allows(Action.SEE, Thing.ON_DEMAND)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    rows = visible_filings(who)
    if filters.get("state") in set(FilingState):
        rows = rows.where(PilotFiling.state == filters["state"])
    page = paginate(rows, SORTS, default="-entered")
    return render_template(
        "on_demand/filings.html",
        page=page,
        states=labelled(FilingState),
        names=names_of([key for row in page.rows for key in (row.organisation_id, row.unit_id)]),
        pilot=on_demand_pilot(clock.today()),
        may_apply=may(who, Action.CREATE, Thing.ON_DEMAND),
    )


@pages.route("/on-demand/filings/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.ON_DEMAND)
def new() -> web.Answer:
    who, form = web.viewer(), FilingForm()
    firm = _firm(form.firm.data, who)
    if firm is None:
        typed = request.values.get("firm", "")
        return render_template("on_demand/firm.html", typed=typed, firms=organisations(FIRMS))
    if not form.is_submitted():
        form = FilingForm(formdata=None, firm=firm.id, from_on=clock.today())
    filing = submitted(form, lambda: _filed(form, firm, who), {"firm_id": "firm"})
    if filing is not None:
        flash(
            gettext("On file. What the lifts still lack stands beside each.")
            if who.oversees
            else gettext("Applied for: the bureau decides."),
            "success",
        )
        return redirect(url_for("filings.show", firm_id=filing.organisation_id, filing_id=filing.id))
    return _form_page(form, firm, who)


def _form_page(form: FilingForm, firm: Organisation, who: Viewer) -> web.Answer:
    theirs = visible(who, Equipment).where(
        Equipment.category == LIFT, Equipment.maintenance_firm_id == firm.id
    )
    page = render_template(
        "on_demand/filing_new.html",
        form=form,
        firm=firm,
        lifts=session.scalars(
            theirs.order_by(Equipment.area, Equipment.address, Equipment.id).limit(OFFERED)
        ).all(),
        lift_count=counted(theirs),
        chosen=set(form.lifts.data or []),
        units=organisations(UNITS),
        areas=[(area.code, area.name) for area in areas_below(who.area if who.oversees else "")],
        most={str(basis): _most(basis) for basis in OnDemandBasis},
        bureau=who.oversees,
    )
    return (page, form.http_status) if form.is_submitted() else page


def _most(basis: OnDemandBasis) -> int:
    value = on_demand_months(rules(LIFT), basis, clock.today())
    return value.integer if value else 0


def _firm(key: UUID | None, who: Viewer) -> Organisation | None:
    """The firm it is about: a firm's own without asking."""
    typed = request.values.get("firm", "").strip()
    if who.organisation_kind == OrganisationKind.FIRM:
        key = who.organisation_id
    key = key or id_in(typed) or (organisation_named(typed, FIRMS) if typed else None)
    firm = session.get(Organisation, key) if key else None
    return firm if firm is not None and firm.kind == OrganisationKind.FIRM else None


def _filed(form: FilingForm, firm: Organisation, who: Viewer) -> PilotFiling:
    cover = FilingCover(form.cover.data)
    draft = FilingDraft(
        firm_id=firm.id,
        basis=OnDemandBasis(form.basis.data),
        months=form.months.data,
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        cover=cover,
        lifts=[*form.lifts.data, *_lifts_named(form.codes.data or "", who)]
        if cover is FilingCover.LISTED
        else (),
        unit_id=organisation_named(form.unit.data, UNITS) if form.unit.data else None,
        area=form.area.data or "",
        contract=ContractKnown(form.contract.data) if form.contract.data else None,
        contract_number=form.contract_number.data or "",
        contract_until=form.contract_until.data,
        items=form.items.data or "",
        cycle=form.cycle.data or "",
        target=form.target.data or "",
    )
    if who.oversees:
        return actions.enter(draft, _approval(form), by=who)
    return actions.apply(draft, by=who)


def _approval(form: FilingForm | ApprovalForm) -> Approval:
    return Approval(form.number.data or "", form.office.data or "", form.document_on.data)


def _lifts_named(codes: str, who: Viewer) -> list[UUID]:
    """The lifts that a column of codes and numbers names; Invalid where one is not read."""
    named, unread = [], []
    for code in dict.fromkeys(filter(None, map(str.strip, codes.splitlines()))):
        key = resolve_own(who, parse(code)).equipment_id
        if key is None:
            unread.append(code)
        else:
            named.append(key)
    if unread:
        text = N_("Not found, or more than one lift has it: %(codes)s")
        raise Invalid({"codes": Message(text, {"codes": "、".join(unread[:NAMED])})})
    return named


@pages.get("/on-demand/filings/<uuid:firm_id>/<uuid:filing_id>")
@web.allows(Action.SEE, Thing.ON_DEMAND)
def show(firm_id: UUID, filing_id: UUID) -> web.Answer:
    return _show(filing_of(web.viewer(), firm_id, filing_id), None)


def _show(filing: PilotFiling, form: ApprovalForm | None) -> str:
    who, today = web.viewer(), clock.today()
    page = paginate(named_pieces(who, filing), LIFT_SORTS, default="area")
    periods = latest_periods([lift.id for lift in page.rows])
    judged = eligibilities(page.rows, today, periods)
    decides = may(who, Action.APPROVE, Thing.ON_DEMAND) and actions.may_decide(filing, who)
    own = may(who, Action.CREATE, Thing.ON_DEMAND) and who.organisation_id == filing.organisation_id
    people = [session.get(User, key) if key else None for key in (filing.entered_by, filing.decided_by)]
    return render_template(
        "on_demand/filing.html",
        filing=filing,
        page=page,
        lines={lift.id: line_of(periods.get(lift.id), judged[lift.id]) for lift in page.rows},
        names=names_of([filing.organisation_id, filing.unit_id, *(lift.use_unit_id for lift in page.rows)]),
        people=people,
        decides=decides and filing.state is FilingState.APPLIED,
        withdraws=(own or decides) and filing.state in (FilingState.APPLIED, FilingState.APPROVED),
        form=form or ApprovalForm(formdata=None),
        pilot=on_demand_pilot(today),
    )


@pages.post("/on-demand/filings/<uuid:firm_id>/<uuid:filing_id>/approve")
@web.allows(Action.APPROVE, Thing.ON_DEMAND)
def approve(firm_id: UUID, filing_id: UUID) -> web.Answer:
    who, form = web.viewer(), ApprovalForm()
    approved = submitted(
        form, lambda: actions.approve(filing_of(who, firm_id, filing_id), _approval(form), by=who)
    )
    if approved is None:
        return _show(filing_of(who, firm_id, filing_id), form), form.http_status
    flash(gettext("Approved: the lifts that meet the conditions are on demand now."), "success")
    return redirect(url_for("filings.show", firm_id=firm_id, filing_id=filing_id))


@pages.post("/on-demand/filings/<uuid:firm_id>/<uuid:filing_id>/refuse")
@web.allows(Action.APPROVE, Thing.ON_DEMAND)
def refuse(firm_id: UUID, filing_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: filing_of(who, firm_id, filing_id),
        lambda filing, reason: actions.refuse(filing, reason, by=who),
    )
    flash(gettext("Noted: the firm hears of it, with the reason."), "success")
    return redirect(url_for("filings.show", firm_id=firm_id, filing_id=filing_id))


@pages.post("/on-demand/filings/<uuid:firm_id>/<uuid:filing_id>/withdraw")
@web.allows(Action.CREATE, Thing.ON_DEMAND)
def withdraw(firm_id: UUID, filing_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: filing_of(who, firm_id, filing_id),
        lambda filing, reason: actions.withdraw(filing, reason, by=who),
    )
    flash(gettext("Withdrawn: its lifts are maintained by the calendar from today."), "success")
    return redirect(url_for("filings.show", firm_id=firm_id, filing_id=filing_id))
