"""超期核查 for officers' phones: what was seen at a piece, each once however often it is told, and its photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Literal, cast
from uuid import UUID

from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from equipment.core.errors import Invalid
from equipment.core.geo import stated_position
from equipment.core.words import N_
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.storage.db import session, transaction
from equipment.walks.actions import WalkTap, add_photo, record_outcome
from equipment.walks.forms import WalkPhotoForm
from equipment.walks.models import WalkRow
from equipment.walks.queries import PHOTO, round_of, row_of, rows_of, unit_names
from equipment.walks.rules import NOTE_LENGTH
from equipment.walks.states import WalkOutcome, WalkRowState
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.language import translate
from equipment.web.openapi import Answered

routes = api.blueprint("walks_api", __name__)


class WalkOutcomeMessage(RequestBody):
    """What an officer saw at the piece of a row: one tap. Said again with another id it corrects the earlier
    one. The position is where the phone was (WGS-84); without one nothing is lacking."""

    message_id: UUID
    row: int = Field(ge=1, description="The number of the row in its round.")
    outcome: Literal["in_use", "stopped", "removed", "absent", "applied", "inspected"]
    happened_at: OffsetTime
    note: str = Field("", max_length=NOTE_LENGTH)
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None


class WalkPhotoMessage(BaseModel):
    """A photo of a row, at most once each: the same one again is the one that is there."""

    photo: api.File
    row: str = Field(description="The number of the row in its round.")


class WalkRowResponse(Answered):
    """One row as it stands. `due_on` is null where no inspection is known."""

    row: int
    equipment_id: str
    name: str
    place: str
    unit: str
    due_on: str | None
    applied: bool
    state: WalkRowState
    outcome: WalkOutcome | None
    happened_at: str | None
    note: str


class WalkOutcomeResponse(Answered):
    """`again`: this message had come before. `older`: a later tap stands, this one is in the ledger."""

    again: bool
    older: bool
    row: WalkRowResponse
    text: str


class WalkPhotoResponse(Answered):
    photo_id: str
    row: int


class WalkResponse(Answered):
    """A round with its rows in the order of the visit."""

    walk_id: str
    number: str
    area: str
    due_on: str
    closed_at: str | None
    rows: list[WalkRowResponse]


@routes.get("/walks/<uuid:walk_id>")
@api.token(DeviceKind.PHONE)
@api.described(answer=WalkResponse)
def one_walk(walk_id: UUID) -> Response:
    """A round of the office's own area."""
    walk = round_of(viewer(), walk_id)
    rows = session.scalars(rows_of(walk)).all()
    return jsonify(
        {
            "walk_id": str(walk.id),
            "number": walk.number,
            "area": walk.area,
            "due_on": walk.due_on.isoformat(),
            "closed_at": walk.closed_at.isoformat() if walk.closed_at else None,
            "rows": _rows(rows),
        }
    )


@routes.post("/walks/<uuid:walk_id>/outcomes")
@api.token(DeviceKind.PHONE)
@api.described(body=WalkOutcomeMessage, answer=WalkOutcomeResponse, statuses=(201, 200), problems=(403, 409))
def post_outcome(walk_id: UUID) -> tuple[Response, int]:
    """What was seen is on the row until the county settles it. A row that was settled or closed meanwhile is
    refused (409) and says so."""
    message = api.body(WalkOutcomeMessage)
    tap = WalkTap(
        message.message_id,
        WalkOutcome(message.outcome),
        message.happened_at,
        message.note,
        position=stated_position(message.latitude, message.longitude, message.accuracy_m),
    )
    with transaction():
        recorded = record_outcome(round_of(viewer(), walk_id), message.row, tap, by=viewer())
        answer = {
            "again": recorded.is_again,
            "older": recorded.is_older,
            "row": _rows([recorded.row])[0],
            "text": translate(recorded.row.outcome.label) if recorded.row.outcome else "",
        }
    return jsonify(answer), 200 if recorded.is_again else 201


@routes.post("/walks/<uuid:walk_id>/photos")
@api.token(DeviceKind.PHONE)
@api.described(form=WalkPhotoMessage, answer=WalkPhotoResponse, statuses=(201,), problems=(403, 409))
def post_photo(walk_id: UUID) -> tuple[Response, int]:
    """A photo of a row; multipart fields `photo` and `row`."""
    walk, file, form = round_of(viewer(), walk_id), request.files.get("photo"), WalkPhotoForm()
    if file is None:
        raise Invalid({"photo": N_("Send the photo as multipart field “photo”.")})
    row_no = row_of(walk, form.row_no).row_no
    photo = take(cast(BinaryIO, file.stream), file.filename or "photo", PHOTO, accept=IMAGES, field="photo")
    with transaction():
        attachment = add_photo(round_of(viewer(), walk_id), row_no, photo, by=viewer())
        answer = {"photo_id": str(attachment.id), "row": row_no}
    return jsonify(answer), 201


def _rows(rows: Sequence[WalkRow]) -> list[dict[str, object]]:
    session.flush()
    by_id = {piece.id: piece for piece in pieces(SYSTEM, [row.equipment_id for row in rows])}
    names = unit_names(rows)
    return [_row(row, by_id[row.equipment_id], names.get(row.use_unit_id, "")) for row in rows]


def _row(row: WalkRow, piece: Equipment, unit: str) -> dict[str, object]:
    return {
        "row": row.row_no,
        "equipment_id": str(row.equipment_id),
        "name": translate(called(piece)),
        "place": " ".join(part for part in (piece.address, piece.position) if part),
        "unit": unit,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "applied": row.applied,
        "state": row.state,
        "outcome": row.outcome,
        "happened_at": row.happened_at.isoformat() if row.happened_at else None,
        "note": row.note,
    }
