"""配送单 on desk and phone: opened, loaded by scanning, gone, handed over, empties taken back."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import Invalid
from equipment.core.ids import NOBODY, id_in, new_id
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.places import notes
from equipment.places.customers import add_customer
from equipment.places.models import Customer, DeliveryNote, NoteRow
from equipment.places.note_forms import DeliveryNoteForm, NoteScanForm
from equipment.places.notes import Asked, note_of, rows_of
from equipment.places.queries import customers_named
from equipment.places.states import NoteRowKind, NoteState
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, error_texts, labelled, step_with_reason, submitted
from equipment.web.pages import arguments, paginate

pages = Blueprint("notes", __name__)
SORTS = {"opened": (DeliveryNote.opened_at, DeliveryNote.id)}
LATEST = 6  # bottles that stand below the box


@pages.get("/places/notes")
@web.allows(Action.SEE, Thing.PLACE)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    listed = visible(who, DeliveryNote)
    if filters.get("state") in set(NoteState):
        listed = listed.where(DeliveryNote.state == filters["state"])
    if filters.get("customer"):
        listed = listed.where(DeliveryNote.customer_id == (id_in(filters["customer"]) or NOBODY))
    page = paginate(listed, SORTS, default="-opened")
    return render_template(
        "places/notes.html",
        page=page,
        states=labelled(NoteState),
        may_open=may(who, Action.CREATE, Thing.PLACE),
        customers=customers_named(who, [note.customer_id for note in page.rows]),
    )


@pages.route("/places/notes/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.PLACE)
def new() -> web.Answer:
    """For a customer of the list, or a new one."""
    who = web.viewer()
    form = DeliveryNoteForm(formdata=None) if request.method == "GET" else DeliveryNoteForm()
    own = visible(who, Customer).where(Customer.active).order_by(Customer.name, Customer.id).limit(500)
    choices = [(str(each.id), f"{each.name} {each.address}") for each in session.scalars(own)]
    form.customer.choices = [("", gettext("A new customer")), *choices]
    if request.method == "POST":
        note = submitted(form, lambda: _opened(form, who))
        if note is not None:
            return redirect(url_for("notes.scan", note_id=note.id))
    else:
        form.customer.data = request.args.get("customer", "")
    form.note_id.data = form.note_id.data or new_id()
    page = render_template("places/note_new.html", form=form)
    return (page, form.http_status) if request.method == "POST" else page


def _opened(form: DeliveryNoteForm, who: Viewer) -> DeliveryNote:
    customer = id_in(form.customer.data or "")
    if customer is None:
        customer = add_customer(form.name.data, form.address.data, form.phone.data, by=who).id
    key = form.note_id.data or new_id()
    return notes.open_note(key, customer, form.plate.data, form.driver.data, by=who)


@pages.get("/places/notes/<uuid:note_id>")
@web.allows(Action.SEE, Thing.PLACE)
def show(note_id: UUID) -> web.Answer:
    return render_template("places/note.html", **_around(note_of(note_id, by=web.viewer())))


@pages.route("/places/notes/<uuid:note_id>/scan", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.PLACE)
def scan(note_id: UUID) -> web.Answer:
    """The gun's page: before it leaves bottles go on, after it empties come back."""
    who, form = web.viewer(), NoteScanForm()
    row, asked, problem = None, None, ""
    if request.method == "POST":
        checked(form)
        try:
            with transaction():
                note = note_of(note_id, by=who)
                if note.state is NoteState.LOADING:
                    answer = notes.load(note, form.code.data, sure=form.sure.data == "1", by=who)
                    row, asked = (None, answer) if isinstance(answer, Asked) else (answer, None)
                else:
                    row = notes.take_back(note, form.code.data, by=who)
        except Invalid as refusal:
            problem = " ".join(error_texts(refusal).values())
    page = render_template(
        "places/note_scan.html",
        row=row,
        asked=asked,
        problem=problem,
        code=form.code.data,
        latest=LATEST,
        **_around(note_of(note_id, by=who)),
    )
    return (page, 422) if problem else page


@pages.post("/places/notes/<uuid:note_id>/<any(leave, deliver):step>")
@web.allows(Action.CHANGE, Thing.PLACE)
def move(note_id: UUID, step: str) -> web.Answer:
    """出站, or handed to the customer."""
    who = web.viewer()
    with transaction():
        note = note_of(note_id, by=who)
        (notes.leave if step == "leave" else notes.hand_over)(note, by=who)
    flash(gettext("Noted: it stands so at once."), "success")
    return redirect(url_for("notes.show", note_id=note_id))


@pages.post("/places/notes/<uuid:note_id>/cancel")
@web.allows(Action.CHANGE, Thing.PLACE)
def cancel(note_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: note_of(note_id, by=who), lambda note, reason: notes.cancel_note(note, reason, by=who)
    )
    flash(gettext("Cancelled: its bottles stay where they are."), "success")
    return redirect(url_for("notes.show", note_id=note_id))


@pages.post("/places/notes/<uuid:note_id>/rows/<int:row_no>/off")
@web.allows(Action.CHANGE, Thing.PLACE)
def unload(note_id: UUID, row_no: int) -> web.Answer:
    who = web.viewer()
    with transaction():
        notes.unload(note_of(note_id, by=who), row_no, by=who)
    return redirect(url_for("notes.show", note_id=note_id))


@pages.post("/places/notes/<uuid:note_id>/print")
@web.allows(Action.SEE, Thing.PLACE)
def draw(note_id: UUID) -> web.Answer:
    """The paper, drawn by the jobs process."""
    who = web.viewer()
    note = note_of(note_id, by=who)
    stated = {"note_id": str(note.id), "sample": web.settings().is_demo}
    title = gettext("Delivery note %(number)s", number=note.number)
    with transaction():
        task = enqueue("places.note", stated, by=who, title=title, locale=str(get_locale()))
    return redirect(url_for("tasks.task", task_id=task.id))


def _around(note: DeliveryNote) -> dict[str, object]:
    """A note with its bottles, and whom it goes to."""
    rows = session.scalars(rows_of(note)).all()
    bottles = {piece.id: piece for piece in pieces(SYSTEM, filter(None, (row.equipment_id for row in rows)))}
    paired: list[tuple[NoteRow, Equipment | None]] = [
        (row, bottles.get(row.equipment_id or NOBODY)) for row in rows
    ]
    met = {row.equipment_id for row in rows if row.kind in (NoteRowKind.HANDED, NoteRowKind.BACK)}
    loaded = {row.equipment_id for row in rows if row.kind is NoteRowKind.OUT}
    is_scanned = any(row.kind is NoteRowKind.HANDED for row in rows)
    who = web.viewer()
    return {
        "note": note,
        "rows": paired,
        "counts": Counter(row.kind for row in rows),
        "kinds": NoteRowKind,
        "undelivered": len(loaded - met) if is_scanned else 0,
        "customer": customers_named(who, [note.customer_id]).get(note.customer_id),
        "is_own": who.organisation_id == note.organisation_id,
    }
