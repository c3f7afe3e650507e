"""Findings and hazards: found -> confirmed -> rectified -> re-checked -> closed, each step one event of the
piece's chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rows import FINDING_FOUND, FindingFacts, finding_row, found_payload
from equipment.hazards.rules import (
    FINDING_CHANGES,
    HAZARD_CHANGES,
    FindingSource,
    FindingState,
    HazardState,
    grade_problem,
    grading,
    recheck_problem,
)
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade
from equipment.regulation.queries import rectify_days
from equipment.storage.db import session

BY_ITSELF = "rule:open_too_long"


def find(
    equipment: Equipment,
    *,
    source: FindingSource,
    description: str,
    by: Viewer,
    source_id: UUID | None = None,
    clause: str = "",
    found_on: date | None = None,
    put_right: bool = False,
) -> Finding:
    """Record that something is wrong. Put right on the spot it is a maintenance fact; with a clause it is a
    hazard at once."""
    on, now = found_on or clock.today(), clock.now()
    _may_be_recorded(equipment, source, description, on)
    row = finding_row(
        FindingFacts(
            piece=equipment,
            source=source,
            description=description,
            found_on=on,
            happened_at=now,
            received_at=now,
            source_id=source_id,
            clause=clause,
            put_right=put_right,
            organisation_id=by.organisation_id,
            user_id=by.user_id,
        )
    )
    finding = Finding(**row)
    session.add(finding)
    ledger.record(
        session(),
        ledger.subject_of("equipment", equipment.id),
        FINDING_FOUND,
        actor=by.actor,
        payload=found_payload(row),
        rows=[finding],
    )
    graded = grading(clause, on)
    if graded.confirms_at_once and not put_right:
        confirm(
            finding, graded.grade, clause, rectify_by(graded.grade, on), by=by, because=f"clause:{clause}"
        )
    return finding


def _may_be_recorded(equipment: Equipment, source: FindingSource, description: str, on: date) -> None:
    if not description.strip():
        raise Invalid({"description": N_("Say what is wrong.")})
    if on > clock.today():
        raise Invalid({"found_on": N_("This day has not come yet.")})
    if source is FindingSource.MANUAL and equipment.made_on is not None and on < equipment.made_on:
        raise Invalid({"found_on": N_("This day lies before the day of manufacture.")})


def rectify_by(grade: Grade, on: date) -> date:
    """The day by which a hazard must be put right unless its supervisor sets another."""
    return on + timedelta(days=rectify_days(grade, on))


def confirm(
    finding: Finding, grade: Grade, clause: str, due_on: date, *, by: Viewer, because: str = ""
) -> Hazard:
    """Make a finding a hazard, graded, to be put right by a day; `because` names a clause or rule where no
    person decided."""
    _may_become(finding, FindingState.CONFIRMED)
    if due_on < finding.found_on:
        raise Invalid({"due_on": N_("The day must not lie before the finding.")})
    problem = grade_problem(grade, clause, clock.today())
    if problem is not None:
        raise Invalid({"clause": problem})
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
        confirmed_by=because or by.actor,
        due_on=due_on,
        state=HazardState.OPEN,
    )
    finding.state, finding.hazard_id, finding.clause = FindingState.CONFIRMED, hazard.id, clause
    finding.decided_at, finding.decided_by, finding.decision = now, by.user_id, because
    session.add(hazard)
    _record(
        finding.equipment_id,
        "hazard.confirmed",
        by,
        {"hazard": hazard.id, "grade": grade, "clause": clause, "because": because},
        finding,
        hazard,
    )
    return hazard


def dismiss(finding: Finding, reason: str, *, by: Viewer) -> None:
    """Decide that a finding is no hazard; the reason stays on file."""
    _may_become(finding, FindingState.DISMISSED)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    finding.state, finding.decision, finding.decided_by, finding.decided_at = (
        FindingState.DISMISSED,
        reason.strip(),
        by.user_id,
        clock.now(),
    )
    _record(
        finding.equipment_id,
        "finding.dismissed",
        by,
        {"finding": finding.id, "reason": reason.strip()},
        finding,
    )


def put_right(finding: Finding, text: str, *, by: Viewer) -> None:
    """An open finding was put right before anybody made it a hazard: a fact, not a hazard."""
    _may_become(finding, FindingState.PUT_RIGHT)
    finding.state, finding.decision, finding.decided_by, finding.decided_at = (
        FindingState.PUT_RIGHT,
        text.strip(),
        by.user_id,
        clock.now(),
    )
    _record(
        finding.equipment_id, "finding.put_right", by, {"finding": finding.id, "text": text.strip()}, finding
    )


def rectify(hazard: Hazard, text: str, *, by: Viewer) -> None:
    """The use unit says that it has put the hazard right; its evidence is attached to the hazard by the
    edge."""
    _may_move(hazard, HazardState.RECTIFIED)
    if not text.strip():
        raise Invalid({"rectification": N_("Say what was done.")})
    hazard.state, hazard.rectification, hazard.rectified_at, hazard.rectified_by = (
        HazardState.RECTIFIED,
        text.strip(),
        clock.now(),
        by.user_id,
    )
    _record(hazard.equipment_id, "hazard.rectified", by, {"hazard": hazard.id, "text": text.strip()}, hazard)


def recheck(hazard: Hazard, passed: bool, text: str, *, by: Viewer) -> None:
    """The supervisor looked again: closed, or open once more with the reason."""
    to = HazardState.CLOSED if passed else HazardState.OPEN
    _may_move(hazard, to)
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
    _record(
        hazard.equipment_id,
        "hazard.closed" if passed else "hazard.reopened",
        by,
        {"hazard": hazard.id, "text": text.strip()},
        hazard,
    )


def withdraw(equipment_id: UUID, source: FindingSource, source_id: UUID, reason: str, *, by: Viewer) -> None:
    """The record that found it was wrong: what nobody has decided is dismissed, a hazard leaves every rate.
    Both stay on file."""
    for finding in _findings_of_record(equipment_id, source, source_id):
        if finding.state == FindingState.OPEN:
            dismiss(finding, reason, by=by)
        elif finding.hazard_id is not None:
            hazard = session.get_one(Hazard, (equipment_id, finding.hazard_id))
            _may_move(hazard, HazardState.WITHDRAWN)
            hazard.state, hazard.closed_on = HazardState.WITHDRAWN, hazard.closed_on or clock.today()
            _record(equipment_id, "hazard.withdrawn", by, {"hazard": hazard.id, "reason": reason}, hazard)


def carry_on(equipment_id: UUID, source: FindingSource, old: UUID, new: UUID, *, by: Viewer) -> None:
    """The record was corrected and still says so: what it found goes on under the new one, with all that was
    done about it."""
    for finding in _findings_of_record(equipment_id, source, old):
        finding.source_id = new
        _record(equipment_id, "finding.carried_on", by, {"finding": finding.id, "source": new}, finding)


def _findings_of_record(equipment_id: UUID, source: FindingSource, source_id: UUID) -> Sequence[Finding]:
    findings = visible(SYSTEM, Finding).where(
        Finding.equipment_id == equipment_id, Finding.source == source, Finding.source_id == source_id
    )
    return session.scalars(findings).all()


def confirm_overdue(on: date, *, most: int = 200) -> int:
    """Confirm up to `most` findings that nobody decided in time; the caller repeats until 0."""
    waiting = session.scalars(
        visible(SYSTEM, Finding)
        .where(Finding.state == FindingState.OPEN, Finding.confirm_by <= on)
        .limit(most)
    ).all()
    for finding in waiting:
        confirm_as_is(finding, on, by=SYSTEM, because=BY_ITSELF)
    return len(waiting)


def confirm_as_is(finding: Finding, on: date, *, by: Viewer, because: str = "") -> Hazard:
    """Confirm by the finding's own clause (general without one), to be put right within the usual days."""
    graded = grading(finding.clause, on)
    code = graded.clause.code if graded.clause else ""
    return confirm(finding, graded.grade, code, rectify_by(graded.grade, on), by=by, because=because)


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
        _record(
            equipment.id,
            "hazard.moved",
            by,
            {"area": equipment.area, "responsible": responsible},
            *findings,
            *moved,
        )


def _may_become(finding: Finding, to: FindingState) -> None:
    if to not in FINDING_CHANGES[finding.state]:
        raise Invalid({"": Message(N_("This finding has been decided already."))})


def _may_move(hazard: Hazard, to: HazardState) -> None:
    if to not in HAZARD_CHANGES[hazard.state]:
        raise Invalid({"": Message(N_("This step is not possible now: look at the hazard's state."))})


def _record(
    equipment_id: UUID, verb: str, by: Viewer, payload: dict[str, object], *rows: Finding | Hazard
) -> None:
    ledger.record(
        session(),
        ledger.subject_of("equipment", equipment_id),
        verb,
        actor=by.actor,
        payload=payload,
        rows=rows,
    )
