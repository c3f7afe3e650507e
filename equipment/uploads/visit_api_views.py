"""/api/v1/firm/visits: maintenance records of the systems of firms, by their own numbers."""

from __future__ import annotations

from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, jsonify, request

from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.intake.rules import content_of
from equipment.maintenance.actions import progress_of
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.api import drawing, progress_json
from equipment.maintenance.api_forms import ItemPhotoMessage
from equipment.maintenance.forms import ItemPhotoForm
from equipment.maintenance.models import Visit
from equipment.maintenance.photos import marks_of
from equipment.maintenance.queries import names_of
from equipment.maintenance.reported import ReportedVisit
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import PhotoDoubt, SignatureKind
from equipment.people.rules import DeviceKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage.db import in_transaction
from equipment.uploads import visits
from equipment.uploads.api import blueprint, iso, number_in_body, once
from equipment.uploads.api_forms import (
    CorrectionBody,
    MoreAnswersBody,
    ReasonBody,
    ReportedAnswer,
    UploadedPhotoResponse,
    UploadedVisitResponse,
    VisitBody,
    VisitSignatureMessage,
)
from equipment.uploads.attempts import about
from equipment.uploads.records import numbers_of
from equipment.uploads.staff import people_named
from equipment.uploads.states import UploadKind, UploadStep
from equipment.web import api, viewer
from equipment.web.language import translate

routes = blueprint("firm_visits_api")


@routes.post("/firm/visits")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=VisitBody, answer=UploadedVisitResponse, statuses=(201, 200), problems=(409, 429))
def post_visit() -> tuple[Response, int]:
    """A maintenance record with its answers. Photos and the signature follow; what is missing is named, and
    the record counts once it is there."""
    about(UploadStep.VISIT, number_in_body(), number_in_body("lift"), is_new=True)
    body, who = api.body(VisitBody), viewer()
    content = content_of(**body.model_dump(mode="json", exclude={"record_id"}))

    def bring() -> tuple[Visit, bool]:
        people = people_named(who, body.technicians)
        reported = ReportedVisit(body.duty, body.arrived.end(), body.left.end(), people)
        brought = visits.BroughtVisit(
            body.record_id, body.lift, reported, body.replies(), body.remark, body.problems
        )
        return visits.bring_visit(brought, content, by=who)

    visit, is_new = once(bring)
    return jsonify(visit_json(visit)), 201 if is_new else 200


@routes.get("/firm/visits/<record_id>")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(answer=UploadedVisitResponse, problems=(429,))
def get_visit(record_id: str) -> Response:
    """A record as it stands now: what it lacks, whether it counts, whether it is signed or disputed."""
    return jsonify(visit_json(visits.visit_called(viewer(), record_id)))


@routes.put("/firm/visits/<record_id>/answers")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=MoreAnswersBody, answer=UploadedVisitResponse, problems=(409, 429))
def put_visit_answers(record_id: str) -> Response:
    """Answers that lacked, or that change before the record is signed; the newest of each item stands."""
    about(UploadStep.ANSWERS, record_id)
    body, who = api.body(MoreAnswersBody), viewer()

    def more() -> Visit:
        visit = visits.visit_called(who, record_id)
        return visits.answer_more(visit, _replies(body.answers, visit), body.remark, by=who)

    return jsonify(visit_json(in_transaction(more)))


def _replies(answers: list[ReportedAnswer], visit: Visit) -> list[ItemReply]:
    assert visit.closed_at is not None  # it was reported when it was over
    return [one.reply(one.happened_at or visit.closed_at) for one in answers]


@routes.post("/firm/visits/<record_id>/photos")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(form=ItemPhotoMessage, answer=UploadedPhotoResponse, statuses=(201, 200), problems=(409, 429))
def post_visit_photo(record_id: str) -> tuple[Response, int]:
    """A photo of an item, with what the camera says of time and place; the same again is the one that is
    there."""
    about(UploadStep.PHOTO, record_id, is_new=True)
    who, file = viewer(), request.files.get("photo")
    visits.visit_called(who, record_id)
    if file is None:
        raise Invalid({"photo": N_("Send the photo as multipart field “photo”.")})
    photo = take(cast(BinaryIO, file.stream), file.filename or "photo", "photo", accept=IMAGES, field="photo")
    form = ItemPhotoForm()
    code, claim = form.code.data, form.claim

    def stored() -> tuple[str, list[str], bool]:
        visit = visits.visit_called(who, record_id)
        row, is_new = visits.photograph(visit, code, photo, claim, by=who)
        return str(row.id), marks_of(row), is_new

    photo_id, marks, is_new = in_transaction(stored)
    words = {mark: translate(PhotoDoubt(mark).label) for mark in marks}
    answer = {"record_id": record_id, "photo_id": photo_id, "code": code, "marks": words}
    return jsonify(answer), 201 if is_new else 200


