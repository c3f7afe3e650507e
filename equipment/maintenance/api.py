"""What readers at the lift and signed-in phones ask: swipes, and the checklist of a visit."""

from __future__ import annotations

import io
from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, jsonify, request
from PIL import Image
from sqlalchemy.exc import IntegrityError

from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument, keep, take
from equipment.files.content import IMAGES, PNG, checked
from equipment.maintenance import actions
from equipment.maintenance.actions import VisitProgress
from equipment.maintenance.answer_rules import LACKS
from equipment.maintenance.api_forms import (
    AnswersBody,
    ItemPhotoMessage,
    ItemPhotoResponse,
    PaperMessage,
    ProgressResponse,
    SignatureMessage,
    SwipeBody,
    SwipeResponse,
    VisitQuery,
    VisitResponse,
)
from equipment.maintenance.forms import ItemPhotoForm
from equipment.maintenance.listing import reply_text
from equipment.maintenance.models import StoredReason, SwipeAnswer, Visit
from equipment.maintenance.photos import add_photo, marks_of
from equipment.maintenance.queries import items_of, names_of, visit_at, visit_by_id
from equipment.maintenance.signatures import Signature, sign
from equipment.maintenance.states import Fence, PhotoDoubt, SignatureKind, SwipeOutcome, SwipeReason
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import Device
from equipment.people.rules import DeviceKind, Viewer
from equipment.regulation.checklists import Item
from equipment.regulation.item_readings import ItemReading
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage.db import in_transaction
from equipment.web import api, viewer
from equipment.web.language import translate

routes = api.blueprint("maintenance_api", __name__)
MOST_INK = 512 * 1024
# Of an item's answer what every version of the API tells; who else said what stands in `conflicts`.
ANSWER_FIELDS = frozenset({"answer", "note", "at", "by", "photo", "readings", "after", "sure"})
UNSIGNED = N_("Sign in the field first.")


def record_swipe(message: SwipeMessage, by: Viewer, device: Device | None = None) -> tuple[SwipeAnswer, bool]:
    """One swipe in a transaction of its own; whoever was a moment slower with the same id asks again and gets
    the stored answer."""
    try:
        return in_transaction(swipe, message, by=by, device=device)
    except IntegrityError:
        return in_transaction(swipe, message, by=by, device=device)


@routes.post("/swipes")
@api.token(DeviceKind.READER, DeviceKind.PHONE)
@api.described(body=SwipeBody, answer=SwipeResponse, statuses=(201, 200), problems=(409,))
def post_swipe() -> tuple[Response, int]:
    """刷卡: a card met a reader, or a phone the lift's label. It opens, joins or closes a visit."""
    body, device = api.body(SwipeBody), api.device()
    if device.kind == DeviceKind.READER and not body.card:
        raise Invalid({"card": N_("A reader sends the number of the card.")})
    if device.kind == DeviceKind.PHONE and not body.code:
        raise Invalid({"code": N_("A phone sends the code of the lift's label or the number of its plate.")})
    answer, fresh = record_swipe(body.message(), viewer(), device)
    return jsonify(swipe_json(answer)), 201 if fresh else 200


def swipe_json(answer: SwipeAnswer) -> dict[str, object]:
    """A stored answer with its texts in the caller's language."""
    names = names_of(answer["technicians"])
    return {
        "grade": PresenceGrade.NONE,  # answers of earlier versions do not say
        "fence": Fence.NONE,
        "distance_m": None,
        **answer,
        "allowed": answer["outcome"] != SwipeOutcome.REFUSED,
        "text": translate(SwipeOutcome(answer["outcome"]).label),
        "grade_text": translate(PresenceGrade(answer.get("grade", "")).label),
        "fence_text": translate(Fence(answer.get("fence", "")).label),
        "technicians": [
            {"id": person, "name": names.get(UUID(person), "")} for person in answer["technicians"]
        ],
        "reasons": [{**reason, "text": reason_text(reason)} for reason in answer["reasons"]],
    }


def reason_text(stored: StoredReason) -> str:
    return translate(Message(SwipeReason(stored["code"]).label, stored["params"]))


def _visit(visit_id: UUID, by: Viewer) -> Visit:
    """The visit a phone means: of paper records and corrections, which no swipe opened, its page names the
    lift as `lift`."""
    lift = id_in(api.query(VisitQuery).lift)
    return visit_at(by, lift, visit_id) if lift else visit_by_id(by, visit_id)


@routes.get("/visits/<uuid:visit_id>")
@api.token(DeviceKind.PHONE)
@api.described(query=VisitQuery, answer=VisitResponse)
def get_visit(visit_id: UUID) -> Response:
    """A visit with its checklist and what was answered so far."""
    return jsonify(visit_json(_visit(visit_id, viewer())))


@routes.put("/visits/<uuid:visit_id>/answers")
@api.token(DeviceKind.PHONE)
@api.described(body=AnswersBody, query=VisitQuery, answer=ProgressResponse, problems=(409,))
def put_answers(visit_id: UUID) -> Response:
    """Answers to items of the checklist; the newest of each stands."""
    body, who = api.body(AnswersBody), viewer()
    return jsonify(in_transaction(lambda: _answered(_visit(visit_id, who), body, who)))


def _answered(visit: Visit, body: AnswersBody, who: Viewer) -> dict[str, object]:
    return progress_json(
        actions.answer(visit, body.replies(), by=who, remark=body.remark, message_id=body.message_id)
    )


