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
    HazardState.CLOSED: {HazardState.WITHDRAWN},
    HazardState.WITHDRAWN: set(),
}


@dataclass(frozen=True, slots=True)
class Grading:
    """How grave a finding is by itself: what its clause says, or nothing yet."""

    grade: Grade
    clause: Clause | None

    @property
    def confirms_at_once(self) -> bool:
        """A clause of GB 45067-2024 or S1-S7 makes it a hazard without anybody's decision."""
        return self.clause is not None


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


def recheck_problem(rectified_by: object, rechecked_by: object) -> Message | None:
    """Nobody re-checks his own work."""
    if rectified_by is not None and rectified_by == rechecked_by:
        return Message(N_("Whoever put the hazard right cannot re-check it."))
    return None
