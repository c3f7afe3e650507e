"""Findings: somebody says that something is wrong. Found -> confirmed as a hazard (actions.py), dismissed
with a reason, or put right before anybody decided; each step one event of the piece's chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rows import FINDING_FOUND, FindingFacts, finding_row, found_payload
from equipment.hazards.rules import FINDING_CHANGES, FindingSource, FindingState, decision_problem, grading
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session


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
    """Record that something is wrong. Put right on the spot it is a maintenance fact; whatever clause it
    names, it is a hazard only once somebody has decided so."""
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
    note(equipment.id, FINDING_FOUND, by, found_payload(row), finding)
    return finding


def _may_be_recorded(equipment: Equipment, source: FindingSource, description: str, on: date) -> None:
    if not description.strip():
        raise Invalid({"description": N_("Say what is wrong.")})
    if on > clock.today():
        raise Invalid({"found_on": N_("This day has not come yet.")})
    if source is FindingSource.MANUAL and equipment.made_on is not None and on < equipment.made_on:
        raise Invalid({"found_on": N_("This day lies before the day of manufacture.")})


def dismiss(finding: Finding, reason: str, *, by: Viewer) -> None:
    """Decide that a finding is no hazard; the reason stays on file."""
    may_become(finding, FindingState.DISMISSED)
    problem = decision_problem(by.area, grading(finding.clause, clock.today()).grade)
    if by.oversees and problem is not None:
        raise NotAllowed(problem)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    _decide(finding, FindingState.DISMISSED, reason.strip(), by)
    payload: dict[str, object] = {"finding": finding.id, "reason": reason.strip()}
    note(finding.equipment_id, "finding.dismissed", by, payload, finding)


def put_right(finding: Finding, text: str, *, by: Viewer) -> None:
    """An open finding was put right before anybody made it a hazard: a fact, not a hazard."""
    may_become(finding, FindingState.PUT_RIGHT)
    _decide(finding, FindingState.PUT_RIGHT, text.strip(), by)
    payload: dict[str, object] = {"finding": finding.id, "text": text.strip()}
    note(finding.equipment_id, "finding.put_right", by, payload, finding)


def _decide(finding: Finding, state: FindingState, text: str, by: Viewer) -> None:
    finding.state, finding.decision = state, text
    finding.decided_by, finding.decided_at = by.user_id, clock.now()


def carry_on(equipment_id: UUID, source: FindingSource, old: UUID, new: UUID, *, by: Viewer) -> None:
    """The record was corrected and still says so: what it found goes on under the new one, with all that was
    done about it."""
    for finding in findings_of_record(equipment_id, source, old):
        finding.source_id = new
        note(equipment_id, "finding.carried_on", by, {"finding": finding.id, "source": new}, finding)


def findings_of_record(equipment_id: UUID, source: FindingSource, source_id: UUID) -> Sequence[Finding]:
    """What this visit, result, fill or report found."""
    findings = visible(SYSTEM, Finding).where(
        Finding.equipment_id == equipment_id, Finding.source == source, Finding.source_id == source_id
    )
    return session.scalars(findings).all()


def may_become(finding: Finding, to: FindingState) -> None:
    """Refuse a step of a finding that has been decided already."""
    if to not in FINDING_CHANGES[finding.state]:
        raise Invalid({"": Message(N_("This finding has been decided already."))})


def note(
    equipment_id: UUID, verb: str, by: Viewer, payload: dict[str, object], *rows: Finding | Hazard | Equipment
) -> None:
    """One line of the piece's chain, with the rows that it leaves behind."""
    ledger.record(
        session(),
        ledger.subject_of("equipment", equipment_id),
        verb,
        actor=by.actor,
        payload=payload,
        rows=rows,
    )
