"""过户 on screen: put together by scanning, from a list or a column of codes, proposed, answered by the other
side."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.lots.packing import Packed, piece_read
from equipment.lots.queries import people_named
from equipment.lots.views import say_packed
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.places import transfers
from equipment.places.models import Transfer, TransferRow
from equipment.places.states import TransferState
from equipment.places.transfer_forms import ChangeRegisteredForm, CodesForm, TransferForm, TransferScanForm
from equipment.places.transfer_queries import (
    SORTS,
    counts_of,
    problems,
    rows_of,
    transfer_of,
    visible_transfers,
)
from equipment.places.transfers import SIDES
from equipment.register.lists import filtered, organisation_named, organisations
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.queries import transfer_days
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, error_texts, labelled, step_with_reason, submitted
from equipment.web.language import translate
from equipment.web.pages import arguments, paginate

pages = Blueprint("transfers", __name__)
LATEST = 6  # bottles that stand below the box
STEPS = {"propose": transfers.propose, "accept": transfers.accept}
ENDS = {"decline": transfers.decline, "withdraw": transfers.withdraw}
AFTER = {
    "propose": N_("Proposed: nothing changes until the other side accepts."),
    "accept": N_("Accepted: the bottles are in your name now."),
}
ROW_SORTS = {"row": (TransferRow.row_no,)}


@pages.get("/transfers")
@web.allows(Action.SEE, Thing.OWNERSHIP)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    listed = visible_transfers(who)
    if filters.get("state") in set(TransferState):
        listed = listed.where(Transfer.state == filters["state"])
    page = paginate(listed, SORTS, default="-opened")
    return render_template(
        "places/transfers.html",
        page=page,
        states=labelled(TransferState),
        counts=counts_of(page.rows),
        names=names_of([key for row in page.rows for key in (row.organisation_id, row.to_id)]),
        may_open=may(who, Action.CREATE, Thing.OWNERSHIP),
        may_see_places=may(who, Action.SEE, Thing.PLACE),
    )


@pages.route("/transfers/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.OWNERSHIP)
def new() -> web.Answer:
    """To whom; bottles that were ticked in the register, or all that its filters show, go in at once."""
    who, is_sent = web.viewer(), request.method == "POST"
    return _open(TransferForm() if is_sent else TransferForm(formdata=None), who, is_sent=is_sent)


@pages.post("/transfers/ticked")
@web.allows(Action.CREATE, Thing.OWNERSHIP)
def ticked() -> web.Answer:
    """The ticked rows of the register: to whom?"""
    return _open(TransferForm(), web.viewer(), is_sent=False)


def _open(form: TransferForm, who: Viewer, *, is_sent: bool) -> web.Answer:
    filters = arguments()
    if is_sent:
        opened = submitted(form, lambda: _opened(form, filters, who))
        if opened is not None:
            transfer, added = opened
            say_packed(added)
            return redirect(url_for("transfers.show", transfer_id=transfer.id))
    form.transfer_id.data = form.transfer_id.data or new_id()
    page = render_template(
        "places/transfer_new.html",
        form=form,
        chosen=form.id.data or [],
        filters=filters,
        others=organisations(SIDES),
    )
    return (page, form.http_status) if is_sent else page


def _opened(form: TransferForm, filters: dict[str, str], who: Viewer) -> tuple[Transfer, Packed | None]:
    to_id = organisation_named(form.to.data, SIDES)
    key = form.transfer_id.data or new_id()
    transfer = transfers.open_transfer(key, to_id, form.note.data, by=who)
    chosen = pieces(who, form.id.data) if form.id.data else _filtered(who, filters) if filters else []
    return transfer, transfers.add_bottles(transfer, chosen, by=who) if chosen else None


def _filtered(who: Viewer, filters: dict[str, str]) -> list[Equipment]:
    """What the filters of the register show, as many as a transfer takes."""
    return list(session.scalars(filtered(who, filters).order_by(Equipment.id).limit(transfers.MOST)))


@pages.get("/transfers/<uuid:transfer_id>")
@web.allows(Action.SEE, Thing.OWNERSHIP)
def show(transfer_id: UUID) -> web.Answer:
    who = web.viewer()
    transfer = transfer_of(transfer_id, by=who)
    page = paginate(rows_of(transfer), ROW_SORTS, default="row")
    bottles = {bottle.id: bottle for bottle in pieces(SYSTEM, [row.equipment_id for row in page.rows])}
    is_open = transfer.state in (TransferState.DRAFT, TransferState.PROPOSED)
    may_act = may(who, Action.APPROVE, Thing.OWNERSHIP)
    return render_template(
        "places/transfer.html",
        transfer=transfer,
        page=page,
        bottles=bottles,
        seen={bottle.id for bottle in pieces(who, list(bottles))},
        against=problems(transfer, list(bottles.values())) if is_open else {},
        names=names_of([transfer.organisation_id, transfer.to_id]),
        people=people_named([transfer.opened_by, transfer.proposed_by, transfer.decided_by]),
        hands_over=may_act and who.organisation_id == transfer.organisation_id,
        takes=may_act and who.organisation_id == transfer.to_id,
        registering=_to_register(who, transfer),
        days=transfer_days(clock.today()),
        today=clock.today(),
    )


def _to_register(who: Viewer, transfer: Transfer) -> list[UUID]:
    """For the new owner: the bottles whose change of registration (变更登记) is still to be done."""
    is_due = transfer.state is TransferState.ACCEPTED and transfer.registered_on is None
    if not is_due or who.organisation_id != transfer.to_id or not may(who, Action.CHANGE, Thing.EQUIPMENT):
        return []
    return [row.equipment_id for row in session.scalars(rows_of(transfer))]


@pages.route("/transfers/<uuid:transfer_id>/scan", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.OWNERSHIP)
def scan(transfer_id: UUID) -> web.Answer:
    """The gun's page: bottle after bottle goes in."""
    who, form = web.viewer(), TransferScanForm()
    row, problem = None, ""
    if request.method == "POST":
        checked(form)
        try:
            with transaction():
                row = transfers.add_bottle(transfer_of(transfer_id, by=who), form.code.data, by=who)
        except Invalid as refusal:
            problem = " ".join(error_texts(refusal).values())
    transfer = transfer_of(transfer_id, by=who)
    rows = session.scalars(rows_of(transfer).order_by(None).order_by(TransferRow.row_no.desc())).all()
    latest = rows[:LATEST]
    bottles = {bottle.id: bottle for bottle in pieces(SYSTEM, [each.equipment_id for each in latest])}
    page = render_template(
        "places/transfer_scan.html",
        transfer=transfer,
        to=names_of([transfer.to_id]).get(transfer.to_id, ""),
        row=row,
        problem=problem,
        count=len(rows),
        latest=[bottles[each.equipment_id] for each in latest],
    )
    return (page, 422) if problem else page


