"""送检 on screen: lots with their states, one lot with its bottles, opened and handed over by the station."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.lots import listing, packing, sources
from equipment.lots.forms import DueBottlesForm, HandOverForm, OpenLotForm
from equipment.lots.models import Lot, LotRow
from equipment.lots.packing import Packed
from equipment.lots.queries import SORTS, bodies, counts_of, lot_of, lots, people_named, rows_of
from equipment.lots.states import HAND_OVER, RECEIPT, Difference, LotRowState, LotState
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.cylinder_words import Variety
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, labelled, step_with_reason, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("lots", __name__)
# What the approvals on file of a body may name.
COVERED = {kind.key: kind.label for kind in CATEGORIES} | {kind.value.upper(): kind.label for kind in Variety}
WINDOWS = (
    ("overdue", N_("Overdue")),
    ("30", N_("Within 30 days")),
    ("60", N_("Within 60 days")),
    ("90", N_("Within 90 days")),
)
ROW_SORTS = {"row": (LotRow.row_no,), "due_on": (LotRow.state, LotRow.row_no)}


@dataclass(frozen=True, slots=True)
class LotSide:
    """Which side of a lot the viewer stands on, and what is his to do there."""

    packs: bool
    receives: bool
    inspects: bool

    @classmethod
    def of(cls, viewer: Viewer, lot: Lot) -> LotSide:
        sends = viewer.organisation_id == lot.organisation_id and may(viewer, Action.CHANGE, Thing.LOT)
        takes = viewer.organisation_id == lot.body_id and may(viewer, Action.APPROVE, Thing.LOT)
        return cls(
            packs=sends and lot.state is LotState.PACKING,
            receives=takes and lot.state in (LotState.ON_WAY, LotState.ARRIVING),
            inspects=takes and lot.state is LotState.RECEIVED,
        )


@pages.route("/lots", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LOT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if taken := exported("lots.export", filters, by=who, title=gettext("Lots to inspection")):
        return taken
    page = paginate(lots(who, filters), SORTS, default="-opened")
    is_body = who.organisation_kind is OrganisationKind.BODY
    return render_template(
        "lots/index.html",
        page=replace(page, rows=listing.lot_summaries(page.rows)),
        states=[
            ("open", gettext("Not finished")),
            ("incoming", gettext("To be received")),
            ("away", gettext("Not back yet")),
            *labelled(LotState),
        ],
        bottles=[
            ("differing", gettext("with differences")),
            ("unjudged", gettext("without a verdict")),
            ("judged", gettext("inspected, still on the line")),
        ],
        bodies=[] if is_body else [(str(body.body_id), body.name) for body in bodies(clock.today())],
        areas=area_options(who) if who.oversees else [],
        may_open=may(who, Action.CREATE, Thing.LOT),
        is_body=is_body,
    )


@pages.route("/lots/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.LOT)
def new() -> web.Answer:
    """A new lot to a body; bottles that were ticked in a list go in at once, or into one that is open."""
    who = web.viewer()
    form = OpenLotForm(formdata=None) if request.method == "GET" else OpenLotForm()
    return _open(form, who, is_sent=request.method == "POST")


@pages.post("/lots/ticked")
@web.allows(Action.CREATE, Thing.LOT)
def ticked() -> web.Answer:
    """The ticked rows of a list of what is due: into which lot?"""
    return _open(OpenLotForm(), web.viewer(), is_sent=False)


def _open(form: OpenLotForm, who: Viewer, *, is_sent: bool) -> web.Answer:
    packing_now = session.scalars(lots(who, {"state": LotState.PACKING}).order_by(Lot.opened_at.desc())).all()
    approved = bodies(clock.today())
    form.lot.choices = [("", gettext("A new lot")), *((str(lot.id), lot.number) for lot in packing_now)]
    form.body.choices = [(str(body.body_id), body.name) for body in approved]
    if is_sent:
        opened_lot = submitted(form, lambda: _packed_into(form, who))
        if opened_lot is not None:
            lot, packed = opened_lot
            say_packed(packed)
            return redirect(url_for("lots.show", lot_id=lot.id))
    form.lot_id.data = form.lot_id.data or new_id()
    page = render_template(
        "lots/new.html",
        form=form,
        approved=approved,
        has_open=bool(packing_now),
        chosen=form.id.data or [],
        labels=COVERED,
    )
    return (page, form.http_status) if is_sent else page


def _packed_into(form: OpenLotForm, who: Viewer) -> tuple[Lot, Packed | None]:
    there = id_in(form.lot.data or "")
    lot = (
        lot_of(there, by=who)
        if there
        else packing.open_lot(
            form.lot_id.data or new_id(), body_chosen(form.body.data or ""), note=form.note.data or "", by=who
        )
    )
    return lot, packing.pack_many(lot, form.id.data, by=who) if form.id.data else None


def body_chosen(text: str) -> UUID:
    """The body that a form names; one that nobody has where it names none, which opening a lot refuses."""
    return id_in(text) or new_id()


@pages.route("/lots/<uuid:lot_id>", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.LOT)
def show(lot_id: UUID) -> web.Answer:
    who = web.viewer()
    lot = lot_of(lot_id, by=who)
    if taken := exported("lots.bottles.export", {"lot": str(lot.id)}, by=who, title=lot.number):
        return taken
    rows = rows_of(lot)
    state, difference = request.args.get("state", ""), request.args.get("difference", "")
    if state in set(LotRowState):
        rows = rows.where(LotRow.state == state)
    elif state != "all":
        rows = rows.where(LotRow.state != LotRowState.TAKEN_OUT)
    if difference in set(Difference):
        rows = rows.where(LotRow.difference == difference)
    people = people_named([lot.opened_by, lot.handed_by, lot.received_by])
    side = LotSide.of(who, lot)
    return render_template(
        "lots/show.html",
        lot=lot,
        page=paginate(rows, ROW_SORTS, default="row"),
        counts=counts_of([lot])[lot.id],
        side=side,
        names=names_of([lot.organisation_id, lot.body_id]),
        people=people,
        may_withdraw=who.organisation_id == lot.organisation_id
        and may(who, Action.CHANGE, Thing.LOT)
        and lot.state in (LotState.PACKING, LotState.ON_WAY),
        may_report=who.organisation_id == lot.body_id
        and may(who, Action.APPROVE, Thing.LOT)
        and lot.inspected_on is not None
        and not lot.report_no,
        states=[("all", gettext("All, also those taken out")), *labelled(LotRowState)],
        differences=labelled(Difference),
        windows=[(window, translate(label)) for window, label in WINDOWS],
        sorted_out=len(sources.sorted_out(who)) if side.packs else 0,
        hand_over_form=HandOverForm(formdata=None),
    )


@pages.post("/lots/<uuid:lot_id>/due")
@web.allows(Action.CHANGE, Thing.LOT)
def add_due(lot_id: UUID) -> web.Answer:
    """Bottles that are due go in by the window that was chosen."""
    who, form = web.viewer(), DueBottlesForm()
    form.window.choices = list(WINDOWS)
    with transaction():
        lot = lot_of(lot_id, by=who)
        checked(form)
        packed = packing.pack_many(lot, sources.due_bottles(who, form.window.data), by=who)
    say_packed(packed)
    return redirect(url_for("lots.show", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/sorted")
@web.allows(Action.CHANGE, Thing.LOT)
def add_sorted(lot_id: UUID) -> web.Answer:
    """What 收瓶 sorted to 待送检 goes in."""
    who = web.viewer()
    with transaction():
        lot = lot_of(lot_id, by=who)
        packed = packing.pack_many(lot, sources.sorted_out(who), by=who)
    say_packed(packed)
    return redirect(url_for("lots.show", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/rows/<int:row_no>/out")
@web.allows(Action.CHANGE, Thing.LOT)
def take_out(lot_id: UUID, row_no: int) -> web.Answer:
    who = web.viewer()
    with transaction():
        packing.take_out(lot_of(lot_id, by=who), row_no, by=who)
    flash(gettext("Taken out of the lot."), "success")
    return redirect(url_for("lots.show", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/hand-over")
@web.allows(Action.CHANGE, Thing.LOT)
def hand_over(lot_id: UUID) -> web.Answer:
    who, form = web.viewer(), HandOverForm()
    with transaction():
        lot = lot_of(lot_id, by=who)
        checked(form)
        packing.hand_over(lot, form.carrier.data or "", by=who)
    flash(gettext("Handed over: the inspection of every bottle is applied for."), "success")
    return redirect(url_for("lots.show", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/withdraw")
@web.allows(Action.CHANGE, Thing.LOT)
def withdraw(lot_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: lot_of(lot_id, by=who), lambda lot, reason: packing.withdraw_lot(lot, reason, by=who)
    )
    flash(gettext("The lot is withdrawn; its bottles are free for another."), "success")
    return redirect(url_for("lots.show", lot_id=lot_id))


@pages.post("/lots/<uuid:lot_id>/print/<any(hand_over, receipt):paper>")
@web.allows(Action.SEE, Thing.LOT)
def draw(lot_id: UUID, paper: str) -> web.Answer:
    """送检单 or 收检回执, drawn by the jobs process."""
    who = web.viewer()
    lot = lot_of(lot_id, by=who)
    titles = {
        HAND_OVER: gettext("Bottles sent to inspection %(number)s", number=lot.number),
        RECEIPT: gettext("Receipt of lot %(number)s", number=lot.number),
    }
    stated = {"lot_id": str(lot.id), "paper": paper, "sample": web.settings().is_demo}
    with transaction():
        task = enqueue("lots.paper", stated, by=who, title=titles[paper], locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


def say_packed(packed: Packed | None) -> None:
    """What putting many bottles in came to."""
    if packed is None:
        return
    flash(
        ngettext("%(num)d bottle put in.", "%(num)d bottles put in.", packed.count),
        "success" if packed.count else "warning",
    )
    for reason, number in packed.skipped:
        flash(
            ngettext(
                "%(num)d bottle left out: %(reason)s",
                "%(num)d bottles left out: %(reason)s",
                number,
                reason=translate(reason),
            ),
            "warning",
        )
