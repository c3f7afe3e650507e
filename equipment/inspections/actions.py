"""Recording a result and what follows from it: the next day, a finding, a scrapped cylinder, a row brought
back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.dues import actions as dues
from equipment.dues import lists
from equipment.dues.models import Due, DueList
from equipment.dues.queries import open_due, parties_of
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.hazards.actions import find
from equipment.hazards.rules import FindingSource
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS, rows_out
from equipment.inspections.rules import (
    Conclusion,
    InspectionKind,
    alteration_of,
    conclusions_for,
    due_kind_of,
    kinds_for,
    kinds_to_record,
    proof_of,
)
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.actions import change_status
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.clauses import HAZARD_CLAUSES, clause_of_conclusion, clauses_for
from equipment.regulation.common_numbers import report_within
from equipment.regulation.queries import rules
from equipment.regulation.settling import Proof
from equipment.storage.db import Base, session

REMARK_LENGTH = 2000
NO_PROBLEM, PROBLEM = "no_problem", "problem"  # what supervisors note on their lists
RESULTS, CHECKED_ROWS = Receipts("inspection", "id"), Receipts("checked_row", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is entered of a result. `id` is made by whoever first knows of it, so that sending twice records
    once; without one its content says whether it came before."""

    id: UUID | None = None
    kind: InspectionKind
    on: date
    conclusion: Conclusion
    report_no: str = ""
    remark: str = ""
    clause: str = ""
    stated_next_on: date | None = None
    next_reason: str = ""
    issued_by: str = ""
    checked_by: str = ""
    reviewed_by: str = ""
    visit_id: UUID | None = None
    open_items: str = ""
    notice_no: str = ""
    feedback_on: date | None = None
    early: bool = False  # whoever enters it knows that it is too early to count

    def values(self) -> dict[str, object]:
        """What its row says."""
        corrected = self.conclusion is Conclusion.CORRECTED
        return {
            "kind": self.kind,
            "on": self.on,
            "conclusion": self.conclusion,
            "report_no": self.report_no.strip(),
            "remark": self.remark.strip(),
            "clause": self.clause,
            "stated_next_on": self.stated_next_on,
            "next_reason": self.next_reason.strip(),
            "issued_by": self.issued_by.strip(),
            "checked_by": self.checked_by.strip(),
            "reviewed_by": self.reviewed_by.strip(),
            "visit_id": self.visit_id,
            "open_items": self.open_items.strip() if corrected else "",
            "notice_no": self.notice_no.strip() if corrected else "",
            "feedback_on": self.feedback_on if corrected else None,
        }

    def content(self) -> dict[str, object]:
        """What makes two results the same; what a form of before did not have counts only where it says
        something."""
        always = ("kind", "on", "conclusion", "report_no", "remark", "clause", "stated_next_on")
        return {name: value for name, value in self.values().items() if name in always or value}


@dataclass(frozen=True, slots=True)
class ListPlace:
    """The row of a due-list that a result brings back."""

    list: DueList
    number: int


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
    _bring_back(equipment, inspection, row, by)
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


def check(
    equipment: Equipment, result: Result, by: Viewer, *, has_report: bool, old: Inspection | None = None
) -> None:
    """Everything that is wrong with a result (with the correction of `old`), by field."""
    kind, wrong = category(equipment.category), dict[str, str | Message]()
    if result.kind not in kinds_for(kind):
        wrong["kind"] = N_("There is no such inspection for this category.")
    if result.conclusion not in conclusions_for(kind, result.kind):
        wrong["conclusion"] = N_("This conclusion is not one of this inspection.")
    if result.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    elif equipment.made_on is not None and result.on < equipment.made_on:
        wrong["on"] = N_("This day lies before the day of manufacture.")
    if result.stated_next_on is not None and result.stated_next_on <= result.on:
        wrong["stated_next_on"] = N_("The next day must lie after the inspection.")
    if result.clause and result.clause not in {
        clause.code for clause in clauses_for(HAZARD_CLAUSES, equipment.category, result.on)
    }:
        wrong["clause"] = N_("No such clause was in force on the day of the inspection.")
    if not result.conclusion.passed and not result.remark.strip():
        wrong["remark"] = N_("Say why it was not passed.")
    wrong |= _missing(result, proof_of(kind, result.kind), has_report=has_report)
    if result.report_no.strip() and number_taken(equipment, result.kind, result.report_no, by, old):
        wrong["report_no"] = N_("This report number stands for another result already.")
    early = too_early(equipment, result.kind, result.on, result.conclusion)
    if early and old is None and not result.early and "on" not in wrong:
        wrong["early"] = N_("It is too early to count: say that you know, or correct the day.")
    if len(result.remark) > REMARK_LENGTH:
        wrong["remark"] = Message(
            N_("At most %(most)d characters; you have %(typed)d."),
            {"most": REMARK_LENGTH, "typed": len(result.remark)},
        )
    if wrong:
        raise Invalid(wrong)


