"""What is entered of a result, and everything that may be wrong with it before it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.dues.queries import open_due
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS
from equipment.inspections.report_numbers import foreign_number
from equipment.inspections.rules import (
    Conclusion,
    InspectionKind,
    conclusions_for,
    due_kind_of,
    kinds_for,
    proof_of,
)
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.clauses import HAZARD_CLAUSES, clauses_for
from equipment.regulation.settling import Proof
from equipment.storage.db import session

REMARK_LENGTH = 2000


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
    valve_until: date | None = None  # of the new valve that a cylinder got
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
            "valve_until": self.valve_until,
        }

    def content(self) -> dict[str, object]:
        """What makes two results the same; what a form of before did not have counts only where it says
        something."""
        always = ("kind", "on", "conclusion", "report_no", "remark", "clause", "stated_next_on")
        return {name: value for name, value in self.values().items() if name in always or value}


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
    if result.valve_until is not None and not (kind.filled and result.conclusion.passed):
        wrong["valve_until"] = N_("A new valve is entered with a cylinder that passed.")
    wrong |= _missing(result, proof_of(kind, result.kind), has_report=has_report)
    if result.report_no.strip() and number_taken(equipment, result.kind, result.report_no, by, old):
        wrong["report_no"] = N_("This report number stands for another result already.")
    elif foreign := foreign_number(result.kind, result.report_no, by, of_old=old is not None):
        wrong["report_no"] = foreign
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
