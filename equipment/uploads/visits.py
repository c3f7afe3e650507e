"""Maintenance records that a firm's system brings: the visit, its answers, photos, signature; corrected,
withdrawn, asked for by the firm's own number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from equipment.contracts.queries import contract_at
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument
from equipment.files.models import Attachment
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.intake.actions import Receipts
from equipment.maintenance.actions import answer
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.models import Visit
from equipment.maintenance.photo_rules import PhotoClaim
from equipment.maintenance.photos import add_photo
from equipment.maintenance.queries import visit_at
from equipment.maintenance.records import correct
from equipment.maintenance.reported import ReportedVisit, enter_reported, locked
from equipment.maintenance.signatures import Signature, sign
from equipment.maintenance.states import SignatureKind
from equipment.maintenance.voiding import take_back
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.register.rules import Outcome
from equipment.regulation.clauses import HAZARD_CLAUSES, clause, uploads
from equipment.uploads.records import firm_of, key_of, put_on_record, target_of
from equipment.uploads.states import UploadKind

VISITS = Receipts("firm_visit", "record_id")
CORRECTIONS = Receipts("firm_correction", "record_id")
NO_PROBLEM = "S0"


@dataclass(frozen=True, slots=True)
class BroughtVisit:
    """A record as the firm's system has it, under its own number."""

    record_id: str
    lift: str
    visit: ReportedVisit
    replies: Sequence[ItemReply]
    remark: str | None
    problems: Sequence[str]  # S1-S7: serious hazards that the technicians saw


def bring_visit(brought: BroughtVisit, content: str, *, by: Viewer) -> tuple[Visit, bool]:
    """(the record, whether the message was new). The whole message is taken or none of it."""
    firm_id = firm_of(by)
    lift = locked(lift_called(by, brought.lift, brought.visit))
    key = key_of(firm_id, UploadKind.VISIT, brought.record_id)
    message = VISITS.received(content, sender=firm_id, key=key, about=lift.id)
    if message.answer is not None:
        return visit_at(SYSTEM, lift.id, key), False
    visit = enter_reported(lift, brought.visit, by=by, key=key)
    _answer(visit, brought.replies, brought.remark, by)
    for code in problems_in(brought.problems, visit.on):
        _report_problem(lift, visit, code, by)
    receipt = message.keep(json.dumps({"visit_id": str(visit.id)}))
    put_on_record(
        firm_id, UploadKind.VISIT, brought.record_id, visit.id, receipt, by=by, equipment_id=lift.id
    )
    return visit, True


def lift_called(by: Viewer, text: str, reported: ReportedVisit) -> Equipment:
    """The lift that a number on it or on its papers means, or our id: one that the firm maintains, or did on
    the day of the visit."""
    key = id_in(text)
    if key is None:
        resolved = resolve_own(by, parse(text))
        if resolved.outcome is Outcome.AMBIGUOUS:
            raise Invalid({"lift": Message(N_("%(number)s: several pieces carry it"), {"number": text})})
        key = resolved.equipment_id if resolved.outcome is Outcome.FOUND else None
    own = pieces(by, [key]) if key else ()
    if not own and key and (contract := contract_at(key, reported.on)):
        own = pieces(SYSTEM, [key]) if contract.organisation_id == by.organisation_id else ()
    if not own:
        raise Invalid({"lift": Message(N_("%(number)s: no lift of yours carries it"), {"number": text})})
    return own[0]


def _answer(visit: Visit, replies: Sequence[ItemReply], remark: str | None, by: Viewer) -> None:
    if replies or remark:
        answer(visit, replies, by=_technician(visit, by), remark=remark)


def _technician(visit: Visit, by: Viewer) -> Viewer:
    """In the name of who opened the visit, by this system: answers and photos are his."""
    return replace(by, user_id=UUID(visit.technicians[0]))


def _report_problem(lift: Equipment, visit: Visit, code: str, by: Viewer) -> None:
    """A serious hazard as the firm names it is a finding: whether it is one is for the county to decide."""
    find(
        lift,
        source=FindingSource.VISIT,
        source_id=visit.id,
        by=by,
        description=f"{code} {clause(HAZARD_CLAUSES, code, visit.on).text.zh}",
        found_on=min(visit.on, clock.today()),
    )


def problems_in(codes: Sequence[str], on: date) -> list[str]:
    """The codes that name a problem, each once; S0 says that there is none. Invalid for one that is not in
    the list of that day."""
    known = {NO_PROBLEM, *(one.code for one in uploads(HAZARD_CLAUSES, on))}
    for place, code in enumerate(codes):
        if code not in known:
            raise Invalid({f"problems.{place}": N_("This code is not in the list: GET /firm/codes.")})
    return [code for code in dict.fromkeys(codes) if code != NO_PROBLEM]


def visit_called(by: Viewer, record_id: str) -> Visit:
    """The record under the firm's own number; the one that corrects it has a number of its own."""
    row = target_of(by, UploadKind.VISIT, record_id)
    assert row.equipment_id is not None
    return visit_at(SYSTEM, row.equipment_id, row.target_id)


def answer_more(visit: Visit, replies: Sequence[ItemReply], remark: str | None, *, by: Viewer) -> Visit:
    """Items that lacked something. Nothing of a signed record changes."""
    _answer(visit, replies, remark, by)
    return visit


def photograph(
    visit: Visit, code: str, photo: StoredDocument, claim: PhotoClaim, *, by: Viewer
) -> tuple[Attachment, bool]:
    """(the photo of an item, whether it is new)."""
    before = clock.now()
    row = add_photo(visit, code, photo, by=_technician(visit, by), claim=claim)
    return row, row.at >= before


def bring_signature(visit: Visit, signature: Signature, *, by: Viewer) -> Visit:
    """How the use unit stands for it: drawn on the firm's own device, or the photo of a paper. The unit hears
    and may object; its own account alone is called signed."""
    drawn = signature.kind is SignatureKind.ON_SITE
    sign(visit, signature, by=_technician(visit, by) if drawn else by)
    return visit


def correct_visit(
    visit: Visit,
    record_id: str,
    reason: str,
    replies: Sequence[ItemReply],
    remark: str | None,
    content: str,
    *,
    by: Viewer,
) -> tuple[Visit, bool]:
    """A new record under a new number in place of a signed one; both stay, the new one is signed again."""
    firm_id = firm_of(by)
    key = key_of(firm_id, UploadKind.VISIT, record_id)
    message = CORRECTIONS.received(content, sender=firm_id, key=key, about=visit.id)
    if message.answer is not None:
        return visit_at(SYSTEM, visit.equipment_id, UUID(json.loads(message.answer)["visit_id"])), False
    correction = correct(visit, reason, by=by)
    _answer(correction, replies, remark, by)
    receipt, lift_id = message.keep(json.dumps({"visit_id": str(correction.id)})), visit.equipment_id
    put_on_record(firm_id, UploadKind.VISIT, record_id, correction.id, receipt, by=by, equipment_id=lift_id)
    return correction, True


def withdraw_visit(visit: Visit, reason: str, *, by: Viewer) -> Visit:
    """作废, with the reason; it stays on record. Again it is void already."""
    firm_of(by)
    if visit.voided_at is None:
        take_back(visit, reason, by=by)
    return visit
