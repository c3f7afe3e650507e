"""监督检查 from phones: a whole record as one message, once however often it comes; its drawings and photos stand
beside it."""

from __future__ import annotations

from typing import BinaryIO, Literal, cast
from uuid import UUID

from flask import Response, jsonify, request
from pydantic import BaseModel, Field

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.files.content import DOCUMENTS
from equipment.maintenance.api import drawing
from equipment.orders.models import InspectorOfOrder
from equipment.people.models import Organisation
from equipment.people.rules import DeviceKind
from equipment.storage.db import in_transaction, session
from equipment.supervision import actions
from equipment.supervision.actions import MOST_FINDINGS, MOST_PHOTOS, MOST_PIECES, CheckDraft, FindingDraft
from equipment.supervision.forms import CheckMessageForm
from equipment.supervision.models import CheckedUnit
from equipment.supervision.rules import CheckKind, Measure, UnitAnswer
from equipment.web import api, viewer
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.openapi import Answered

routes = api.blueprint("supervision_api", __name__)
MOST_INK = 512 * 1024
SIGNERS = ("unit", "inspector-1", "inspector-2", "inspector-3", "recorder")


class CheckInspectorBody(BaseModel):
    name: str = Field(max_length=30)
    certificate: str = Field("", max_length=40)


class CheckedUnitBody(BaseModel):
    """The unit as the record names it."""

    name: str = Field("", max_length=120)
    credit_code: str = Field("", max_length=18)
    legal_representative: str = Field("", max_length=60)
    safety_manager: str = Field("", max_length=60)
    address: str = Field("", max_length=200)
    contact: str = Field("", max_length=60)
    post: str = Field("", max_length=60)
    phone: str = Field("", max_length=30)
    roles: list[str] = Field(default_factory=list, max_length=12)


class CheckFindingBody(BaseModel):
    text: str = Field(max_length=1000)
    rule: str = Field("", max_length=30)
    rule_text: str = Field("", max_length=200)
    piece: UUID | None = None
    put_right: bool = False


class SupervisionCheckBody(RequestBody):
    """A record of a supervision check (order 57, annex 4)."""

    check_id: UUID
    unit_id: UUID
    kind: Literal["routine", "special", "after_licence", "other"]
    began_at: OffsetTime
    ended_at: OffsetTime
    inspectors: list[CheckInspectorBody] = Field(max_length=3)
    recorder: str = Field("", max_length=30)
    unit: CheckedUnitBody
    pieces: list[UUID] = Field(default_factory=list, max_length=MOST_PIECES)
    last_problems: str = Field("", max_length=1000)
    findings: list[CheckFindingBody] = Field(default_factory=list, max_length=MOST_FINDINGS)
    measures: list[Literal["order", "seal", "seize", "other"]] = Field(default_factory=list)
    other_measure: str = Field("", max_length=200)
    opinion: str = Field("", max_length=1000)
    answer: Literal["signed", "refused", "paper"]
    signer: str = Field("", max_length=60)
    witness: str = Field("", max_length=60)
    refusal: str = Field("", max_length=300)
    replaces: UUID | None = None
    reason: str = Field("", max_length=300)


class SupervisionCheckMessage(BaseModel):
    """`record` is the record as JSON; `signature-unit`, `signature-inspector-1` ... are drawings (PNG),
    `photo-1` ... photos or scans."""

    record: str


class SupervisionCheckResponse(Answered):
    """`again`: this message had come before. `order`: an order is still to be issued from it."""

    check_id: str
    number: str
    again: bool
    url: str
    order: bool


@routes.post("/checks")
@api.token(DeviceKind.PHONE)
@api.described(
    form=SupervisionCheckMessage, answer=SupervisionCheckResponse, statuses=(201, 200), problems=(403, 409)
)
def post_check() -> tuple[Response, int]:
    """A record of a supervision check, from a phone of the bureau."""
    who, body = viewer(), api.body(SupervisionCheckBody, (CheckMessageForm().record.data or "").encode())
    drawings, photos = _drawings(), _photos()
    recorded = in_transaction(lambda: actions.record(_draft(body, drawings, photos), by=who))
    check = recorded.check
    answer = {
        "check_id": str(check.id),
        "number": check.number,
        "again": recorded.is_again,
        "url": f"/supervision/checks/{check.organisation_id}/{check.id}",
        "order": Measure.ORDER in check.measures,
    }
    return jsonify(answer), 200 if recorded.is_again else 201


def _drawings() -> dict[str, StoredDocument]:
    """The drawn signatures, by whose they are."""
    files = {who: request.files.get(f"signature-{who}") for who in SIGNERS}
    return {who: drawing(file.read(MOST_INK + 1)) for who, file in files.items() if file is not None}


def _photos() -> list[StoredDocument]:
    files = [request.files.get(f"photo-{number}") for number in range(1, MOST_PHOTOS + 1)]
    return [
        take(cast(BinaryIO, file.stream), file.filename or "photo", "check", accept=DOCUMENTS, field="photos")
        for file in files
        if file is not None
    ]


def _draft(
    body: SupervisionCheckBody, drawings: dict[str, StoredDocument], photos: list[StoredDocument]
) -> CheckDraft:
    unit = session.get(Organisation, body.unit_id)
    if unit is None:
        raise Invalid({"unit_id": N_("There is no such unit on file.")})
    return CheckDraft(
        check_id=body.check_id,
        unit=unit,
        kind=CheckKind(body.kind),
        began_at=body.began_at,
        ended_at=body.ended_at,
        inspectors=[InspectorOfOrder(name=one.name, certificate=one.certificate) for one in body.inspectors],
        as_named=cast(CheckedUnit, body.unit.model_dump()),
        answer=UnitAnswer(body.answer),
        recorder=body.recorder,
        pieces=body.pieces,
        findings=[FindingDraft(**one.model_dump()) for one in body.findings],
        last_problems=body.last_problems,
        measures=[Measure(one) for one in body.measures],
        other_measure=body.other_measure,
        opinion=body.opinion,
        signer=body.signer,
        witness=body.witness,
        refusal=body.refusal,
        signatures=drawings,
        photos=photos,
        replaces=body.replaces,
        reason=body.reason,
    )
