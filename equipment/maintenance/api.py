"""What readers at the lift and signed-in phones ask: swipes, and the checklist of a visit."""

from __future__ import annotations

import io
from typing import Annotated, BinaryIO, Literal, cast
from uuid import UUID

from flask import Response, jsonify, request
from PIL import Image
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy.exc import IntegrityError

from equipment.core.errors import Invalid
from equipment.core.geo import Datum, GeoPosition, stated_position
from equipment.core.ids import id_in
from equipment.core.verdict import Effect
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument, keep, take
from equipment.files.content import IMAGES, PNG, checked
from equipment.maintenance import actions
from equipment.maintenance.actions import VisitProgress
from equipment.maintenance.answer_rules import LACKS, ItemReply
from equipment.maintenance.forms import ItemPhotoForm
from equipment.maintenance.listing import reply_text
from equipment.maintenance.models import StoredReason, SwipeAnswer, Visit
from equipment.maintenance.photos import add_photo, marks_of
from equipment.maintenance.queries import items_of, names_of, visit_at, visit_by_id
from equipment.maintenance.signatures import Signature, sign
from equipment.maintenance.states import (
    Direction,
    Fence,
    Flag,
    ItemAnswer,
    OtherSignature,
    PhotoDoubt,
    ReadBy,
    SignatureKind,
    SwipeOutcome,
    SwipeReason,
    SwipeVia,
    VisitState,
)
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import Device
from equipment.people.rules import DeviceKind, Viewer
from equipment.regulation.item_readings import ItemReading
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage.db import in_transaction
from equipment.web import api, viewer
from equipment.web.language import translate
from equipment.web.openapi import Answered, CitationResponse

routes = api.blueprint("maintenance_api", __name__)
MOST_ITEMS = 200
MOST_INK = 512 * 1024
# Of an item's answer what every version of the API tells; who else said what stands in `conflicts`.
ANSWER_FIELDS = frozenset({"answer", "note", "at", "by", "photo", "readings", "after", "sure"})
UNSIGNED = N_("Sign in the field first.")


class PositionBody(api.RequestBody):
    """Where the sender is, in degrees of its datum, and within how many metres. What means no place on earth
    is left out, and the answer says so (`fence`: `unreadable`): no swipe is lost for it."""

    latitude: float | str | None = None
    longitude: float | str | None = None
    accuracy_m: float | str | None = None
    datum: Datum = Datum.WGS84

    def stated(self) -> GeoPosition | None:
        return stated_position(self.latitude, self.longitude, self.accuracy_m, self.datum)


class SwipeBody(api.RequestBody):
    """A reader sends the card; a phone sends the label's code or the plate's number, and a second
    technician's card if one was shown. `how` says by what the phone read the code; a code of which it does
    not say so counts as typed."""

    swipe_id: UUID
    happened_at: api.OffsetTime
    card: str = Field(
        default="", max_length=64, description="The number of the card; a reader always sends it."
    )
    code: str = Field(
        default="", max_length=400, description="What was read at the lift; a phone always does."
    )
    direction: Direction = Direction.EITHER
    how: ReadBy | None = None
    position: PositionBody | None = None

    def message(self) -> SwipeMessage:
        here = self.position.stated() if self.position else None
        return SwipeMessage(
            self.swipe_id, self.happened_at, self.card, self.code, self.direction, how=self.how, position=here
        )


class TechnicianResponse(Answered):
    id: str
    name: str


class SwipeReasonResponse(Answered):
    """Why a swipe was refused or changes nothing."""

    code: SwipeReason
    effect: Effect
    params: dict[str, int]
    citation: CitationResponse
    text: str


class SwipeResponse(Answered):
    """A refusal is an answer too: `allowed` says which. `drift_s`: how far the device's clock is behind
    ours. `grade`: how well the swipe shows that somebody stood at the lift; `fence`: what became of the
    position that came with it, `distance_m` metres from the lift."""

    swipe_id: str
    outcome: SwipeOutcome
    allowed: bool
    text: str
    via: SwipeVia
    reasons: list[SwipeReasonResponse]
    visit_id: str | None
    equipment_id: str | None
    duty: str | None
    annex: str | None
    state: VisitState | None
    opened_at: str | None
    closed_at: str | None
    technicians: list[TechnicianResponse]
    flags: list[Flag]
    drift_s: int
    clock_doubted: bool
    grade: PresenceGrade
    grade_text: str
    fence: Fence
    fence_text: str
    distance_m: int | None