@pages.post("/transfers/<uuid:transfer_id>/codes")
@web.allows(Action.CHANGE, Thing.OWNERSHIP)
def add_codes(transfer_id: UUID) -> web.Answer:
    """A column of codes or numbers, as it is copied from a workbook; each that does not go in is named."""
    who, form = web.viewer(), CodesForm()
    with transaction():
        transfer = transfer_of(transfer_id, by=who)
        checked(form)
        codes = list(dict.fromkeys(filter(None, map(str.strip, form.codes.data.splitlines()))))
        bottles, unread = [], []
        for code in codes[: transfers.MOST]:
            try:
                bottles.append(piece_read(code, who))
            except Invalid as refusal:
                unread.append(f"{code}: {' '.join(error_texts(refusal).values())}")
        added = transfers.add_bottles(transfer, bottles, by=who)
    say_packed(added)
    for text in unread[:LATEST]:
        flash(text, "warning")
    if len(unread) > LATEST:
        more = len(unread) - LATEST
        flash(
            ngettext("%(num)d more line was not read.", "%(num)d more lines were not read.", more), "warning"
        )
    return redirect(url_for("transfers.show", transfer_id=transfer_id))


@pages.post("/transfers/<uuid:transfer_id>/rows/<int:row_no>/out")
@web.allows(Action.CHANGE, Thing.OWNERSHIP)
def take_out(transfer_id: UUID, row_no: int) -> web.Answer:
    who = web.viewer()
    with transaction():
        transfers.take_out(transfer_of(transfer_id, by=who), row_no, by=who)
    return redirect(url_for("transfers.show", transfer_id=transfer_id))


@pages.post("/transfers/<uuid:transfer_id>/<any(propose, accept):step>")
@web.allows(Action.APPROVE, Thing.OWNERSHIP)
def move(transfer_id: UUID, step: str) -> web.Answer:
    """To the other side, or taken by it."""
    who = web.viewer()
    with transaction():
        STEPS[step](transfer_of(transfer_id, by=who), by=who)
    flash(translate(AFTER[step]), "success")
    return redirect(url_for("transfers.show", transfer_id=transfer_id))


@pages.post("/transfers/<uuid:transfer_id>/<any(decline, withdraw):step>")
@web.allows(Action.APPROVE, Thing.OWNERSHIP)
def end(transfer_id: UUID, step: str) -> web.Answer:
    who, end_it = web.viewer(), ENDS[step]
    step_with_reason(
        lambda: transfer_of(transfer_id, by=who), lambda transfer, reason: end_it(transfer, reason, by=who)
    )
    flash(gettext("Noted: the bottles stay where they are."), "success")
    return redirect(url_for("transfers.show", transfer_id=transfer_id))


@pages.post("/transfers/<uuid:transfer_id>/registered")
@web.allows(Action.APPROVE, Thing.OWNERSHIP)
def register_change(transfer_id: UUID) -> web.Answer:
    """变更登记办结."""
    who, form = web.viewer(), ChangeRegisteredForm()
    with transaction():
        transfer = transfer_of(transfer_id, by=who)
        checked(form)
        transfers.register_change(transfer, form.on.data, by=who)
    flash(gettext("Noted: the change of registration is done."), "success")
    return redirect(url_for("transfers.show", transfer_id=transfer_id))
