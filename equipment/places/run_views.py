"""配送 on the driver's phone: pages that open without a signal; what he scans waits on the phone until there is
one."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.core.ids import NOBODY
from equipment.people.device_views import phone_token
from equipment.people.rules import SYSTEM, Action, Thing
from equipment.places.driving import driver_notes
from equipment.places.models import DeliveryNote
from equipment.places.notes import note_of, rows_of
from equipment.places.queries import customers_named
from equipment.places.states import NoteRowKind, NoteState
from equipment.register.queries import pieces
from equipment.storage.db import session
from equipment.web.offline import offline

pages = Blueprint("runs", __name__)
MOST = 100  # notes on a phone: those of a day


@pages.get("/places/run")
@web.allows(Action.CHANGE, Thing.PLACE)
def index() -> web.Answer:
    """The notes that are on the way, kept on the phone with their bottles."""
    who = web.viewer()
    listed = driver_notes(who).order_by(DeliveryNote.opened_at.desc(), DeliveryNote.id).limit(MOST)
    notes = session.scalars(listed).all()
    return offline(
        render_template(
            "places/run.html",
            notes=notes,
            customers=customers_named(who, [note.customer_id for note in notes]),
        )
    )


@pages.get("/places/run/<uuid:note_id>")
@web.allows(Action.CHANGE, Thing.PLACE)
def show(note_id: UUID) -> web.Answer:
    """One note in the driver's hand: bottles handed over, empties taken back."""
    who = web.viewer()
    note = note_of(note_id, by=who)
    every = [row for row in session.scalars(rows_of(note)) if row.kind is not NoteRowKind.OFF]
    met = {row.equipment_id for row in every if row.kind is not NoteRowKind.OUT}
    # what is still to be handed over, and what was done
    rows = [row for row in every if row.kind is not NoteRowKind.OUT or row.equipment_id not in met]
    bottles = {
        bottle.id: bottle for bottle in pieces(SYSTEM, [row.equipment_id for row in rows if row.equipment_id])
    }
    return offline(
        render_template(
            "places/run_note.html",
            note=note,
            customer=customers_named(who, [note.customer_id]).get(note.customer_id),
            rows=[(row, bottles.get(row.equipment_id or NOBODY)) for row in rows],
            counts=Counter(row.kind for row in every),
            kinds=NoteRowKind,
            is_done=note.state in (NoteState.DELIVERED, NoteState.CANCELLED),
        )
    )


@pages.post("/places/run/phone")
@web.allows(Action.CHANGE, Thing.PLACE)
def phone() -> web.Answer:
    """A token for the phone of the driver who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Delivery phone"))