Typed = Annotated[str, BeforeValidator(lambda typed: str(typed) if isinstance(typed, int | float) else typed)]
Readings = Annotated[dict[str, Annotated[Typed, Field(max_length=40)]], Field(max_length=8)]


class AnswerBody(api.RequestBody):
    """One answer. `readings` are what was measured by the keys of the item's readings, as numbers or as they
    were typed; of what was adjusted, `after` are those afterwards; `sure`: an unusual one was looked at
    again."""

    code: str = Field(max_length=10)
    answer: ItemAnswer | None = None
    note: str = Field(default="", max_length=2000)
    happened_at: api.OffsetTime
    readings: Readings = Field(default_factory=dict)
    after: Readings = Field(default_factory=dict)
    sure: bool = False


class ProgressResponse(Answered):
    """How far a visit is: what its answers lack and what its people say of an item on which they disagree, by
    item; how it is signed, and whether it counts."""

    visit_id: str
    state: VisitState | Literal[OtherSignature.DRAWN_BEFORE]
    signature: SignatureKind | Literal[OtherSignature.DRAWN_BEFORE, ""]
    missing: dict[str, str]
    conflicts: dict[str, list[str]]
    counted: bool
    flags: list[Flag]


class ReadingResponse(Answered):
    """A reading that an item asks for. Limits and usual bounds are whole numbers of the smallest step: with
    one decimal, 70 is 7. Outside the usual bounds a phone asks once more."""

    key: str
    name: str
    name_en: str
    unit: str
    decimals: int
    at_least: int | None
    at_most: int | None
    usual: list[int] | None


class ItemResponse(Answered):
    """An item of the checklist with its answer; `at` is the phone's word, `by` the id of a person.
    `readings_asked`
    are the readings of the item; `readings` and `after` what was measured, in whole numbers of the smallest
    step; `photo_needed`: nothing without a photo."""

    code: str
    place: str
    name: str
    name_en: str
    must: str
    must_en: str
    key: bool
    answer: ItemAnswer | Literal[""] = ""
    note: str = ""
    at: str = ""
    by: str = ""
    photo: str = ""
    photo_needed: bool = False
    readings_asked: list[ReadingResponse] = Field(default_factory=list)
    readings: dict[str, int] = Field(default_factory=dict)
    after: dict[str, int] = Field(default_factory=dict)
    sure: bool = False


class VisitResponse(ProgressResponse):
    """A visit with its whole checklist."""

    equipment_id: str
    duty: str
    annex: str
    items: list[ItemResponse]
    opened_at: str
    closed_at: str | None


class ItemPhotoMessage(BaseModel):
    """A photo of an item, at most once each: the same one again is the one that is there. What else is said
    is the phone's word; nothing is refused for it, what cannot be read is left out and marked."""

    photo: api.File
    code: str = Field("", description="The item it shows.")
    taken_at: str = Field("", description="When it was taken, RFC 3339.")
    source: str = Field("", description="`camera` or `gallery`.")
    original_at: str = Field("", description="What the file itself says (EXIF), before it was drawn anew.")
    stamped: str = Field("", description="`1`: time, lift and item are written into the picture.")
    latitude: str = ""
    longitude: str = ""
    accuracy_m: str = ""


class ItemPhotoResponse(Answered):
    """`marks`: what is remarkable about the photo, with its words."""

    photo_id: str
    code: str
    marks: dict[str, str]


class SignatureMessage(BaseModel):
    """The use unit's signature as it was drawn."""

    signer_id: UUID | None = Field(None, description="A safety manager of the use unit.")
    signer_name: str = Field("", description="How phones of before named him.")
    drawing: api.File
    message_id: UUID | None = None


class PaperMessage(BaseModel):
    """The photo of a paper record that the use unit signed."""

    signer_id: UUID | None = Field(None, description="A safety manager of the use unit, if one is named.")
    photo: api.File
    message_id: UUID | None = None


class VisitQuery(api.Query):
    lift: str = Field("", description="The id of the lift, for visits that no swipe opened.")


class AnswersBody(api.RequestBody):
    """Any number of answers, in any order; the newest of each item stands. The same message again, by its id
    or without one by its content, changes nothing."""

    message_id: UUID | None = None
    answers: list[AnswerBody] = Field(default_factory=list, max_length=MOST_ITEMS)
    remark: str | None = Field(default=None, max_length=2000)

    def replies(self) -> list[ItemReply]:
        return [
            ItemReply(
                item.code, item.answer, item.note, item.happened_at, item.readings, item.after, item.sure
            )
            for item in self.answers
        ]


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


def visit_json(visit: Visit) -> dict[str, object]:
    items = [
        {
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
