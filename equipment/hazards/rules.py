"""Findings and hazards: grades, states and their allowed changes (docs/states.md). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from equipment.core.words import N_, Labelled, Message
from equipment.regulation.clauses import HAZARD_CLAUSES, Clause, Grade, clause
from equipment.regulation.packs import UnknownRule

# Ages that lists and first pages count by, in days.
AGES = (7, 15, 30, 90)


class FindingSource(Labelled):
    MANUAL = "manual", N_("Found by hand"), "grey"
    VISIT = "visit", N_("Maintenance visit"), "blue"
    INSPECTION = "inspection", N_("Inspection"), "blue"
    FILL_CHECK = "fill_check", N_("Fill check"), "blue"
    REPORT = "report", N_("Public report"), "amber"
    TELEMETRY = "telemetry", N_("Reported by the lift’s gateway"), "blue"
    CHECK = "check", N_("Supervision check"), "blue"
    WALK = "walk", N_("Walk of the overdue list"), "amber"
    CAMPAIGN = "campaign", N_("Special campaign"), "blue"
    CONTROL = "control", N_("Daily control of the use unit"), "blue"


class FindingState(Labelled):
    OPEN = "open", N_("To be confirmed"), "amber"
    CONFIRMED = "confirmed", N_("Confirmed as hazard"), "red"
    DISMISSED = "dismissed", N_("Dismissed"), "grey"
    PUT_RIGHT = "put_right", N_("Put right on the spot"), "green"


FINDING_CHANGES: dict[FindingState, set[FindingState]] = {
    FindingState.OPEN: {FindingState.CONFIRMED, FindingState.DISMISSED, FindingState.PUT_RIGHT},
    FindingState.CONFIRMED: set(),
    FindingState.DISMISSED: set(),
    FindingState.PUT_RIGHT: set(),
}


class HazardState(Labelled):
    OPEN = "open", N_("To be put right"), "red"
    RECTIFIED = "rectified", N_("To be re-checked"), "amber"
    CLOSED = "closed", N_("Closed"), "green"
    WITHDRAWN = "withdrawn", N_("Withdrawn: found by mistake"), "grey"


HAZARD_CHANGES: dict[HazardState, set[HazardState]] = {
    HazardState.OPEN: {HazardState.RECTIFIED, HazardState.WITHDRAWN},
    HazardState.RECTIFIED: {HazardState.CLOSED, HazardState.OPEN, HazardState.WITHDRAWN},
    HazardState.CLOSED: {HazardState.OPEN, HazardState.WITHDRAWN},
    HazardState.WITHDRAWN: set(),
}


# Its day, grade and clause may still be set anew.
NOT_CLOSED = (HazardState.OPEN, HazardState.RECTIFIED)
COUNTY = 6  # digits of a county's code: shorter ones are above it, longer ones below


@dataclass(frozen=True, slots=True)
class Grading:
    """How grave a finding would be: what its clause says. Nothing is a hazard before somebody decides."""

    grade: Grade
    clause: Clause | None


def grading(code: str, on: date) -> Grading:
    """The grade that a clause's code gives on a day; general where no clause is named or none of that name is
    in force."""
    if not code:
        return Grading(Grade.GENERAL, None)
    try:
        in_force = clause(HAZARD_CLAUSES, code, on)
    except UnknownRule:
        return Grading(Grade.GENERAL, None)
    return Grading(in_force.grade, in_force)


def grade_problem(grade: Grade, code: str, on: date) -> Message | None:
    """Why a hazard may not be graded so: a clause decides the grade by itself, and nothing is major without
    one."""
    graded = grading(code, on)
    if code and graded.clause is None:
        return Message(N_("There is no clause %(code)s in force."), {"code": code})
    if graded.clause is not None and graded.grade != grade:
        return Message(N_("Clause %(code)s makes it another grade."), {"code": code})
    if grade == Grade.MAJOR and graded.clause is None:
        return Message(N_("A major hazard needs its clause of GB 45067."))
    return None


def decision_problem(area: str, grade: Grade) -> Message | None:
    """A township office (监管所) decides on general hazards; on those that stop a piece, the county or city."""
    if grade.stops_use and len(area) > COUNTY:
        return Message(N_("A serious or major hazard is decided by the county office or the city."))
    return None


def still_used_problem(clause: Clause | None, still_used: bool) -> Message | None:
    """A case whose heading says 仍继续使用 holds only where somebody has seen that the piece is still used."""
    if clause is not None and clause.still_used and not still_used:
        return Message(
            N_("Clause %(code)s holds only where the piece is still used: say so, or choose another."),
            {"code": clause.code},
        )
    return None


def evidence_problem(grade: Grade, pieces: int) -> Message | None:
    """What stopped a piece is put right with a photo or a file, not with a sentence."""
    if grade.stops_use and not pieces:
        return Message(N_("A serious or major hazard is put right with evidence: add a photo or a file."))
    return None


def recheck_problem(rectified_by: object, rechecked_by: object) -> Message | None:
    """Nobody re-checks his own work."""
    if rectified_by is not None and rectified_by == rechecked_by:
        return Message(N_("Whoever put the hazard right cannot re-check it."))
    return None
