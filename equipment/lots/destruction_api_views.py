"""销毁 for machines: one multipart message is the whole record, bottles and photos, as the page takes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from flask import Response, jsonify
from pydantic import BaseModel, Field
from wtforms.validators import DataRequired

from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.dues.applications import AT_ONCE
from equipment.lots import destroying
from equipment.lots.api_forms import ReadCode
from equipment.lots.destruction_forms import DestructionForm, photos_of_request
from equipment.lots.models import Destruction
from equipment.lots.states import DestructionMethod
from equipment.people.rules import DeviceKind, Thing, Viewer
from equipment.register.codes import parse
from equipment.register.queries import resolve_own
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.cursors import may_list
from equipment.web.forms import TickField, checked
from equipment.web.openapi import Answered

routes = api.blueprint("destructions_api", __name__)
DEVICES = (DeviceKind.FLOOR, DeviceKind.PHONE, DeviceKind.UPLOAD)
NOT_NAMED = N_("No bottle of yours has the code or number “%(text)s”, or several have.")


class DestructionMessage(BaseModel):
    """Scrapped bottles of one owner, made unusable on a day; the sender makes the record's id."""

    destruction_id: UUID
    bottle: list[ReadCode] = Field(
        min_length=1,
        max_length=AT_ONCE,
        description="Each bottle once, as a field of its own: its id, its last label though it is void, or a "
        "stamped or own number.",
    )
    on: date
    method: DestructionMethod
    witness: str = Field(max_length=60, description="Another person than the token's.")
    document_no: str = Field(max_length=60)
    remark: str = Field("", max_length=300)
    photos: list[api.File] = Field(min_length=1, max_length=6)


class DestroyedResponse(Answered):
    """A bottle of the record, with its last code, void for ever."""

    equipment_id: str
    code: str
    serial: str
    own_number: str
    reason: str


class DestructionResponse(Answered):
    """销毁记录."""

    destruction_id: str
    number: str
    organisation_id: str
    body_id: str
    on: date
    method: str
    witness: str
    document_no: str
    remark: str
    photos: int
    bottles: list[DestroyedResponse]


class DestructionMessageForm(DestructionForm):
    """The parts of the message, as the form of the page reads them; bottles by anything they are known by."""

    class Meta(DestructionForm.Meta):
        csrf = False  # a token is no session

    bottle = TickField("", [DataRequired()], choices=[], validate_choice=False)


@routes.post("/destructions")
@api.token(*DEVICES)
@api.described(form=DestructionMessage, answer=DestructionResponse, statuses=(201,), problems=(409,))
def post_destruction() -> tuple[Response, int]:
    """The bottles are destroyed on record, once for ever; what cannot be destroyed is named, and nothing is
    recorded. The token needs a person."""
    form, who = DestructionMessageForm(), viewer()
    checked(form)
    if form.destruction_id.data is None:
        raise Invalid({"destruction_id": N_("This cannot be read.")})
    ids = _named(form.bottle.data, who)
    photos = photos_of_request()
    with transaction():
        record = destroying.destroy(form.destruction_id.data, ids, form.draft(), photos, by=who)
        answer = _record(record)
    return jsonify(answer), 201


@routes.get("/destructions/<uuid:destruction_id>")
@api.token(*DEVICES)
@api.described(answer=DestructionResponse)
def one_destruction(destruction_id: UUID) -> Response:
    """A record with its bottles."""
    may_list(viewer(), Thing.LOT)
    return jsonify(_record(destroying.destruction_of(destruction_id, by=viewer())))


def _named(texts: Iterable[str], who: Viewer) -> list[UUID]:
    """The pieces that these ids, codes or numbers name."""
    ids = []
    for text in texts:
        key = id_in(text) or resolve_own(who, parse(text)).equipment_id
        if key is None:
            raise Invalid({"bottle": Message(NOT_NAMED, {"text": text[:60]})})
        ids.append(key)
    return ids


def _record(record: Destruction) -> dict[str, object]:
    session.flush()
    bottles = [
        {
            "equipment_id": str(one.equipment_id),
            "code": one.code,
            "serial": one.snapshot["serial"],
            "own_number": one.snapshot["own_number"],
            "reason": one.reason,
        }
        for one in session.scalars(destroying.bottles_of(record))
    ]
    return {
        "destruction_id": str(record.id),
        "number": record.number,
        "organisation_id": str(record.organisation_id),
        "body_id": str(record.body_id),
        "on": record.on.isoformat(),
        "method": record.method,
        "witness": record.witness,
        "document_no": record.document_no,
        "remark": record.remark,
        "photos": len(record.photos),
        "bottles": bottles,
    }
