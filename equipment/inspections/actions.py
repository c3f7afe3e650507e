"""Recording a result and what follows from it: the next day, a finding, a scrapped cylinder, a row brought
back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.dues import actions as dues
from equipment.dues import lists
from equipment.dues.models import Due, DueList
from equipment.dues.queries import parties_of
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
from equipment.regulation.queries import rules
from equipment.storage.db import session

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

    def values(self) -> dict[str, object]:
        """What makes two results the same, and what its row says."""
        return {
            "kind": self.kind,
            "on": self.on,
            "conclusion": self.conclusion,
            "report_no": self.report_no.strip(),
            "remark": self.remark.strip(),
            "clause": self.clause,
            "stated_next_on": self.stated_next_on,
        }


@dataclass(frozen=True, slots=True)
class ListPlace:
    """The row of a due-list that a result brings back."""

    list: DueList
    number: int


def record(equipment: Equipment, result: Result, *, by: Viewer, row: ListPlace | None = None) -> Inspection:
    """Record a result. The same one again is the earlier answer; other content under its id is refused."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", equipment.id)])
    content = content_of(equipment_id=equipment.id, **result.values())
    message = RESULTS.received(content, sender=by.organisation_id, key=result.id, about=equipment.id)
    if message.answer is not None:
        return session.get_one(Inspection, (equipment.id, UUID(message.answer)))
    may_record(equipment, by, result.kind)
    check(equipment, result)
    _not_yet(equipment, result)
    inspection = new_row(equipment, message.key, result, by)
    session.add(inspection)
    message.keep(str(inspection.id))
    session.flush()
    settle(equipment, inspection, by=by)
    _bring_back(equipment, inspection, row, by)
    record_event(inspection, "inspection.recorded", by)
    return inspection


def kinds_of(equipment: Equipment, by: Viewer) -> tuple[InspectionKind, ...]:
    """What `by` may record of this piece, whatever its status; whoever may record nothing is refused."""
    kinds = kinds_to_record(category(equipment.category), by, parties_of(equipment))
    if not kinds:
        raise NotAllowed(
            N_(
                "Only the inspection body of this piece records its inspections; "
                "self-tests, also its maintenance firm and its use unit."
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
                "Your organisation records only the self-tests of this piece; "
                "its inspections are those of the inspection body."
            )
        )
    if equipment.status in (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED):
        raise Invalid({"": N_("This piece has been scrapped or deregistered.")})


def check(equipment: Equipment, result: Result) -> None:
    """Everything that is wrong with a result, by field."""
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
    if len(result.remark) > REMARK_LENGTH:
        wrong["remark"] = Message(
            N_("At most %(most)d characters; you have %(typed)d."),
            {"most": REMARK_LENGTH, "typed": len(result.remark)},
        )
    if wrong:
        raise Invalid(wrong)


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
    now = clock.now()
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
        pack=rules(equipment.category).pack,
        **(result.values() | {"clause": _clause(equipment, result)}),
    )


def _clause(equipment: Equipment, result: Result) -> str:
    """What the inspector chose, else what the conclusion of a periodic inspection meets by itself (4.6a)."""
    if (
        result.conclusion is Conclusion.PASSED
        or result.clause
        or result.kind is not InspectionKind.INSPECTION
    ):
        return result.clause if result.conclusion is not Conclusion.PASSED else ""
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
            description=inspection.remark or _clause_text(inspection),
            clause=inspection.clause,
            found_on=inspection.on,
            by=by,
        )
        _tell_failed(equipment, inspection)
    _say_next(inspection, following)


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
    lists.bring_back(row.list, row.number, outcome, by=by)
    message.keep(outcome)


def _clause_text(inspection: Inspection) -> str:
    """What a failed inspection found when nobody wrote a word: the clause it meets, else the report's
    number."""
    met = clause_of_conclusion(HAZARD_CLAUSES, inspection.category, Conclusion.FAILED, inspection.on)
    return met.text.zh if met else inspection.report_no or str(Conclusion.FAILED)


def _say_next(inspection: Inspection, following: Due | None) -> None:
    inspection.next_due_on = following.due_on if following else None
    inspection.next_explanation = following.explanation if following else None
    inspection.next_citation = following.citation if following else None


def _bring_back(equipment: Equipment, inspection: Inspection, row: ListPlace | None, by: Viewer) -> None:
    """The row it came from, and every other row of one's own and of the body's lists on which the piece still
    stands."""
    if row is not None:
        lists.bring_back(row.list, row.number, inspection.conclusion, by=by, inspection_id=inspection.id)
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
        )
        if other.organisation_id == by.organisation_id:
            inspection.list_id = inspection.list_id or other.list_id


def record_event(
    inspection: Inspection, verb: str, by: Viewer, *superseded: Inspection, **payload: object
) -> None:
    """What happened to a result, in the chain of its piece."""
    ledger.record(
        session(),
        ledger.subject_of("equipment", inspection.equipment_id),
        verb,
        actor=by.actor,
        rows=[inspection, *superseded],
        pack=inspection.pack,
        payload={
            "inspection": inspection.id,
            "kind": inspection.kind,
            "on": inspection.on,
            "conclusion": inspection.conclusion,
            **payload,
        },
    )
