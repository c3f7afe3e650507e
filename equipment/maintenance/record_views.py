"""The record of a visit: what was done, who signs it for the use unit, what is disputed, taken back or
corrected."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import BinaryIO, NamedTuple, Protocol, Self, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.files.queries import attachments_of
from equipment.maintenance import actions, disputes, records, signatures
from equipment.maintenance.answer_rules import in_conflict, replies_of
from equipment.maintenance.api import drawing
from equipment.maintenance.closing import piece_of
from equipment.maintenance.forms import (
    DisputeDecisionForm,
    PaperRecordForm,
    ReasonForm,
    SignatureForm,
    SignManyForm,
    VisitCorrectionForm,
)
from equipment.maintenance.listing import (
    listed_visits,
    organisation_names,
    people_of,
    photo_url,
    reply_text,
    shown_facts,
    shown_via,
)
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.queries import (
    disputed_visits,
    failed_items,
    items_of,
    names_of,
    swipes_of,
    to_sign,
    visit_at,
)
from equipment.maintenance.rules import flag_citation
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import ItemAnswer, SignatureKind, VisitState
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.detail_views import facts
from equipment.register.duties import duty_key
from equipment.register.hooks import delivery_of
from equipment.regulation.checklists import Item, LiftPlace, annex_checklist, by_place
from equipment.regulation.elevator_numbers import dispute_days, objection_days
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import rules
from equipment.storage.db import in_transaction, transaction
from equipment.web.forms import checked
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("visit_records", __name__)


class VisitStep(Protocol):
    """What needs nothing but a reason."""

    def __call__(self, visit: Visit, reason: str, /, *, by: Viewer) -> None: ...


STEPS: dict[str, VisitStep] = {
    "dispute": disputes.dispute,
    "reply": disputes.reply,
    "void": actions.take_back,
}
UNLISTED = "A"  # lifts whose checklist the firm sets (防爆, 消防员) are traction lifts too


class RecordSteps(NamedTuple):
    """What a viewer may do about a visit now."""

    sign: bool
    object: bool
    withdraw: bool
    draw: bool  # let the use unit's person sign on the technician's phone
    photograph: bool  # bring the photo of a paper record
    confirm: bool
    answer: bool
    reply: bool
    decide: bool
    correct: bool
    void: bool

    @classmethod
    def of(cls, visit: Visit, by: Viewer) -> Self:
        mine = actions.is_mine(visit, by)
        manages = visit.organisation_id == by.organisation_id and may(by, Action.APPROVE, Thing.VISIT)
        return cls(
            sign=actions.may_sign(visit, by) and signatures.waits_for_account(visit),
            object=actions.may_sign(visit, by) and signatures.may_object(visit),
            withdraw=actions.may_sign(visit, by) and visit.state == VisitState.DISPUTED,
            draw=mine and visit.state == VisitState.TO_SIGN,
            photograph=signatures.may_photograph(visit, by) and visit.state == VisitState.TO_SIGN,
            confirm=actions.may_say_was_me(visit, by),
            answer=mine and actions.is_answerable(visit) and not visit.counted,
            reply=manages and visit.state == VisitState.DISPUTED,
            decide=disputes.may_decide(visit, by),
            correct=manages and visit.state in records.CORRECTABLE and not visit.superseded,
            void=manages and visit.state in (VisitState.OPEN, VisitState.DISPUTED),
        )


class RecordRow(NamedTuple):
    """One item as the record has it, with the addresses of its photo and of the finding it became."""

    item: Item
    answer: ItemAnswer | None
    note: str
    photo: str
    finding: str
    conflict: list[str]  # what its people say where they disagree, or one took an 异常 back
    take_back: bool  # this viewer may take the 异常 back


def crew(visit: Visit, names: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """(name, how he stands for the visit): `own` by his own sign-in, `card`, `denied`, `paper`."""
    return [
        (
            names.get(UUID(person), ""),
            "paper"
            if visit.late_entry
            else "own"
            if person in visit.confirmed
            else "denied"
            if person in visit.denied
            else "card",
        )
        for person in visit.technicians
    ]


def other_remarks(visit: Visit, names: Mapping[UUID, str], but: str = "") -> list[tuple[str, str]]:
    """(name, remark) of everybody but one person, the oldest first."""
    remarks = sorted(visit.remarks.items(), key=lambda pair: pair[1]["at"])
    if not remarks and visit.remark:
        remarks = [("", {"text": visit.remark, "at": ""})]
    return [
        (names.get(UUID(person), "") if person else "", remark["text"])
        for person, remark in remarks
        if person != but or not person
    ]


def _record_rows(
    visit: Visit, viewer: Viewer, names: Mapping[UUID, str], manages: bool
) -> dict[LiftPlace, list[RecordRow]]:
    failed = {item.code: item for item in failed_items(viewer, visit)}
    findings = {
        code: url_for("hazards.finding", equipment_id=visit.equipment_id, finding_id=item.finding_id)
        for code, item in failed.items()
        if item.finding_id and item.answer == ItemAnswer.ABNORMAL
    }

    def row(item: Item) -> RecordRow:
        stored = visit.answers.get(item.code, {})
        answer = ItemAnswer(stored["answer"]) if stored.get("answer") else None
        note, photo, replies = stored.get("note", ""), photo_url(visit, stored), replies_of(stored)
        shown = in_conflict(stored) or any("taken_back" in reply for reply in replies)
        conflict = [reply_text(reply, names) for reply in replies] if shown else []
        mine = manages and in_conflict(stored) and item.code not in failed
        return RecordRow(item, answer, note, photo, findings.get(item.code, ""), conflict, mine)

    return {place: [row(item) for item in items] for place, items in by_place(items_of(visit)).items()}


def record_page(visit: Visit) -> str:
    """One visit as its record stands, with what this viewer may do about it."""
    who, pack = web.viewer(), rules(visit.category)
    lift, swipes, listed = piece_of(visit), swipes_of(visit), listed_visits(who, [visit])[0]
    people = {*people_of(visit), *(str(swipe.user_id) for swipe in swipes if swipe.user_id)}
    signature = next(
        (
            file
            for file in attachments_of(who, visit.equipment_id, "visit", visit.id)
            if file.kind in ("signature", "paper_record")
        ),
        None,
    )
    names = names_of(people)
    manages = visit.organisation_id == who.organisation_id and may(who, Action.APPROVE, Thing.VISIT)
    places = _record_rows(visit, who, names, manages and actions.is_answerable(visit))
    return render_template(
        "maintenance/record.html",
        visit=visit,
        listed=listed,
        steps=RecordSteps.of(visit, who),
        places=places,
        items=sum(map(len, places.values())),
        annex=annex_checklist(visit.annex) if visit.annex else None,
        flags=[(flag, flag_citation(flag, pack, visit.on)) for flag in listed.flags],
        facts=shown_facts(who, visit),
        shown_via=shown_via,
        correction_id=new_id(),
        signed_rule=pack.value("visit.signed_by_use_unit", visit.on).citation,
        swipes=swipes,
        names=names,
        remarks=other_remarks(visit, names),
        signature=signature
        and url_for("files.read", equipment_id=visit.equipment_id, attachment_id=signature.id),
        on_site=_on_site(visit),
        signers=signatures.signers_of(visit) if visit.state == VisitState.TO_SIGN else [],
        no_signer=translate(signatures.NO_SIGNER),
        decided_by=names_of([visit.decided_by]).get(visit.decided_by, "") if visit.decided_by else "",
        objection_rule=objection_days(pack, visit.on).citation,
        dispute_rule=dispute_days(pack, visit.on).citation,
        unconfirmed=visit.state == VisitState.UNCONFIRMED,
        crew=crew(visit, names),
        denied=str(who.user_id) in visit.denied,
        before=visit.supersedes_id
        and url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.supersedes_id),
        next_duty=DueKind(visit.next_duty) if visit.next_duty else None,
        parameters=facts(lift, annex_checklist(visit.annex or UNLISTED).parameters),
        unit=organisation_names([visit.use_unit_id]).get(visit.use_unit_id, "") if visit.use_unit_id else "",
        safety_officer=lift.details.get("safety_officer") or "",
    )


class OnSite(NamedTuple):
    """A signature that a phone brought, for the record: `deliveries` is what became of telling the unit."""

    row: VisitSignature
    kind: SignatureKind
    deliveries: list[str]


def _on_site(visit: Visit) -> list[OnSite]:
    rows = signatures.signatures_of(visit)
    return [
        OnSite(
            row,
            SignatureKind(row.kind),
            [translate(text) for text in delivery_of(duty_key("on_site", row, row.on))] if row.until else [],
        )
        for row in rows
    ]


def _back(visit: Visit) -> web.Answer:
    return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id, view="record"))


@pages.get("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def waiting() -> web.Answer:
    """What the use unit has to sign, the oldest first."""
    who = web.viewer()
    page = paginate(to_sign(who), {"closed": (Visit.closed_at, Visit.id)}, default="closed")
    page.rows[:] = listed_visits(who, page.rows)
    return render_template("maintenance/to_sign.html", page=page)


@pages.post("/visits/to-sign")
@web.allows(Action.APPROVE, Thing.VISIT)
def sign_many() -> web.Answer:
    """Sign the chosen ones; one that cannot be signed any more does not hold up the others."""
    form = SignManyForm()
    signed, left = 0, form.unknown
    for equipment_id, visit_id in form.id.data:
        try:
            in_transaction(_sign_own, equipment_id, visit_id)
            signed += 1
        except (Conflict, NotAllowed):
            left += 1
    flash(gettext("%(num)d signed.", num=signed), "success")
    if left:
        flash(gettext("%(num)d could not be signed: look at them one by one.", num=left), "warning")
    return redirect(url_for("visit_records.waiting"))


def _sign_own(equipment_id: UUID, visit_id: UUID) -> None:
    who = web.viewer()
    signatures.sign(visit_at(who, equipment_id, visit_id), Signature(), by=who)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/sign")
@web.allows(Action.SEE, Thing.VISIT)
def sign(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """By the safety officer from his own account, or drawn on the technician's phone."""
    who = web.viewer()
    visit = visit_at(who, equipment_id, visit_id)
    if actions.may_sign(visit, who):
        in_transaction(_sign_own, equipment_id, visit_id)
    else:
        form = SignatureForm()
        image = drawing(_ink(form.drawing.data))
        drawn = Signature(SignatureKind.ON_SITE, form.signer_id.data, form.signer_name.data, image)
        in_transaction(lambda: signatures.sign(visit_at(who, equipment_id, visit_id), drawn, by=who))
    visit = visit_at(who, equipment_id, visit_id)
    text = translate(visit.shown.label)
    if visit.next_on:
        text += " " + gettext(
            "Next: %(duty)s by %(day)s.", duty=translate(DueKind(visit.next_duty).label), day=visit.next_on
        )
    flash(text, "success")
    return _back(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/paper")
@web.allows(Action.CHANGE, Thing.VISIT)
def photograph(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The photo of a paper record that the use unit signed: the lowest kind of signature."""
    who, form, file = web.viewer(), PaperRecordForm(), request.files.get("photo")
    visit_at(who, equipment_id, visit_id)
    if file is None or not file.filename:
        raise Invalid({"photo": N_("Take a photo")})
    photo = take(cast(BinaryIO, file.stream), file.filename, "paper_record", accept=IMAGES, field="photo")
    paper = Signature(SignatureKind.PAPER, form.signer_id.data, image=photo)
    in_transaction(lambda: signatures.sign(visit_at(who, equipment_id, visit_id), paper, by=who))
    flash(gettext("The photo of the paper record is on file."), "success")
    return _back(visit_at(who, equipment_id, visit_id))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/withdraw")
@web.allows(Action.APPROVE, Thing.VISIT)
def withdraw(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who = web.viewer()
    in_transaction(lambda: disputes.withdraw(visit_at(who, equipment_id, visit_id), by=who))
    flash(gettext("The dispute is withdrawn."), "success")
    return _back(visit_at(who, equipment_id, visit_id))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/decide")
@web.allows(Action.APPROVE, Thing.HAZARD)
def decide(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The county office decides a dispute."""
    who, form = web.viewer(), DisputeDecisionForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        if form.stands.data not in ("1", "0"):
            raise Invalid({"stands": N_("Choose whether the visit counts.")})
        disputes.decide(visit, form.stands.data == "1", form.reason.data, by=who)
    return _back(visit)


@pages.get("/visits/disputes")
@web.allows(Action.SEE, Thing.VISIT)
def disputed() -> web.Answer:
    """The disputed visits of the viewer, the longest undecided first."""
    who = web.viewer()
    sorts = {"until": (Visit.decide_until, Visit.id)}
    page = paginate(disputed_visits(who), sorts, default="until")
    page.rows[:] = listed_visits(who, page.rows)
    return render_template("maintenance/disputes.html", page=page)


def _ink(url: str) -> bytes:
    """The picture behind a data: address."""
    try:
        return base64.b64decode(url.removeprefix("data:image/png;base64,"), validate=True)
    except (binascii.Error, ValueError):
        return b""


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/<any(dispute, reply, void):step>")
@web.allows(Action.SEE, Thing.VISIT)
def say(equipment_id: UUID, visit_id: UUID, step: str) -> web.Answer:
    """What needs nothing but a reason: the use unit disputes, the firm replies or takes the visit back."""
    who, form = web.viewer(), ReasonForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        STEPS[step](visit, form.reason.data, by=who)
    return _back(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/items/<code>/take-back")
@web.allows(Action.APPROVE, Thing.VISIT)
def take_answer_back(equipment_id: UUID, visit_id: UUID, code: str) -> web.Answer:
    """The manager takes an 异常 back on which two of his people disagree."""
    who, form = web.viewer(), ReasonForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        actions.take_answer_back(visit, code, form.reason.data, by=who)
    return _back(visit)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/correct")
@web.allows(Action.APPROVE, Thing.VISIT)
def correct(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who, form = web.viewer(), VisitCorrectionForm()
    with transaction():
        visit = visit_at(who, equipment_id, visit_id)
        checked(form)
        correction = records.correct(visit, form.reason.data, by=who, key=form.id.data)
    flash(
        gettext("A new record takes the place of the signed one. Correct it, then have it signed again."),
        "success",
    )
    return redirect(url_for("visits.page", equipment_id=correction.equipment_id, visit_id=correction.id))
