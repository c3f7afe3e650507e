"""Recording a result and its report; a row of a list that came back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_
from equipment.dues import lists
from equipment.dues.queries import parties_of
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.inspections.checks import Result, check, number_taken
from equipment.inspections.models import Inspection
from equipment.inspections.opinions import issue_with
from equipment.inspections.queries import COUNTS
from equipment.inspections.report_numbers import foreign_number
from equipment.inspections.rules import (
    Conclusion,
    InspectionKind,
    due_kind_of,
    kinds_for,
    kinds_to_record,
    proof_of,
)
from equipment.inspections.settling import ListPlace, bring_back, settle
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.clauses import HAZARD_CLAUSES, clause_of_conclusion
from equipment.regulation.common_numbers import report_within
from equipment.regulation.planning import FAILING, INSPECTIONS
from equipment.regulation.queries import rules
from equipment.regulation.settling import Proof
from equipment.storage.db import Base, session

NO_PROBLEM, PROBLEM = "no_problem", "problem"  # what supervisors note on their lists
RESULTS, CHECKED_ROWS = Receipts("inspection", "id"), Receipts("checked_row", "id")


def record(
    equipment: Equipment,
    result: Result,
    report: StoredDocument | None = None,
    *,
    by: Viewer,
    row: ListPlace | None = None,
) -> Inspection:
    """Record a result, with its report where it is there already. The same one again is the earlier answer;
    other content under its id is refused."""
    session.flush()
    lock(equipment, by)
    content = content_of(equipment_id=equipment.id, **result.content())
    message = RESULTS.received(content, sender=by.organisation_id, key=result.id, about=equipment.id)
    if message.answer is not None:
        return session.get_one(Inspection, (equipment.id, UUID(message.answer)))
    may_record(equipment, by, result.kind)
    _not_yet(equipment, result)
    check(equipment, result, by, has_report=report is not None)
    inspection = new_row(equipment, message.key, result, by)
    inspection.repeats_id = _first_failed(equipment, result)
    session.add(inspection)
    receipt = message.keep(str(inspection.id))
    session.flush()
    settle(equipment, inspection, by=by)
    bring_back(equipment, inspection, row, by)
    issue_with(inspection, by=by)
    record_event(inspection, "inspection.recorded", by, receipt)
    if report is not None:
        keep_report(inspection, report, by=by)
    return inspection


def kinds_of(equipment: Equipment, by: Viewer) -> tuple[InspectionKind, ...]:
    """What `by` may record of this piece, whatever its status; whoever may record nothing is refused."""
    kinds = kinds_to_record(category(equipment.category), by, parties_of(equipment))
    if not kinds:
        raise NotAllowed(
            N_(
                "Only the inspection body of this piece records its inspections; "
                "self-tests, calibrations and checks, also its maintenance firm and its use unit."
            )
        )
    return kinds


def may_record(equipment: Equipment, by: Viewer, kind: InspectionKind | None = None) -> None:
    """Refuse whoever does not record results of this kind (of any kind, without one) of this piece, and all
    results of what is gone."""
    kinds = kinds_of(equipment, by)
    if kind is not None and kind not in kinds and kind in kinds_for(category(equipment.category)):
        raise NotAllowed(
            N_(
                "Your organisation records only the self-tests, calibrations and checks of this piece; "
                "its inspections are those of the inspection body."
            )
        )
    if equipment.status in (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED):
        raise Invalid({"": N_("This piece has been scrapped or deregistered.")})


def lock(equipment: Equipment, by: Viewer) -> None:
    """The chain of the piece, so that the same result sent twice stands in line; and that of the
    organisation, since its report numbers are unique."""
    subjects = [ledger.subject_of("equipment", equipment.id)]
    if by.organisation_id is not None:
        subjects.append(ledger.subject_of("organisation", by.organisation_id))
    ledger.locked_heads(session.connection(), subjects)


def _first_failed(equipment: Equipment, result: Result) -> UUID | None:
    """Of a re-inspection (复检) the first result that failed."""
    if result.kind is not InspectionKind.INSPECTION:
        return None
    before = (
        visible(SYSTEM, Inspection)
        .where(Inspection.equipment_id == equipment.id, Inspection.kind == result.kind, COUNTS)
        .order_by(Inspection.on.desc(), Inspection.received_at.desc())
        .limit(1)
    )
    last = session.scalar(before)
    if last is None or last.conclusion not in FAILING or last.on > result.on:
        return None
    return last.repeats_id or last.id


def _not_yet(equipment: Equipment, result: Result) -> None:
    """Two inspectors with the same piece in hand: the second is told."""
    same = visible(SYSTEM, Inspection).where(
        Inspection.equipment_id == equipment.id,
        Inspection.kind == result.kind,
        Inspection.on == result.on,
        Inspection.conclusion == result.conclusion,
        COUNTS,
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict({"": N_("This result has already been recorded by somebody else.")})


def new_row(equipment: Equipment, key: UUID, result: Result, by: Viewer) -> Inspection:
    """The row of a result, before anything follows from it."""
    now, pack = clock.now(), rules(equipment.category)
    proof = proof_of(category(equipment.category), result.kind)
    within = (
        report_within(pack, result.on) if proof is Proof.RESULT and not result.report_no.strip() else None
    )
    return Inspection(
        equipment_id=equipment.id,
        id=key,
        organisation_id=by.organisation_id,
        inspector_id=by.user_id,
        area=equipment.area,
        category=equipment.category,
        happened_at=now,
        received_at=now,
        next_due_on=None,
        next_explanation=None,
        next_citation=None,
        due_id=None,
        list_id=None,
        supersedes_id=None,
        superseded=False,
        correction_reason="",
        approved_by=None,
        pack=pack.pack,
        early=False,
        report_due_on=result.on + timedelta(days=within.integer) if within else None,
        reported_on=clock.today() if proof is Proof.RESULT and result.report_no.strip() else None,
        feedback="",
        repeats_id=None,
        **(result.values() | {"clause": _clause(equipment, result)}),
    )


def _clause(equipment: Equipment, result: Result) -> str:
    """What the inspector chose, else what the conclusion of a periodic inspection meets by itself (4.6a)."""
    if result.conclusion.passed or result.clause or due_kind_of(result.kind) not in INSPECTIONS:
        return "" if result.conclusion.passed else result.clause
    by_itself = clause_of_conclusion(HAZARD_CLAUSES, equipment.category, Conclusion.FAILED, result.on)
    return by_itself.code if by_itself else ""


def keep_report(inspection: Inspection, report: StoredDocument, *, by: Viewer) -> None:
    about = About(inspection.equipment_id, inspection.area, inspection.category, "inspection", inspection.id)
    attach_once(about, report, by=by)


def add_report(
    inspection: Inspection, number: str, report: StoredDocument | None = None, *, by: Viewer
) -> None:
    """The report of a conclusion that was told on site: its number ends 已检待报告, its file may come with it."""
    equipment = session.get_one(Equipment, inspection.equipment_id)
    lock(equipment, by)
    session.refresh(inspection)
    if by.organisation_id != inspection.organisation_id:
        raise NotAllowed(N_("Only the organisation that recorded it adds its report."))
    if number.strip() and inspection.report_no and number.strip() != inspection.report_no:
        raise Conflict({"report_no": N_("It has a number already: a wrong one is corrected.")})
    if number.strip() and not inspection.report_no:
        if number_taken(equipment, InspectionKind(inspection.kind), number, by):
            raise Invalid({"report_no": N_("This report number stands for another result already.")})
        if foreign := foreign_number(InspectionKind(inspection.kind), number, by):
            raise Invalid({"report_no": foreign})
        inspection.report_no, inspection.report_due_on = number.strip(), None
        inspection.reported_on = clock.today()
        record_event(inspection, "inspection.reported", by, report_no=inspection.report_no)
    if report is not None:
        keep_report(inspection, report, by=by)


def check_row(equipment: Equipment, row: ListPlace, problem: str, *, by: Viewer, key: UUID | None) -> None:
    """A supervisor's row came back: nothing found, or a problem, which becomes a finding. The same row again
    changes nothing."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", equipment.id)])
    content = content_of(list=row.list.code, row=row.number, problem=problem)
    message = CHECKED_ROWS.received(content, sender=by.organisation_id, key=key, about=row.list.id)
    if message.answer is not None:
        return
    if problem:
        find(equipment, source=FindingSource.MANUAL, description=problem, by=by)
    outcome = PROBLEM if problem else NO_PROBLEM
    lists.bring_back(row.list, row.number, outcome, by=by, receipt=message.keep(outcome))


def record_event(inspection: Inspection, verb: str, by: Viewer, *beside: Base, **payload: object) -> None:
    """What happened to a result, in the chain of its piece; `beside` are the result that it supersedes, the
    receipt of its message."""
    ledger.record(
        session(),
        ledger.subject_of("equipment", inspection.equipment_id),
        verb,
        actor=by.actor,
        rows=[inspection, *beside],
        pack=inspection.pack,
        payload={
            "inspection": inspection.id,
            "kind": inspection.kind,
            "on": inspection.on,
            "conclusion": inspection.conclusion,
            **payload,
        },
    )
