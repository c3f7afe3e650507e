"""What follows from a result: the next day, a finding, a scrapped cylinder, a row brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.dues import actions as dues
from equipment.dues import lists
from equipment.dues.models import Due, DueList
from equipment.dues.queries import done_dues
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.inspections.checks import too_early
from equipment.inspections.models import Inspection
from equipment.inspections.queries import rows_out
from equipment.inspections.rules import Conclusion, InspectionKind, alteration_of, due_kind_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.actions import change, change_status
from equipment.register.duties import piece_name, record_duty
from equipment.register.duty_rules import Audience, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_numbers import valve_must_last
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import rules


@dataclass(frozen=True, slots=True)
class ListPlace:
    """The row of a due-list that a result brings back."""

    list: DueList
    number: int


def settle(equipment: Equipment, inspection: Inspection, *, by: Viewer, finding_exists: bool = False) -> None:
    """All that follows from a result that counts: what is due next, a finding (unless there is one already),
    an end. Refused where the stated next day lies beyond the rule and nobody says why."""
    conclusion = Conclusion(inspection.conclusion)
    kind = InspectionKind(inspection.kind)
    if kind is InspectionKind.INSPECTION:
        _learn(equipment, inspection, conclusion, by)
    inspection.early = too_early(equipment, kind, inspection.on, conclusion) is not None
    following = _next_due(equipment, inspection, conclusion, by)
    if conclusion is Conclusion.SCRAP:
        reason = inspection.remark or inspection.report_no or f"inspection:{inspection.id}"
        change_status(equipment, EquipmentStatus.SCRAPPED, reason=reason, on=inspection.on, by=by)
        following = None
    elif conclusion.failed and not finding_exists:
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
    inspection.next_due_on = following.due_on if following else None
    inspection.next_explanation = following.explanation if following else None
    inspection.next_citation = following.citation if following else None
    if following is not None and conclusion.passed:
        _must_explain(inspection, following.due_on)
    if conclusion.passed and kind is InspectionKind.INSPECTION and category(equipment.category).filled:
        _valve_lasts(equipment, inspection, by)


def _learn(equipment: Equipment, inspection: Inspection, conclusion: Conclusion, by: Viewer) -> None:
    """What the latest inspection says of the piece itself (安全状况等级) goes on file."""
    learned = category(equipment.category).learned(conclusion)
    if not learned:
        return
    later = (due for due in done_dues(SYSTEM, equipment.id) if due.kind == DueKind.INSPECTION)
    if all(due.done_on is None or due.done_on <= inspection.on for due in later):
        change(equipment, {"details": learned}, by=by, reason=inspection.report_no)


def _next_due(equipment: Equipment, inspection: Inspection, conclusion: Conclusion, by: Viewer) -> Due | None:
    """The duty done by this result, with what is due next; an alteration or a first inspection moves the plan
    instead."""
    kind, name = InspectionKind(inspection.kind), f"inspection:{inspection.id}"
    due_kind, work = due_kind_of(kind), alteration_of(kind)
    if due_kind is not None:
        return dues.done(
            equipment,
            due_kind,
            on=inspection.on,
            by=name,
            conclusion=conclusion,
            next_on=inspection.stated_next_on,
        )
    if conclusion.passed and work is not None:
        dues.note_work(equipment, work, on=inspection.on, by=name, actor=by.actor)
    elif conclusion.passed:
        equipment.base_on = inspection.on
        dues.plan_piece(equipment, by_actor=by.actor)
    return None


def _valve_lasts(equipment: Equipment, inspection: Inspection, by: Viewer) -> None:
    """A cylinder does not pass with a valve whose own life ends before its next inspection, unless a new one
    was fitted, which goes on file (TSG 23-2021 9.2)."""
    if inspection.valve_until is not None:
        valve = {"valve_until": inspection.valve_until, "valve_made_on": None, "valve_life_years": None}
        change(equipment, {"details": valve}, by=by, reason=f"inspection:{inspection.id}")
    problem = valve_problem(equipment, inspection.next_due_on, inspection.on)
    if problem is not None:
        raise Invalid({"valve_until": problem})


def valve_problem(equipment: Equipment, next_on: date | None, on: date) -> Message | None:
    """What is said of a valve that does not last until the next inspection; None where it does, or nobody
    knows."""
    details = category(equipment.category).read(equipment.details)
    ends = details.valve_ends_on if isinstance(details, CylinderDetails) else None
    if ends is None or next_on is None or ends >= next_on:
        return None
    if valve_must_last(rules(equipment.category), on) is None:
        return None
    text = N_("Its valve’s life ends on %(ends)s, before the next inspection on %(next)s: fit a new one.")
    return Message(text, {"ends": ends.isoformat(), "next": next_on.isoformat()})


def _must_explain(inspection: Inspection, by_rule: date) -> None:
    stated = inspection.stated_next_on
    if stated is None or stated <= by_rule or inspection.early or inspection.next_reason:
        return
    beyond = N_("By the rule it is %(day)s: correct the day, or give the reason.")
    raise Invalid({"stated_next_on": Message(beyond, {"day": by_rule.isoformat()})})


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


def bring_back(equipment: Equipment, inspection: Inspection, row: ListPlace | None, by: Viewer) -> None:
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