@routes.post("/visits/<uuid:visit_id>/photos")
@api.token(DeviceKind.PHONE)
@api.described(
    form=ItemPhotoMessage, query=VisitQuery, answer=ItemPhotoResponse, statuses=(201,), problems=(409,)
)
def post_photo(visit_id: UUID) -> tuple[Response, int]:
    """A photo of an item of the checklist."""
    who = viewer()
    _visit(visit_id, who)
    file = request.files.get("photo")
    if file is None:
        raise Invalid({"photo": N_("Send the photo as multipart field “photo”.")})
    photo = take(cast(BinaryIO, file.stream), file.filename or "photo", "photo", accept=IMAGES, field="photo")
    form = ItemPhotoForm()
    code, claim = form.code.data, form.claim

    def stored() -> tuple[str, list[str]]:
        row = add_photo(_visit(visit_id, who), code, photo, by=who, claim=claim)
        return str(row.id), marks_of(row)

    photo_id, marks = in_transaction(stored)
    words = {mark: translate(PhotoDoubt(mark).label) for mark in marks}
    return jsonify({"photo_id": photo_id, "code": code, "marks": words}), 201


@routes.post("/visits/<uuid:visit_id>/signature")
@api.token(DeviceKind.PHONE)
@api.described(form=SignatureMessage, query=VisitQuery, answer=ProgressResponse, problems=(409,))
def post_signature(visit_id: UUID) -> Response:
    """现场签名 on the technician's phone: multipart fields `signer_id` (a safety manager of the use unit),
    `drawing` (PNG) and, if the phone makes one, `message_id`. Phones of before sent `signer_name`."""
    who, file = viewer(), request.files.get("drawing")
    _visit(visit_id, who)
    signature = Signature(
        SignatureKind.ON_SITE,
        id_in(request.form.get("signer_id", "")),
        request.form.get("signer_name", ""),
        drawing(file.read(MOST_INK + 1) if file else b""),
    )
    return jsonify(in_transaction(lambda: _signed(_visit(visit_id, who), signature, who)))


@routes.post("/visits/<uuid:visit_id>/paper")
@api.token(DeviceKind.PHONE)
@api.described(form=PaperMessage, query=VisitQuery, answer=ProgressResponse, problems=(409,))
def post_paper(visit_id: UUID) -> Response:
    """The photo of a paper record: the lowest kind of signature. Multipart fields `photo` and, if known,
    `signer_id` and `message_id`."""
    who, file = viewer(), request.files.get("photo")
    _visit(visit_id, who)
    if file is None:
        raise Invalid({"photo": N_("Send the photo as multipart field “photo”.")})
    photo = take(
        cast(BinaryIO, file.stream), file.filename or "photo", "paper_record", accept=IMAGES, field="photo"
    )
    paper = Signature(SignatureKind.PAPER, id_in(request.form.get("signer_id", "")), image=photo)
    return jsonify(in_transaction(lambda: _signed(_visit(visit_id, who), paper, who)))


def _signed(visit: Visit, signature: Signature, who: Viewer) -> dict[str, object]:
    message_id = id_in(request.form.get("message_id", ""))
    return progress_json(sign(visit, signature, by=who, message_id=message_id))


def drawing(ink: bytes) -> StoredDocument:
    """The signature drawn on a screen, kept as a picture; an empty one is none."""
    if not ink or len(ink) > MOST_INK:
        raise Invalid({"drawing": UNSIGNED})
    sound = checked(io.BytesIO(ink), accept=frozenset({PNG}), largest_mb=1, field="drawing")
    with Image.open(io.BytesIO(sound.content)) as picture:  # as we have drawn it, so its size is bounded
        if picture.convert("RGBA").getchannel("A").getbbox() is None:
            raise Invalid({"drawing": UNSIGNED})
    return keep(sound, "signature.png", "signature")


def progress_json(progress: VisitProgress) -> dict[str, object]:
    """How far a checklist is, in the caller's language."""
    # an answer stored before items had several people has no conflicts
    disputed = progress.get("conflicts", {})
    names = names_of(reply["by"] for replies in disputed.values() for reply in replies if reply.get("by"))
    return {
        **progress,
        "missing": {code: translate(LACKS[lack]) for code, lack in progress["missing"].items()},
        "conflicts": {
            code: [reply_text(reply, names) for reply in replies] for code, replies in disputed.items()
        },
    }


def reading_json(reading: ItemReading) -> dict[str, object]:
    """A reading as a phone judges it."""
    return {
        "key": reading.key,
        "name": reading.name.zh,
        "name_en": reading.name.en,
        "unit": reading.unit,
        "decimals": reading.decimals,
        "at_least": reading.at_least,
        "at_most": reading.at_most,
        "usual": list(reading.usual) if reading.usual else None,
    }


def item_json(item: Item) -> dict[str, object]:
    """An item that nobody has answered yet."""
    return {
        "code": item.code,
        "place": str(item.place),
        "name": item.name.zh,
        "name_en": item.name.en,
        "must": item.must.zh,
        "must_en": item.must.en,
        "key": item.key,
        "photo_needed": item.photo,
        "readings_asked": [reading_json(one) for one in item.readings],
        "answer": "",
        "note": "",
    }


def visit_json(visit: Visit) -> dict[str, object]:
    items = [
        {
            **item_json(item),
            **{
                name: value
                for name, value in visit.answers.get(item.code, {}).items()
                if name in ANSWER_FIELDS
            },
        }
        for item in items_of(visit)
    ]
    return progress_json(actions.progress_of(visit)) | {
        "equipment_id": str(visit.equipment_id),
        "duty": visit.duty,
        "annex": visit.annex,
        "items": items,
        "opened_at": visit.opened_at.isoformat(),
        "closed_at": visit.closed_at.isoformat() if visit.closed_at else None,
    }
