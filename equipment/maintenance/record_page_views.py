"""The page of a visit's record: what was done, who was there, how it is signed, and what its reader may
do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self
from uuid import UUID

from flask import render_template, url_for

from equipment import web
from equipment.core.clock import site_day, today
from equipment.core.ids import new_id
from equipment.core.months import month_text
from equipment.maintenance import actions, disputes, records, signatures
from equipment.maintenance.answer_rules import in_conflict, replies_of
from equipment.maintenance.hooks import own_numbers
from equipment.maintenance.listing import (
    listed_visits,
    people_of,
    photo_url,
    reply_text,
    shown_facts,
    shown_via,
)
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.province import province_of
from equipment.maintenance.queries import failed_items, items_of, names_of, swipes_of
from equipment.maintenance.record_facts import UNLISTED, VisitRecordFacts, crew_ways, record_facts
from equipment.maintenance.reminding import may_ask
from equipment.maintenance.reused_photos import reused_at
from equipment.maintenance.rules import flag_citation
from equipment.maintenance.states import ItemAnswer, SignatureKind, VisitState
from equipment.maintenance.voiding import refusal_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.detail_views import facts
from equipment.register.duties import duty_key
from equipment.register.hooks import delivery_of
from equipment.register.rules import IdentifierKind
from equipment.regulation.checklists import Item, LiftPlace, annex_checklist, by_place
from equipment.regulation.elevator_numbers import (
    dispute_days,
    mistake_within,
    objection_days,
    signed_by_use_unit,
)
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import rules
from equipment.web.language import translate


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
    ask: bool  # remind the use unit of its signature

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
            void=refusal_of(visit, by) is None,
            ask=may_ask(visit, by),
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
    """(name, how he stands for the visit): `own` by his own sign-in, `card`, `denied`, `paper`, `system`."""
    return [(names.get(UUID(person), ""), how) for person, how in crew_ways(visit).items()]


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
        conflict = [reply_text(reply, names, item) for reply in replies] if shown else []
        mine = manages and in_conflict(stored) and item.code not in failed
        return RecordRow(item, answer, note, photo, findings.get(item.code, ""), conflict, mine)

    return {place: [row(item) for item in items] for place, items in by_place(items_of(visit)).items()}


def record_page(visit: Visit) -> str:
    """One visit as its record stands, with what this viewer may do about it."""
    who, pack = web.viewer(), rules(visit.category)
    swipes, listed = swipes_of(visit), listed_visits(who, [visit])[0]
    about = record_facts([visit])[0]
    names = names_of({*people_of(visit), *(str(swipe.user_id) for swipe in swipes if swipe.user_id)})
    manages = visit.organisation_id == who.organisation_id and may(who, Action.APPROVE, Thing.VISIT)
    places = _record_rows(visit, who, names, manages and actions.is_answerable(visit))
    return render_template(
        "maintenance/record.html",
        visit=visit,
        about=about,
        own_number=own_numbers([visit.id]).get(visit.id, "") if visit.reported_by else "",
        listed=listed,
        steps=RecordSteps.of(visit, who),
        places=places,
        items=sum(map(len, places.values())),
        annex=annex_checklist(visit.annex) if visit.annex else None,
        flags=[(flag, flag_citation(flag, pack, visit.on)) for flag in listed.flags],
        facts=shown_facts(who, visit),
        shown_via=shown_via,
        correction_id=new_id(),
        month=month_text(visit.on),
        equipment_code=about.numbers.get(IdentifierKind.EQUIPMENT_CODE, ""),
        registration=about.numbers.get(IdentifierKind.CERTIFICATE_NO, ""),
        asked_today=visit.reminded_at is not None and site_day(visit.reminded_at) == today(),
        signed_rule=signed_by_use_unit(pack, visit.on).citation,
        swipes=swipes,
        names=names,
        remarks=other_remarks(visit, names),
        province=province_of(who, visit),
        signature=_picture(about),
        on_site=_on_site(about),
        signers=signatures.signers_of(visit) if visit.state == VisitState.TO_SIGN else [],
        no_signer=translate(signatures.NO_SIGNER),
        decided_by=names_of([visit.decided_by]).get(visit.decided_by, "") if visit.decided_by else "",
        objection_rule=objection_days(pack, visit.on).citation,
        dispute_rule=dispute_days(pack, visit.on).citation,
        mistake_rule=mistake_within(pack, visit.on).citation,
        unconfirmed=visit.state == VisitState.UNCONFIRMED,
        denied=str(who.user_id) in visit.denied,
        next_duty=DueKind(visit.next_duty) if visit.next_duty else None,
        parameters=facts(about.lift, annex_checklist(visit.annex or UNLISTED).parameters),
        safety_officer=about.lift.details.get("safety_officer") or "",
        reused=reused_at(visit, who),
    )


def _picture(about: VisitRecordFacts) -> str:
    """Where the drawn signature, or the photo of the paper record, is read; "" without one."""
    files = [file for file in about.attachments if file.kind in ("signature", "paper_record")]
    if not files:
        return ""
    lift = about.visit.equipment_id
    return url_for("files.read", equipment_id=lift, attachment_id=files[0].id)


class OnSite(NamedTuple):
    """A signature that a phone brought, for the record: `deliveries` is what became of telling the unit."""

    row: VisitSignature
    kind: SignatureKind
    deliveries: list[str]


def _on_site(about: VisitRecordFacts) -> list[OnSite]:
    return [
        OnSite(
            row,
            SignatureKind(row.kind),
            [translate(text) for text in delivery_of(duty_key("on_site", row, row.on))] if row.until else [],
        )
        for row in reversed(about.signatures)
    ]
