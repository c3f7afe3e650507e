"""Findings and hazards: grades, states and their allowed changes (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


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
    FindingState.CONFIRMED: set(), FindingState.DISMISSED: set(), FindingState.PUT_RIGHT: set(),
}


class Grade(Labelled):
    GENERAL = "general", N_("General hazard"), "amber"
    SERIOUS = "serious", N_("Serious hazard"), "red"
    MAJOR = "major", N_("Major hazard"), "red"


class HazardState(Labelled):
    OPEN = "open", N_("To be put right"), "red"
    RECTIFIED = "rectified", N_("To be re-checked"), "amber"
    CLOSED = "closed", N_("Closed"), "green"


HAZARD_CHANGES: dict[HazardState, set[HazardState]] = {
    HazardState.OPEN: {HazardState.RECTIFIED},
    HazardState.RECTIFIED: {HazardState.CLOSED, HazardState.OPEN},
    HazardState.CLOSED: set(),
}
