"""Corrections: a closed record never changes. One person enters what it should say, and why; a second one of
the same organisation approves; then the new result takes the place of the old one, both stay visible."""

from __future__ import annotations

from uuid import UUID

from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_
from equipment.dues import actions as dues
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.rules import FindingSource
from equipment.inspections.actions import lock, may_record, new_row, record_event
from equipment.inspections.checks import Result, check
from equipment.inspections.models import Inspection
from equipment.inspections.opinions import follow_correction
from equipment.inspections.queries import corrections_of
from equipment.inspections.rules import Conclusion, InspectionKind, proof_of
from equipment.inspections.settling import settle
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.planning import FAILING
from equipment.regulation.settling import Proof
from equipment.storage.db import session

CORRECTIONS = Receipts("result_correction", "id")


def propose(old: Inspection, result: Result, reason: str, *, by: Viewer) -> Inspection:
    """Enter what a result should have said; nothing follows from it until a second person approves. The same
    again is the correction that waits already."""
    equipment = session.get_one(Equipment, old.equipment_id)
    lock(equipment, by)
    _of_those_who_recorded(old, by)
    content = content_of(corrects=old.id, reason=reason.strip(), **result.content())
    message = CORRECTIONS.received(content, sender=by.organisation_id, key=result.id, about=old.id)
    if message.answer is not None:
        return session.get_one(Inspection, (old.equipment_id, UUID(message.answer)))
    may_record(equipment, by, result.kind)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _may_be_corrected(old)
    check(equipment, result, by, has_report=True, old=old)
    if Conclusion(result.conclusion) is Conclusion.SCRAP and old.conclusion != Conclusion.SCRAP:
        raise Invalid({"conclusion": N_("Scrapping is a result of its own: record a new inspection.")})
    correction = new_row(equipment, message.key, result, by)
    correction.supersedes_id, correction.correction_reason, correction.list_id = (
        old.id,
        reason.strip()[:300],
        old.list_id,
    )
    correction.repeats_id = old.repeats_id
    session.add(correction)
    record_event(
        correction,
        "inspection.correction_proposed",
        by,
        message.keep(str(correction.id)),
        reason=correction.correction_reason,
        corrects=old.id,
    )
    if not needs_second(correction):
        _replace(old, correction, equipment, by)
    return correction


def needs_second(inspection: Inspection) -> bool:
    """A conclusion is corrected by two people; what only quotes somebody's report, by whoever keeps it."""
    return proof_of(category(inspection.category), InspectionKind(inspection.kind)) is Proof.RESULT


def _may_be_corrected(old: Inspection) -> None:
    if old.superseded or (old.supersedes_id is not None and old.approved_by is None):
        raise Conflict({"": N_("This result has been corrected already.")})
    if old.conclusion == Conclusion.SCRAP:
        raise Conflict({"": N_("What was scrapped stays scrapped: ask the bureau.")})
    if any(
        correction.approved_by is None and not correction.superseded
        for correction in corrections_of(SYSTEM, old)
    ):
        raise Conflict({"": N_("A correction of this result is waiting for approval.")})


def approve(correction: Inspection, *, by: Viewer) -> Inspection:
    """The second person's yes: what the old result led to is taken back, what the new one leads to takes its
    place."""
    equipment = session.get_one(Equipment, correction.equipment_id)
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", correction.equipment_id)])
    session.refresh(correction)
    _may_decide(correction, by)
    if correction.inspector_id == by.user_id:
        raise NotAllowed(N_("Somebody else must approve a correction."))
    old = session.get_one(Inspection, (correction.equipment_id, correction.supersedes_id))
    _replace(old, correction, equipment, by)
    return correction


def _replace(old: Inspection, correction: Inspection, equipment: Equipment, by: Viewer) -> None:
    session.flush()
    old.superseded = True
    correction.approved_by = by.user_id
    dues.undone(equipment, by=f"inspection:{old.id}", actor=by.actor)
    still = {old.conclusion, correction.conclusion} <= FAILING
    if still:
        findings.carry_on(equipment.id, FindingSource.INSPECTION, old.id, correction.id, by=by)
    else:
        hazards.withdraw(equipment.id, FindingSource.INSPECTION, old.id, correction.correction_reason, by=by)
    settle(equipment, correction, by=by, finding_exists=still)
    follow_correction(old, correction, by=by)
    if correction.report_no == old.report_no:
        correction.reported_on = old.reported_on
    record_event(correction, "inspection.corrected", by, old, corrects=old.id)


def drop(correction: Inspection, *, by: Viewer) -> None:
    """A proposed correction is given up, or not approved; it stays on file as such."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", correction.equipment_id)])
    session.refresh(correction)
    _may_decide(correction, by)
    correction.superseded = True
    record_event(correction, "inspection.correction_dropped", by, corrects=correction.supersedes_id)


def _of_those_who_recorded(inspection: Inspection, by: Viewer) -> None:
    if by.organisation_id != inspection.organisation_id or by.user_id is None:
        raise NotAllowed(N_("Only people of the organisation that recorded it decide on a correction."))


def _may_decide(correction: Inspection, by: Viewer) -> None:
    _of_those_who_recorded(correction, by)
    if correction.supersedes_id is None or correction.approved_by is not None or correction.superseded:
        raise Conflict({"": N_("This correction has been decided already.")})
