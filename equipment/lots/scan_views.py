"""The gun's pages of a lot: bottles put in at the station, bottles received at the body's door. A bottle
scanned again changes nothing, so a page sent twice is harmless."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core.errors import Invalid, NotFound
from equipment.dues.filters import names_of
from equipment.lots import packing, receiving
from equipment.lots.actions import name_of
from equipment.lots.forms import BottleCodeForm, CountForm, ReceiptForm
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import counts_of, lot_of, rows_of
from equipment.lots.receiving import BEFORE_RECEIPT, TAKES_BOTTLES
from equipment.lots.states import LotRowState, LotState
from equipment.people.rules import Action, Thing
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, error_texts

pages = Blueprint("lot_scans", __name__)
LATEST = 6  # bottles that stand below the box


@pages.route("/lots/<uuid:lot_id>/pack", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.LOT)
def pack(lot_id: UUID) -> web.Answer:
    """Bottle after bottle goes in; what does not says why."""
    who, form = web.viewer(), BottleCodeForm()
    lot = lot_of(lot_id, by=who)
    if lot.organisation_id != who.organisation_id or lot.state is not LotState.PACKING:
        raise NotFound
    row, is_new, problem = None, False, ""
    if request.method == "POST":
        checked(form)
        try:
            with transaction():
                lot = lot_of(lot_id, by=who)
                row, is_new = packing.pack(lot, form.code.data or "", by=who)
        except Invalid as refusal:
            problem = " ".join(error_texts(refusal).values())
    page = render_template(
        "lots/pack.html", row=row, is_new=is_new, problem=problem, code=form.code.data, **_around(lot)
    )
    return (page, 422) if problem else page


@pages.route("/lots/<uuid:lot_id>/receive", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.LOT)
def receive(lot_id: UUID) -> web.Answer:
    """At the body's door: every bottle off the lorry is scanned, or all are taken at once."""
    who, form = web.viewer(), BottleCodeForm()
    lot = lot_of(lot_id, by=who)
    if lot.body_id != who.organisation_id or lot.state not in TAKES_BOTTLES:
        raise NotFound
    arrived, problem = None, ""
    if request.method == "POST":
        checked(form)
        try:
            with transaction():
                lot = lot_of(lot_id, by=who)
                arrived = receiving.receive(lot, form.code.data or "", by=who)
        except Invalid as refusal:
            problem = " ".join(error_texts(refusal).values())
    page = render_template(
        "lots/receive.html",
        arrived=arrived,
        problem=problem,
        code=form.code.data,
        is_open=lot.state in BEFORE_RECEIPT,
        form=ReceiptForm(formdata=None),
        **_around(lot),
    )
    return (page, 422) if problem else page


def _around(lot: Lot) -> dict[str, object]:
    """What stands on both pages around the box."""
    newest = rows_of(lot).where(LotRow.state != LotRowState.TAKEN_OUT).order_by(None)
    newest = newest.order_by(LotRow.received_at.desc(), LotRow.row_no.desc()).limit(LATEST)
    if lot.state is LotState.PACKING:
        newest = newest.order_by(None).order_by(LotRow.row_no.desc())
    return {
        "lot": lot,
        "counts": counts_of([lot])[lot.id],
        "latest": session.scalars(newest).all(),
        "names": names_of([lot.organisation_id, lot.body_id]),
        "name_of": name_of,
    }


@pages.post("/lots/<uuid:lot_id>/receive-all")
@web.allows(Action.APPROVE, Thing.LOT)
def receive_all(lot_id: UUID) -> web.Answer:
    """All that the paper says is there, as many as the page showed."""
    who, form = web.viewer(), CountForm()
    with transaction():
        lot = lot_of(lot_id, by=who)
        checked(form)
        number = receiving.receive_all(lot, form.count.data, by=who)
    flash(ngettext("%(num)d bottle received.", "%(num)d bottles received.", number), "success")
    return redirect(url_for("lot_scans.receive", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/receipt")
@web.allows(Action.APPROVE, Thing.LOT)
def sign(lot_id: UUID) -> web.Answer:
    """收检回执: what did not come is missing."""
    who, form = web.viewer(), ReceiptForm()
    with transaction():
        lot = lot_of(lot_id, by=who)
        checked(form)
        receiving.sign_receipt(lot, form.note.data or "", by=who)
    flash(gettext("The receipt is signed: the sender sees it, it can be printed."), "success")
    return redirect(url_for("lots.show", lot_id=lot_id))
