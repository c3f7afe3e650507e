"""维保合同 on screen: the list, a contract from its entry to its end, and the bureau's list of lifts without
one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage

from equipment import web
from equipment.contracts import actions
from equipment.contracts.actions import MOST
from equipment.contracts.choosing import chosen_lifts
from equipment.contracts.forms import (
    ContractForm,
    EndForm,
    LeavingForm,
    MoreLiftsForm,
    SignedPaperForm,
    TermsForm,
)
from equipment.contracts.listing import contract_rows, covered_rows
from equipment.contracts.missing import SORTS as MISSING_SORTS
from equipment.contracts.missing import gap_counts, uncovered, uncovered_rows
from equipment.contracts.models import Contract, ContractLift, ContractPaper, Handover
from equipment.contracts.queries import (
    ENDING_DAYS,
    SORTS,
    contract_of,
    filtered_contracts,
    lifts_of,
    papers_of,
    people_named,
)
from equipment.contracts.states import UNANSWERED, ContractGap, ContractKind, ContractState
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in, new_id
from equipment.core.months import add_months
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import names_of, organisation_named, organisations
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, step_with_reason, submitted
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("contracts", __name__)
UNITS = (OrganisationKind.USE_UNIT, OrganisationKind.STATION)
FIRMS = (OrganisationKind.FIRM,)
ROW_SORTS = {
    "lift": (Equipment.address, Equipment.name, ContractLift.id),
    "until": (ContractLift.until_on, ContractLift.id),
}
LONGEST_MB = 20


@pages.get("/contracts")
@web.allows(Action.SEE, Thing.CONTRACT)
def index() -> web.Answer:
    who, filters, today = web.viewer(), arguments(), clock.today()
    page = paginate(filtered_contracts(who, filters, today), SORTS, default="-from")
    return render_template(
        "contracts/index.html",
        page=replace(page, rows=contract_rows(page.rows)),
        filters=filters,
        states=labelled(ContractState),
        kinds=labelled(ContractKind),
        endings=[
            (days, ngettext("within %(num)d day", "within %(num)d days", int(days))) for days in ENDING_DAYS
        ],
        firms=_firms_with_contracts(who) if who.organisation_kind is not OrganisationKind.FIRM else [],
        units=_units_with_contracts(who) if who.organisation_kind is not OrganisationKind.USE_UNIT else [],
        may_enter=may(who, Action.CREATE, Thing.CONTRACT),
        may_assign=may(who, Action.CHANGE, Thing.CONTRACT) and not who.oversees,
        by_bureau=who.oversees,
        today=today,
    )


def _firms_with_contracts(who: Viewer) -> list[tuple[UUID, str]]:
    keys = session.scalars(visible(who, Contract).with_only_columns(Contract.organisation_id).distinct())
    return sorted(names_of(keys).items(), key=lambda pair: pair[1])


def _units_with_contracts(who: Viewer) -> list[tuple[UUID, str]]:
    keys = session.scalars(visible(who, Contract).with_only_columns(Contract.use_unit_id).distinct())
    return sorted(names_of(keys).items(), key=lambda pair: pair[1])


@pages.route("/contracts/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CONTRACT)
def new() -> web.Answer:
    """What the paper says, and which lifts: ticked, all of a use unit, or by number."""
    who, is_sent = web.viewer(), request.method == "POST"
    form = ContractForm() if is_sent else ContractForm(formdata=None)
    if not is_sent:
        form.from_on.data = clock.today()
        form.until_on.data = add_months(clock.today(), 12) - timedelta(days=1)
    return _entered(form, who, is_sent=is_sent)


@pages.post("/contracts/ticked")
@web.allows(Action.CREATE, Thing.CONTRACT)
def ticked() -> web.Answer:
    """The ticked lifts of the register: under which contract?"""
    who, form = web.viewer(), ContractForm()
    lifts = pieces(who, form.id.data or [])
    form.from_on.data, form.until_on.data = clock.today(), add_months(clock.today(), 12) - timedelta(days=1)
    units = {piece.use_unit_id or piece.owner_id for piece in lifts}
    firms = {piece.maintenance_firm_id for piece in lifts}
    if len(units) == 1:
        form.unit.data = "".join(names_of(key for key in units if key).values())
    if who.oversees and len(firms) == 1:
        form.firm.data = "".join(names_of(key for key in firms if key).values())
    return _entered(form, who, is_sent=False)


@pages.get("/contracts/<uuid:contract_id>/renew")
@web.allows(Action.CREATE, Thing.CONTRACT)
def renew(contract_id: UUID) -> web.Answer:
    """The next contract of the same firm: the day after, as long again, the same lifts."""
    who, form = web.viewer(), ContractForm(formdata=None)
    contract = contract_of(contract_id, by=who)
    begins = contract.last_on + timedelta(days=1)
    months = max(1, round((contract.until_on - contract.from_on).days / 30.4))
    for name in ("kind", "mode", "note"):
        form[name].data = getattr(contract, name)
    form.people.data = str(contract.people)
    form.from_on.data, form.until_on.data = begins, add_months(begins, months) - timedelta(days=1)
    names = names_of([contract.organisation_id, contract.use_unit_id])
    form.firm.data, form.unit.data = names[contract.organisation_id], names[contract.use_unit_id]
    form.renews.data = contract.id
    form.id.data = _held_until(contract)
    return _entered(form, who, is_sent=False)


def _held_until(contract: Contract) -> list[UUID]:
    """The lifts that are under it to its end."""
    rows = lifts_of(contract).where(ContractLift.counts, ContractLift.until_on == contract.last_on)
    return list(session.scalars(rows.with_only_columns(ContractLift.equipment_id)))


def _entered(form: ContractForm, who: Viewer, *, is_sent: bool) -> web.Answer:
    if is_sent:
        paper = _document(form.paper.data) if form.paper.data else None
        contract = submitted(form, lambda: _enter(form, paper, who))
        if contract is not None:
            flash(_after_entry(contract), "success")
            return redirect(url_for("contracts.show", contract_id=contract.id))
    form.contract_id.data = form.contract_id.data or new_id()
    page = render_template(
        "contracts/edit.html",
        form=form,
        chosen=form.id.data or [],
        by_bureau=who.oversees,
        firms=organisations(FIRMS) if who.oversees else [],
        units=organisations(UNITS),
        most=MOST,
    )
    return (page, form.http_status) if is_sent else page


def _after_entry(contract: Contract) -> str:
    if contract.state is ContractState.PROPOSED:
        return gettext(
            "Entered. Another firm is on file for some of these lifts: it counts once the use unit says yes."
        )
    if contract.state is ContractState.STATED:
        return gettext("Entered. It counts as your statement until the use unit has answered.")
    return gettext("Entered.")


def _document(file: FileStorage) -> StoredDocument:
    return take(cast(BinaryIO, file.stream), file.filename or "contract", "contract", largest_mb=LONGEST_MB)


def _enter(form: ContractForm, paper: StoredDocument | None, who: Viewer) -> Contract:
    firm_id = organisation_named(form.firm.data, FIRMS) if who.oversees else who.organisation_id
    unit_id = organisation_named(form.unit.data, UNITS)
    lifts = chosen_lifts(
        who, ids=form.id.data or (), unit_id=unit_id, whole_unit=form.whole_unit.data, codes=form.codes.data
    )
    renews = contract_of(form.renews.data, by=who) if form.renews.data else None
    contract = actions.enter(
        form.terms(),
        firm_id,
        unit_id,
        lifts.ids,
        by=who,
        key=form.contract_id.data,
        renews=renews,
        names=lifts.names,
    )
    if paper is not None:
        actions.add_paper(contract, paper, by=who)
    return contract


@pages.get("/contracts/<uuid:contract_id>")
@web.allows(Action.SEE, Thing.CONTRACT)
def show(contract_id: UUID) -> web.Answer:
    return _contract_page(contract_of(contract_id, by=web.viewer()), MoreLiftsForm(formdata=None))


def _contract_page(contract: Contract, more: MoreLiftsForm) -> str:
    who, today = web.viewer(), clock.today()
    listed = lifts_of(contract).join(Equipment, Equipment.id == ContractLift.equipment_id)
    page = paginate(listed, ROW_SORTS, default="lift")
    is_firm = who.organisation_id == contract.organisation_id
    is_unit = who.organisation_id == contract.use_unit_id
    handovers = visible(who, Handover).where(Handover.contract_id == contract.id).order_by(Handover.opened_at)
    open_now = contract.state in (*UNANSWERED, ContractState.CONFIRMED)
    may_change = (is_firm and may(who, Action.CHANGE, Thing.CONTRACT)) or who.oversees
    may_answer = (is_unit or who.oversees) and may(who, Action.APPROVE, Thing.CONTRACT)
    followers = visible(who, Contract).where(Contract.renews_id == contract.id).order_by(Contract.from_on)
    more.from_on.data = more.from_on.data or max(today, contract.from_on)
    return render_template(
        "contracts/show.html",
        contract=contract,
        page=page,
        rows=covered_rows(page.rows, who),
        names=names_of([contract.organisation_id, contract.use_unit_id]),
        people=people_named([contract.entered_by, contract.decided_by]),
        papers=papers_of(contract),
        handovers=session.scalars(handovers).all(),
        followers=session.scalars(followers).all(),
        more=more,
        may_change=may_change and open_now,
        may_answer=may_answer and contract.state in UNANSWERED,
        may_end=(may_change or may_answer) and contract.is_running and contract.last_on >= today,
        may_withdraw=may_change
        and (
            contract.state in UNANSWERED
            or (contract.state is ContractState.CONFIRMED and contract.from_on > today)
        ),
        may_renew=may(who, Action.CREATE, Thing.CONTRACT)
        and (is_firm or who.oversees)
        and contract.is_running,
        may_add_paper=(is_firm or is_unit or who.oversees) and may(who, Action.APPROVE, Thing.CONTRACT),
        today=today,
    )


@pages.route("/contracts/<uuid:contract_id>/edit", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CONTRACT)
def edit(contract_id: UUID) -> web.Answer:
    who = web.viewer()
    contract = contract_of(contract_id, by=who)
    is_sent = request.method == "POST"
    form = TermsForm() if is_sent else TermsForm(formdata=None, obj=contract)
    if is_sent:
        amended = submitted(
            form, lambda: actions.amend(contract_of(contract_id, by=who), form.terms(), by=who)
        )
        if amended is not None:
            flash(gettext("Saved."), "success")
            return redirect(url_for("contracts.show", contract_id=contract_id))
    else:
        form.people.data = str(contract.people)
    page = render_template("contracts/amend.html", form=form, contract=contract)
    return (page, form.http_status) if is_sent else page


@pages.post("/contracts/<uuid:contract_id>/lifts")
@web.allows(Action.CREATE, Thing.CONTRACT)
def add_lifts(contract_id: UUID) -> web.Answer:
    who, form = web.viewer(), MoreLiftsForm()
    added = submitted(form, lambda: _added(form, contract_of(contract_id, by=who), who))
    if added is None:
        return _contract_page(contract_of(contract_id, by=who), form), form.http_status
    flash(ngettext("%(num)d lift came under it.", "%(num)d lifts came under it.", added), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


def _added(form: MoreLiftsForm, contract: Contract, who: Viewer) -> int:
    lifts = chosen_lifts(
        who, unit_id=contract.use_unit_id, whole_unit=form.whole_unit.data, codes=form.codes.data
    )
    return actions.add_lifts(contract, lifts.ids, form.from_on.data, by=who, names=lifts.names)


@pages.post("/contracts/<uuid:contract_id>/out")
@web.allows(Action.CREATE, Thing.CONTRACT)
def take_out(contract_id: UUID) -> web.Answer:
    """One lift leaves it."""
    who, form = web.viewer(), LeavingForm()
    with transaction():
        contract = contract_of(contract_id, by=who)
        checked(form)
        actions.take_out(contract, form.lift.data or NOBODY, form.last_on.data, by=who)
    flash(gettext("Noted: the last day of this lift under the contract."), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


@pages.post("/contracts/<uuid:contract_id>/confirm")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def confirm(contract_id: UUID) -> web.Answer:
    who = web.viewer()
    with transaction():
        actions.confirm(contract_of(contract_id, by=who), by=who)
    flash(gettext("Confirmed."), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


@pages.post("/contracts/<uuid:contract_id>/<any(decline, withdraw):step>")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def drop(contract_id: UUID, step: str) -> web.Answer:
    who, action = web.viewer(), actions.decline if step == "decline" else actions.withdraw
    step_with_reason(
        lambda: contract_of(contract_id, by=who), lambda contract, reason: action(contract, reason, by=who)
    )
    flash(gettext("Noted: the contract counts no more."), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


@pages.post("/contracts/<uuid:contract_id>/end")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def end(contract_id: UUID) -> web.Answer:
    who, form = web.viewer(), EndForm()
    with transaction():
        contract = contract_of(contract_id, by=who)
        checked(form)
        actions.end(contract, form.last_on.data, form.reason.data, by=who)
    flash(gettext("Noted: the last day of the contract."), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


@pages.post("/contracts/<uuid:contract_id>/papers")
@web.allows(Action.APPROVE, Thing.CONTRACT)
def add_paper(contract_id: UUID) -> web.Answer:
    who, form = web.viewer(), SignedPaperForm()
    contract_of(contract_id, by=who)
    checked(form)
    document = _document(form.file.data)
    with transaction():
        actions.add_paper(contract_of(contract_id, by=who), document, by=who)
    flash(gettext("The paper is with the contract."), "success")
    return redirect(url_for("contracts.show", contract_id=contract_id))


@pages.get("/contracts/papers/<uuid:paper_id>")
@web.allows(Action.SEE, Thing.CONTRACT)
def read_paper(paper_id: UUID) -> Response:
    """A signed paper, for whoever sees its contract."""
    papers = visible(SYSTEM, ContractPaper).where(
        ContractPaper.id == paper_id, ContractPaper.removed_at.is_(None)
    )
    paper = session.scalar(papers)
    if paper is None:
        raise NotFound
    contract_of(paper.contract_id, by=web.viewer())
    return handed_out(paper.sha256, paper.media_type, paper.name)


@pages.route("/contracts/missing", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CONTRACT)
def missing() -> web.Answer:
    """For the bureau: the lifts in use without a contract in force."""
    who, filters, today = web.viewer(), arguments(), clock.today()
    if not who.oversees:
        raise NotFound
    title = gettext("Lifts without a contract in force")
    if taken := exported("contracts.missing", filters, by=who, title=title):
        return taken
    page = paginate(uncovered(who, filters, today), MISSING_SORTS, default="area")
    named = [id_in(filters.get(name, "")) for name in ("unit", "firm")]
    return render_template(
        "contracts/missing.html",
        page=replace(page, rows=uncovered_rows(page.rows, today)),
        filters=filters,
        counts=gap_counts(who, today),
        gaps=labelled(ContractGap),
        areas=area_options(who),
        names=names_of(key for key in named if key),
        **_offered(who, today),
    )


def _offered(who: Viewer, on: date) -> dict[str, list[tuple[UUID, str]]]:
    """The firms and use units of the lifts that the list is about."""
    lifts = uncovered(who, {}, on)
    firms = session.scalars(lifts.with_only_columns(Equipment.maintenance_firm_id).distinct())
    units = session.scalars(lifts.with_only_columns(Equipment.use_unit_id).distinct())
    return {
        "firms": sorted(names_of(key for key in firms if key).items(), key=lambda pair: pair[1]),
        "units": sorted(names_of(key for key in units if key).items(), key=lambda pair: pair[1]),
    }
