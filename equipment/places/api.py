"""配送 for machines and for drivers' phones: what is on the way, and every bottle handed over or taken back,
each once however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from flask import Response, jsonify
from pydantic import Field, StringConstraints

from equipment.people.rules import SYSTEM, DeviceKind
from equipment.places import notes
from equipment.places.driving import ScanAtCustomer, keep_scan, when
from equipment.places.models import DeliveryNote, NoteRow
from equipment.places.notes import note_of, rows_of
from equipment.places.states import Discrepancy, NoteRowKind, NoteState, PlaceState
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.language import translate
from equipment.web.openapi import Answered

routes = api.blueprint("notes_api", __name__)
DELIVERING = (DeviceKind.PHONE, DeviceKind.FLOOR, DeviceKind.CONTROLLER, DeviceKind.UPLOAD)


class NoteScanMessage(RequestBody):
    """A bottle was handed over at the customer's, or taken back from him."""

    scan_id: UUID
    code: Annotated[
        str,
        StringConstraints(min_length=1, max_length=400),
        Field(description="What was read: a label or its address, another code, a stamped or own number."),
    ]
    kind: Literal["handed", "back"]
    happened_at: OffsetTime


class NoteEndMessage(RequestBody):
    """The driver is done at the customer's."""

    happened_at: OffsetTime


class NoteRowResponse(Answered):
    """One row. `discrepancy` says what was not as the records have it, `was` where the bottle was by them;
    a bottle that nobody can name has its `code` only."""

    row: int
    kind: NoteRowKind
    at: str
    code: str
    name: str
    discrepancy: Discrepancy | None
    was: PlaceState | None
    text: str


class NoteScanResponse(Answered):
    note_id: str
    again: bool
    row: NoteRowResponse


class NoteResponse(Answered):
    """A delivery note; a customer is known by his id alone."""

    note_id: str
    number: str
    state: NoteState
    customer_id: str
    plate: str
    left_at: str | None
    handed_at: str | None
    rows: list[NoteRowResponse]


@routes.get("/notes/<uuid:note_id>")
@api.token(*DELIVERING)
@api.described(answer=NoteResponse)
def one_note(note_id: UUID) -> Response:
    """A delivery note with its bottles."""
    return jsonify(_whole(note_of(note_id, by=viewer())))


@routes.post("/notes/<uuid:note_id>/bottles")
@api.token(*DELIVERING)
@api.described(body=NoteScanMessage, answer=NoteScanResponse, statuses=(201, 200), problems=(409,))
def keep(note_id: UUID) -> tuple[Response, int]:
    """What the driver saw is kept, also of a bottle that is elsewhere by the records, of another owner or on
    no file: that stands with its row. A note that has not left has left with it. The same bottle again is
    its row (200)."""
    message = api.body(NoteScanMessage)
    scan = ScanAtCustomer(message.scan_id, message.code, NoteRowKind(message.kind), message.happened_at)
    with transaction():
        kept = keep_scan(note_of(note_id, by=viewer()), scan, by=viewer())
        answer = {
            "note_id": str(note_id),
            "again": kept.is_again,
            "row": _record(kept.row, _bottles([kept.row]).get(kept.row.equipment_id)),
        }
    return jsonify(answer), 200 if kept.is_again else 201


@routes.put("/notes/<uuid:note_id>/delivered")
@api.token(*DELIVERING)
@api.described(body=NoteEndMessage, answer=NoteResponse, problems=(409,))
def end(note_id: UUID) -> Response:
    """The driver is done: bottles that he scanned are with the customer; where he scanned none, all that are
    on the note. Sent again it is as it was."""
    message = api.body(NoteEndMessage)
    with transaction():
        note = note_of(note_id, by=viewer())
        answer = _whole(notes.hand_over(note, at=when(note, message.happened_at), by=viewer()))
    return jsonify(answer)


def _whole(note: DeliveryNote) -> dict[str, object]:
    session.flush()
    rows = session.scalars(rows_of(note)).all()
    bottles = _bottles(rows)
    return {
        "note_id": str(note.id),
        "number": note.number,
        "state": note.state,
        "customer_id": str(note.customer_id),
        "plate": note.plate,
        "left_at": note.left_at.isoformat() if note.left_at else None,
        "handed_at": note.handed_at.isoformat() if note.handed_at else None,
        "rows": [_record(row, bottles.get(row.equipment_id)) for row in rows],
    }


def _bottles(rows: Sequence[NoteRow]) -> dict[UUID | None, Equipment]:
    ids = [row.equipment_id for row in rows if row.equipment_id]
    return {bottle.id: bottle for bottle in pieces(SYSTEM, ids)}


def _record(row: NoteRow, bottle: Equipment | None) -> dict[str, object]:
    """A row; of another owner's bottle no more than what was read."""
    is_shown = bottle is not None and row.discrepancy is not Discrepancy.FOREIGN
    label = spelt(bottle.label_code) if bottle and is_shown and bottle.label_code else row.code
    return {
        "row": row.row_no,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "code": label,
        "name": translate(called(bottle)) if bottle and is_shown else row.code,
        "discrepancy": row.discrepancy,
        "was": row.was,
        "text": "，".join(translate(one.label) for one in (row.discrepancy, row.was) if one)
        if row.discrepancy
        else "",
    }