def _missing(result: Result, proof: Proof, *, has_report: bool) -> dict[str, str | Message]:
    """What this conclusion or this kind must bring with it, and does not."""
    needed: dict[str, tuple[object, str]] = {}
    if proof is Proof.REPORT:
        needed |= {
            "report_no": (result.report_no.strip(), N_("Enter the number of the report.")),
            "issued_by": (result.issued_by.strip(), N_("Enter who issued the report.")),
        }
    if proof is Proof.CHECK:
        other = result.reviewed_by.strip() != result.checked_by.strip()
        needed |= {
            "checked_by": (result.checked_by.strip(), N_("Enter who checked.")),
            "reviewed_by": (
                result.reviewed_by.strip() and other,
                N_("Enter who reviewed it: another person than who checked."),
            ),
        }
    if proof in (Proof.REPORT, Proof.CHECK):
        needed["report"] = (has_report, N_("Add the report itself, as a PDF or a photo."))
    if result.conclusion is Conclusion.CORRECTED:
        needed |= {
            "open_items": (result.open_items.strip(), N_("Name the items, one a line.")),
            "notice_no": (result.notice_no.strip(), N_("Enter the number of the notice (检验意见通知书).")),
            "feedback_on": (
                result.feedback_on is not None and result.feedback_on >= result.on,
                N_("Enter the day by which the unit tells what it has corrected; not before the inspection."),
            ),
        }
    return {name: problem for name, (value, problem) in needed.items() if not value}


def number_taken(
    equipment: Equipment, kind: InspectionKind, number: str, by: Viewer, old: Inspection | None = None
) -> bool:
    """Whether the organisation has used this report number for another piece, or for the same kind of result
    of this one; a lot of cylinders shares one, and so do the tests in one report of one piece."""
    used = visible(SYSTEM, Inspection).where(
        Inspection.organisation_id == by.organisation_id, Inspection.report_no == number.strip(), COUNTS
    )
    if old is not None:
        used = used.where(Inspection.id != old.id)
    same = and_(Inspection.equipment_id == equipment.id, Inspection.kind == kind)
    if category(equipment.category).shares_report:
        used = used.where(or_(same, Inspection.category != equipment.category))
    else:
        used = used.where(or_(same, Inspection.equipment_id != equipment.id))
    return session.scalar(used.limit(1)) is not None


def too_early(equipment: Equipment, kind: InspectionKind, on: date, conclusion: Conclusion) -> date | None:
    """The first day on which passing it counts, where this is before that day."""
    duty = due_kind_of(kind)
    due = open_due(equipment.id, duty) if duty is not None and conclusion.passed else None
    early = due is not None and due.earliest_on is not None and on < due.earliest_on
    return due.earliest_on if due is not None and early else None


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
    if last is None or last.conclusion != Conclusion.FAILED or last.on > result.on:
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
        feedback="",
        repeats_id=None,
        **(result.values() | {"clause": _clause(equipment, result)}),
    )


def _clause(equipment: Equipment, result: Result) -> str:
    """What the inspector chose, else what the conclusion of a periodic inspection meets by itself (4.6a)."""
    if result.conclusion.passed or result.clause or result.kind is not InspectionKind.INSPECTION:
        return "" if result.conclusion.passed else result.clause
    by_itself = clause_of_conclusion(HAZARD_CLAUSES, equipment.category, Conclusion.FAILED, result.on)
    return by_itself.code if by_itself else ""