@routes.post("/firm/visits/<record_id>/signature")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(form=VisitSignatureMessage, answer=UploadedVisitResponse, problems=(409, 429))
def post_visit_signature(record_id: str) -> Response:
    """How the use unit signed: drawn on the firm's device, or on paper. The unit hears of it and may object
    for some days; only its own account is called signed."""
    about(UploadStep.SIGNATURE, record_id)
    who = viewer()
    visits.visit_called(who, record_id)
    signature = _signature()

    def sign() -> Visit:
        return visits.bring_signature(visits.visit_called(who, record_id), signature, by=who)

    return jsonify(visit_json(in_transaction(sign)))


def _signature() -> Signature:
    drawn, paper, name = (
        request.files.get("drawing"),
        request.files.get("paper"),
        request.form.get("signer", ""),
    )
    if drawn is not None:
        return Signature(SignatureKind.ON_SITE, name=name, image=drawing(drawn.read()))
    if paper is None:
        raise Invalid({"drawing": N_("Send the signature as multipart field “drawing” or “paper”.")})
    photo = take(
        cast(BinaryIO, paper.stream), paper.filename or "photo", "paper_record", accept=IMAGES, field="paper"
    )
    return Signature(SignatureKind.PAPER, name=name, image=photo)


@routes.post("/firm/visits/<record_id>/correction")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=CorrectionBody, answer=UploadedVisitResponse, statuses=(201, 200), problems=(409, 429))
def post_visit_correction(record_id: str) -> tuple[Response, int]:
    """A signed record was wrong: a new one under a new number takes its place, with the reason. Both stay,
    and the use unit signs the new one."""
    about(UploadStep.CORRECTION, number_in_body(), is_new=True)
    body, who = api.body(CorrectionBody), viewer()
    content = content_of(corrects=record_id, **body.model_dump(mode="json", exclude={"record_id"}))

    def correct() -> tuple[Visit, bool]:
        visit = visits.visit_called(who, record_id)
        replies = _replies(body.answers, visit)
        return visits.correct_visit(visit, body.record_id, body.reason, replies, body.remark, content, by=who)

    correction, is_new = once(correct)
    return jsonify(visit_json(correction)), 201 if is_new else 200


@routes.post("/firm/visits/<record_id>/withdrawal")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=ReasonBody, answer=UploadedVisitResponse, problems=(409, 429))
def post_visit_withdrawal(record_id: str) -> Response:
    """A record that nobody has signed is void, with the reason; it stays on record and its duty is open."""
    about(UploadStep.WITHDRAWAL, record_id)
    body, who = api.body(ReasonBody), viewer()

    def withdraw() -> Visit:
        return visits.withdraw_visit(visits.visit_called(who, record_id), body.reason, by=who)

    return jsonify(visit_json(in_transaction(withdraw)))


def visit_json(visit: Visit) -> dict[str, object]:
    """A record as it stands, in the caller's language."""
    targets = [visit.id, *([visit.supersedes_id] if visit.supersedes_id else [])]
    numbers = numbers_of(UploadKind.VISIT, targets)
    if visit.id not in numbers:
        raise NotFound
    names, grade = names_of(visit.technicians), PresenceGrade(visit.grade)
    before = numbers.get(visit.supersedes_id) if visit.supersedes_id else None
    people = [{"id": person, "name": names.get(UUID(person), "")} for person in visit.technicians]
    return progress_json(progress_of(visit)) | {
        "record_id": numbers[visit.id],
        "lift_id": str(visit.equipment_id),
        "number": visit.number,
        "duty": visit.duty,
        "technicians": people,
        "arrived_at": visit.opened_at.isoformat(),
        "left_at": visit.closed_at.isoformat() if visit.closed_at else None,
        "received_at": visit.received_at.isoformat(),
        "changed_at": visit.changed_at.isoformat(),
        "grade": grade,
        "grade_text": translate(grade.label),
        "next_duty": visit.next_duty,
        "next_on": iso(visit.next_on),
        "supersedes": before,
        "superseded": visit.superseded,
        "void_reason": visit.correction_reason if visit.voided_at else "",
    }
