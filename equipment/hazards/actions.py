"""Hazards: a finding is confirmed -> rectified -> re-checked -> closed, each step one event of the piece's
chain. A serious or major hazard puts 停止使用 on its piece until it was re-checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files.actions import About, StoredDocument, attach
from equipment.hazards.duties import stopped_now
from equipment.hazards.findings import dismiss, findings_of_record, may_become, note
from equipment.hazards.hooks import hazard_stepped, stops_besides
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import (
    HAZARD_CHANGES,
    NOT_CLOSED,
    FindingSource,
    FindingState,
    HazardState,
    decision_problem,
    evidence_problem,
    grade_problem,
    grading,
    recheck_problem,
    still_used_problem,
)
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade
from equipment.regulation.queries import rectify_days
from equipment.storage.db import session

TOLD_AT_ONCE = ("hazard.confirmed", "hazard.regraded", "hazard.opened_again")
NOT_NOW = N_("This step is not possible now: look at the hazard's state.")


def rectify_by(grade: Grade, on: date) -> date:
    """The day by which a hazard must be put right unless its supervisor sets another."""
    return on + timedelta(days=rectify_days(grade, on))


def confirm(
    finding: Finding, grade: Grade, clause: str, due_on: date, *, by: Viewer, still_used: bool = False
) -> Hazard:
    """Make a finding a hazard, graded, to be put right by a day. `still_used`: whoever decides says that the
    piece is still used (仍继续使用)."""
    may_become(finding, FindingState.CONFIRMED)
    if due_on < finding.found_on:
        raise Invalid({"due_on": N_("The day must not lie before the finding.")})
    _check_grade(grade, clause, still_used, by)
    equipment = session.get_one(Equipment, finding.equipment_id)
    now = clock.now()
    hazard = Hazard(
        equipment_id=finding.equipment_id,
        id=new_id(),
        finding_id=finding.id,
        organisation_id=finding.organisation_id,
        responsible_id=equipment.use_unit_id or equipment.owner_id,
        area=equipment.area,
        category=equipment.category,
        source=finding.source,
        grade=grade,
        clause=clause,
        description=finding.description,
        found_on=finding.found_on,
        confirmed_at=now,
        confirmed_by=by.actor,
        due_on=due_on,
        state=HazardState.OPEN,
    )
    finding.state, finding.hazard_id, finding.clause = FindingState.CONFIRMED, hazard.id, clause
    finding.decided_at, finding.decided_by, finding.decision = now, by.user_id, ""
    session.add(hazard)
    payload: dict[str, object] = {"hazard": hazard.id, "grade": grade, "clause": clause, "due_on": due_on}
    _step(hazard, "hazard.confirmed", by, payload | ({"still_used": True} if still_used else {}), finding)
    return hazard


def _check_grade(grade: Grade, clause: str, still_used: bool, by: Viewer) -> None:
    """Refuse a grade that its clause does not give, or that is not this office's to give."""
    on = clock.today()
    graded = grading(clause, on)
    wrong = {
        "clause": grade_problem(grade, clause, on) or decision_problem(by.area, grade),
        "still_used": still_used_problem(graded.clause, still_used),
    }
    if any(wrong.values()):
        raise Invalid({name: problem for name, problem in wrong.items() if problem is not None})


def rectify(hazard: Hazard, text: str, evidence: Sequence[StoredDocument] = (), *, by: Viewer) -> None:
    """The use unit, or a supervisor on its behalf, says that the hazard was put right, with the evidence."""
    _may_move(hazard, HazardState.RECTIFIED)
    if not text.strip():
        raise Invalid({"rectification": N_("Say what was done.")})
    problem = evidence_problem(Grade(hazard.grade), len(evidence))
    if problem is not None:
        raise Invalid({"photos": problem})
    hazard.state, hazard.rectification, hazard.rectified_at, hazard.rectified_by = (
        HazardState.RECTIFIED,
        text.strip(),
        clock.now(),
        by.user_id,
    )
    _step(hazard, "hazard.rectified", by, {"hazard": hazard.id, "text": text.strip()})
    keep_evidence(hazard, evidence, by=by)