def settle(equipment: Equipment, inspection: Inspection, *, by: Viewer, finding_exists: bool = False) -> None:
    """All that follows from a result that counts: what is due next, a finding (unless it was `found`
    already), an end."""
    name, conclusion = f"inspection:{inspection.id}", Conclusion(inspection.conclusion)
    due_kind, work = (
        due_kind_of(InspectionKind(inspection.kind)),
        alteration_of(InspectionKind(inspection.kind)),
    )
    kind = InspectionKind(inspection.kind)
    inspection.early = too_early(equipment, kind, inspection.on, conclusion) is not None
    following: Due | None = None
    if due_kind is not None:
        following = dues.done(
            equipment,
            due_kind,
            on=inspection.on,
            by=name,
            conclusion=conclusion,
            next_on=inspection.stated_next_on,
        )
    elif conclusion.passed and work is not None:
        dues.note_work(equipment, work, on=inspection.on, by=name, actor=by.actor)
    elif conclusion.passed:
        equipment.base_on = inspection.on
        dues.plan_piece(equipment, by_actor=by.actor)
    if conclusion is Conclusion.SCRAP:
        change_status(
            equipment,
            EquipmentStatus.SCRAPPED,
            reason=inspection.remark or inspection.report_no or name,
            on=inspection.on,
            by=by,
        )
        following = None
    elif conclusion is Conclusion.FAILED and not finding_exists:
        find(
            equipment,
            source=FindingSource.INSPECTION,
            source_id=inspection.id,
            description=inspection.remark,
            clause=inspection.clause,
            found_on=inspection.on,
            by=by,
        )
        _tell_failed(equipment, inspection)
    _say_next(inspection, following)
    stated = inspection.stated_next_on
    beyond = stated is not None and following is not None and stated > following.due_on
    if beyond and conclusion.passed and not inspection.early and not inspection.next_reason:
        day = {"day": following.due_on.isoformat()} if following else {}
        raise Invalid(
            {
                "stated_next_on": Message(
                    N_("By the rule it is %(day)s: correct the day, or give the reason."), day
                )
            }
        )


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
        inspection.report_no, inspection.report_due_on = number.strip(), None
        record_event(inspection, "inspection.reported", by, report_no=inspection.report_no)
    if report is not None:
        keep_report(inspection, report, by=by)


def note_feedback(inspection: Inspection, text: str, *, by: Viewer) -> None:
    """整改反馈: what the unit told of the items that were left open, by name and number of its evidence."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", inspection.equipment_id)])
    session.refresh(inspection)
    if by.organisation_id != inspection.organisation_id:
        raise NotAllowed(N_("Only the organisation that recorded it notes what the unit told."))
    if inspection.feedback_on is None or inspection.superseded or inspection.feedback:
        raise Conflict({"": N_("Nothing is to be told of this result.")})
    if not text.strip():
        raise Invalid({"feedback": N_("Say what was corrected, and by which evidence.")})
    inspection.feedback = text.strip()[:300]
    record_event(inspection, "inspection.feedback", by, feedback=inspection.feedback)


def _tell_failed(equipment: Equipment, inspection: Inspection) -> None:
    """检验不合格 is told in the minute."""
    text = Message(N_("Inspection failed: %(piece)s must not be used"), {"piece": piece_name(equipment)})
    heard_by = at_once(Audience.RESPONSIBLE, Audience.FIRM, Audience.SUPERVISORS, Audience.COUNTY)
    urgent(
        record_duty(
            "failed",
            DutyKind.INSPECTION,
            text,
            inspection,
            inspection.on,
            organisation_id=equipment.use_unit_id or equipment.owner_id,
            firm_id=equipment.maintenance_firm_id,
            stages=heard_by,
        )
    )


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


def _say_next(inspection: Inspection, following: Due | None) -> None:
    inspection.next_due_on = following.due_on if following else None
    inspection.next_explanation = following.explanation if following else None
    inspection.next_citation = following.citation if following else None


def _bring_back(equipment: Equipment, inspection: Inspection, row: ListPlace | None, by: Viewer) -> None:
    """The row it came from, and every other row of one's own and of the body's lists on which the piece still
    stands."""
    if row is not None:
        lists.bring_back(
            row.list,
            row.number,
            inspection.conclusion,
            by=by,
            inspection_id=inspection.id,
            early=inspection.early,
        )
        inspection.list_id = row.list.id
    due_kind = due_kind_of(InspectionKind(inspection.kind))
    if due_kind is None:
        return
    for other in rows_out(
        {by.organisation_id, equipment.inspection_body_id} - {None}, inspection.equipment_id, due_kind
    ):
        lists.settled(
            lists.due_list(SYSTEM, other.list_id),
            other.row_no,
            inspection.conclusion,
            by=by,
            inspection_id=inspection.id,
            early=inspection.early,
        )
        if other.organisation_id == by.organisation_id:
            inspection.list_id = inspection.list_id or other.list_id


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