def keep_evidence(record: Finding | Hazard, evidence: Sequence[StoredDocument], *, by: Viewer) -> None:
    """Photos and files given with a step."""
    kind = "finding" if isinstance(record, Finding) else "hazard"
    about = About(record.equipment_id, record.area, record.category, kind, record.id)
    for document in evidence:
        attach(about, document, by=by)


def recheck(hazard: Hazard, passed: bool, text: str, *, by: Viewer) -> None:
    """The supervisor looked again: closed, or open once more with the reason."""
    if hazard.state != HazardState.RECTIFIED:
        raise Invalid({"": NOT_NOW})
    to = HazardState.CLOSED if passed else HazardState.OPEN
    if not passed and not text.strip():
        raise Invalid({"recheck": N_("Say what is still wrong.")})
    problem = recheck_problem(hazard.rectified_by, by.user_id)
    if problem is not None:
        raise Invalid({"": problem})
    hazard.state, hazard.recheck, hazard.rechecked_at, hazard.rechecked_by = (
        to,
        text.strip(),
        clock.now(),
        by.user_id,
    )
    hazard.closed_on = clock.today() if passed else None
    verb = "hazard.closed" if passed else "hazard.reopened"
    _step(hazard, verb, by, {"hazard": hazard.id, "text": text.strip()})


def regrade(
    hazard: Hazard,
    grade: Grade,
    clause: str,
    due_on: date,
    reason: str,
    *,
    by: Viewer,
    still_used: bool = False,
) -> None:
    """Give a standing hazard another grade, clause and day; what stopped a piece is regraded by whoever may
    decide so."""
    _stands(hazard)
    if due_on < hazard.found_on:
        raise Invalid({"due_on": N_("The day must not lie before the finding.")})
    _may_decide(hazard, by)
    _check_grade(grade, clause, still_used, by)
    was = {"grade": hazard.grade, "clause": hazard.clause, "due_on": hazard.due_on}
    hazard.grade, hazard.clause, hazard.due_on = grade, clause, due_on
    payload: dict[str, object] = {"hazard": hazard.id, "grade": grade, "clause": clause, "due_on": due_on}
    payload |= {"was": was, "reason": _reason(reason)} | ({"still_used": True} if still_used else {})
    _step(hazard, "hazard.regraded", by, payload)


def extend(hazard: Hazard, until: date, reason: str, *, by: Viewer) -> None:
    """Give more time to put it right."""
    if hazard.state != HazardState.OPEN:
        raise Invalid({"": NOT_NOW})
    if until <= max(hazard.due_on, clock.today()):
        raise Invalid({"until": N_("The new day must lie after the old one and after today.")})
    _may_decide(hazard, by)
    payload = {
        "hazard": hazard.id,
        "due_on": until,
        "was": {"due_on": hazard.due_on},
        "reason": _reason(reason),
    }
    hazard.due_on = until
    _step(hazard, "hazard.extended", by, payload)


def put_under_order(hazard: Hazard, number: str, due_on: date, *, by: Viewer) -> None:
    """A written order (监察指令书) asks for it by a day: that day is the hazard's from now on."""
    _stands(hazard)
    payload = {"hazard": hazard.id, "order": number, "due_on": due_on, "was": {"due_on": hazard.due_on}}
    hazard.due_on = due_on
    _step(hazard, "hazard.ordered", by, payload)


def reopen(hazard: Hazard, reason: str, due_on: date, *, by: Viewer) -> None:
    """A closed hazard turned out not to be put right: open again, with a new day."""
    if hazard.state != HazardState.CLOSED:
        raise Invalid({"": NOT_NOW})
    if due_on < clock.today():
        raise Invalid({"due_on": N_("This day has passed already.")})
    _may_decide(hazard, by)
    hazard.state, hazard.closed_on, hazard.due_on = HazardState.OPEN, None, due_on
    _step(
        hazard, "hazard.opened_again", by, {"hazard": hazard.id, "reason": _reason(reason), "due_on": due_on}
    )


def withdraw_hazard(hazard: Hazard, reason: str, *, by: Viewer) -> None:
    """It was no hazard: it leaves every rate and stays on file."""
    _may_move(hazard, HazardState.WITHDRAWN)
    if by.oversees:
        _may_decide(hazard, by)
    payload = {"hazard": hazard.id, "reason": _reason(reason)}
    hazard.state, hazard.closed_on = HazardState.WITHDRAWN, hazard.closed_on or clock.today()
    _step(hazard, "hazard.withdrawn", by, payload)


def withdraw(equipment_id: UUID, source: FindingSource, source_id: UUID, reason: str, *, by: Viewer) -> None:
    """The record that found it was wrong: what nobody has decided is dismissed, a hazard leaves every rate.
    Both stay on file."""
    for finding in findings_of_record(equipment_id, source, source_id):
        if finding.state == FindingState.OPEN:
            dismiss(finding, reason, by=by)
        elif finding.hazard_id is not None:
            withdraw_hazard(session.get_one(Hazard, (equipment_id, finding.hazard_id)), reason, by=by)


def confirm_general(finding: Finding, on: date, *, by: Viewer) -> Hazard:
    """Confirm a finding that names no clause as a general hazard, to be put right within the usual days."""
    return confirm(finding, Grade.GENERAL, "", rectify_by(Grade.GENERAL, on), by=by)


def follow(equipment: Equipment, by: Viewer) -> None:
    """What is still open goes with its piece: to the new area's supervisors, and to whoever must put it right
    now."""
    findings = session.scalars(
        visible(SYSTEM, Finding).where(
            Finding.equipment_id == equipment.id,
            Finding.state == FindingState.OPEN,
            Finding.area != equipment.area,
        )
    ).all()
    hazards = session.scalars(
        visible(SYSTEM, Hazard).where(Hazard.equipment_id == equipment.id, Hazard.closed_on.is_(None))
    ).all()
    responsible = equipment.use_unit_id or equipment.owner_id
    moved = [
        hazard for hazard in hazards if (hazard.area, hazard.responsible_id) != (equipment.area, responsible)
    ]
    for finding in findings:
        finding.area = equipment.area
    for hazard in moved:
        hazard.area, hazard.responsible_id = equipment.area, responsible
    if findings or moved:
        note(
            equipment.id,
            "hazard.moved",
            by,
            {"area": equipment.area, "responsible": responsible},
            *findings,
            *moved,
        )


def follow_stop_use(equipment_id: UUID) -> tuple[Equipment, bool]:
    """Put 停止使用 on a piece or lift it: it stands as long as any serious or major hazard does, or an accident
    after which nobody cleared it. (the piece, whether the mark moved): whoever records the step names the
    piece then. The chain is locked first, so that two steps at once see each other."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", equipment_id)])
    grave = visible(SYSTEM, Hazard).where(
        Hazard.equipment_id == equipment_id,
        Hazard.closed_on.is_(None),
        Hazard.grade.in_([grade for grade in Grade if grade.stops_use]),
    )
    stops = session.scalar(grave.limit(1)) is not None or stops_besides(equipment_id)
    piece = session.get_one(Equipment, equipment_id)
    moved = stops != (piece.stop_use_since is not None)
    if moved:
        piece.stop_use_since = clock.today() if stops else None
    return piece, moved


def _may_move(hazard: Hazard, to: HazardState) -> None:
    if to not in HAZARD_CHANGES[hazard.state]:
        raise Invalid({"": NOT_NOW})


def _stands(hazard: Hazard) -> None:
    if hazard.state not in NOT_CLOSED:
        raise Invalid({"": NOT_NOW})


def _may_decide(hazard: Hazard, by: Viewer) -> None:
    problem = decision_problem(by.area, Grade(hazard.grade))
    if problem is not None:
        raise NotAllowed(problem)


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return text.strip()


def _step(hazard: Hazard, verb: str, by: Viewer, payload: dict[str, object], *rows: Finding) -> None:
    """Record what happened to a hazard, with 停止使用 put on its piece or lifted."""
    piece, moved = follow_stop_use(hazard.equipment_id)
    if moved:
        payload |= {"stop_use": piece.stop_use_since is not None}
    note(hazard.equipment_id, verb, by, payload, *rows, hazard, *([piece] if moved else []))
    hazard_stepped(hazard, by)
    if verb in TOLD_AT_ONCE and Grade(hazard.grade).stops_use:
        urgent(stopped_now(hazard, piece))
